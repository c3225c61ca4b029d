-- All that the steps of SQLite up to this number make, for a new database.
-- Texts are compared byte by byte, as SQLite does; names of people without regard to letter case.
CREATE COLLATION nocase (provider = icu, locale = 'und-u-ks-level2', deterministic = false);

-- Functions of SQLite that stores use. JSON is kept as text; a text that is no JSON has no values.
CREATE FUNCTION json_valid(document TEXT) RETURNS BOOLEAN
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    RETURN document::json IS NOT NULL;
EXCEPTION WHEN invalid_text_representation THEN
    RETURN false;
END $$;
-- `path` is that of one member of an object ('$.name').
CREATE FUNCTION json_extract(document TEXT, path TEXT) RETURNS TEXT
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
    RETURN document::json ->> substr(path, 3);
EXCEPTION WHEN invalid_text_representation OR untranslatable_character THEN
    RETURN NULL;
END $$;
CREATE FUNCTION json_element(document TEXT, place INTEGER) RETURNS TEXT
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$ SELECT document::json ->> place $$;
CREATE OPERATOR ->> (LEFTARG = TEXT, RIGHTARG = INTEGER, FUNCTION = json_element);
-- The members of an object, or the items of an array by their numbers.
CREATE FUNCTION json_each(document TEXT) RETURNS TABLE (key TEXT, value TEXT)
LANGUAGE sql IMMUTABLE PARALLEL SAFE ROWS 100 AS $$
    SELECT key, value FROM json_each_text(
        CASE WHEN json_typeof(document::json) = 'object' THEN document::json ELSE '{}' END)
    UNION ALL
    SELECT (number - 1)::text, item FROM json_array_elements_text(
        CASE WHEN json_typeof(document::json) = 'array' THEN document::json ELSE '[]' END)
        WITH ORDINALITY AS items (item, number)
$$;
CREATE FUNCTION iif(condition BIGINT, one anycompatible, other anycompatible) RETURNS anycompatible
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT CASE WHEN condition <> 0 THEN one ELSE other END $$;
CREATE FUNCTION iif(condition BOOLEAN, one anycompatible, other anycompatible) RETURNS anycompatible
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT CASE WHEN condition THEN one ELSE other END $$;
CREATE FUNCTION min(one anycompatible, other anycompatible) RETURNS anycompatible
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$ SELECT least(one, other) $$;
CREATE FUNCTION max(one anycompatible, other anycompatible) RETURNS anycompatible
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$ SELECT greatest(one, other) $$;
CREATE FUNCTION instr(text TEXT, part TEXT) RETURNS INTEGER
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$ SELECT strpos(text, part) $$;
CREATE FUNCTION hex(value BYTEA) RETURNS TEXT
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$ SELECT upper(encode(value, 'hex')) $$;
-- `format` is always '%Y-%m', and `kind` 'unixepoch'.
CREATE FUNCTION strftime(format TEXT, at DOUBLE PRECISION, kind TEXT) RETURNS TEXT
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT to_char(to_timestamp(at) AT TIME ZONE 'UTC', 'YYYY-MM')
$$;
CREATE FUNCTION count_if(so_far BIGINT, condition BOOLEAN) RETURNS BIGINT
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN condition THEN so_far + 1 ELSE so_far END
$$;
CREATE AGGREGATE sum(BOOLEAN) (SFUNC = count_if, STYPE = BIGINT, INITCOND = '0');
-- A plus forbids that an index is used.
CREATE FUNCTION without_index(value TEXT) RETURNS TEXT
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$ BEGIN RETURN value; END $$;
CREATE OPERATOR + (RIGHTARG = TEXT, FUNCTION = without_index);
-- An expression of FTS5 (its words are letters and digits) as one of PostgreSQL's.
CREATE FUNCTION search_expression(expression TEXT) RETURNS TSQUERY
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT replace(replace(replace(replace(
        expression, '" *', ''':*'), '"', ''''), ' AND ', ' & '), ' OR ', ' | ')::tsquery
$$;

CREATE TABLE jobs (
    job_id TEXT COLLATE "C" PRIMARY KEY,
    status TEXT COLLATE "C" NOT NULL,
    total_items BIGINT NOT NULL,
    processed_items BIGINT DEFAULT 0,
    error TEXT COLLATE "C",
    created_at DOUBLE PRECISION NOT NULL,
    started_at DOUBLE PRECISION,
    completed_at DOUBLE PRECISION,
    kind TEXT COLLATE "C" NOT NULL DEFAULT 'process',
    params TEXT COLLATE "C" NOT NULL DEFAULT '{}',
    trigger TEXT COLLATE "C" NOT NULL DEFAULT 'api',
    title TEXT COLLATE "C",
    preview BIGINT NOT NULL DEFAULT 0,
    priority BIGINT NOT NULL DEFAULT 2,
    failed_items BIGINT NOT NULL DEFAULT 0,
    source_job_id TEXT COLLATE "C",
    dedupe_key TEXT COLLATE "C",
    requested_by TEXT COLLATE "C",
    revision BIGINT NOT NULL DEFAULT 0,
    last_claim_at DOUBLE PRECISION,
    deleting BIGINT NOT NULL DEFAULT 0,
    imported BIGINT NOT NULL DEFAULT 0,
    notified_at DOUBLE PRECISION,
    about TEXT COLLATE "C"
);
CREATE INDEX idx_jobs_status ON jobs (status);
CREATE INDEX idx_jobs_completed_at ON jobs (completed_at);
CREATE INDEX idx_jobs_not_begun ON jobs (priority, created_at, job_id, kind) WHERE status = 'queued' AND deleting = 0;
CREATE INDEX idx_jobs_revision ON jobs (revision);
CREATE INDEX idx_jobs_created_at ON jobs (created_at, job_id);
CREATE INDEX idx_jobs_deleting ON jobs (deleting) WHERE deleting = 1;
CREATE UNIQUE INDEX idx_jobs_active_key ON jobs (dedupe_key) WHERE dedupe_key IS NOT NULL AND status IN ('queued', 'processing', 'paused');

CREATE TABLE job_results (
    id BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    job_id TEXT COLLATE "C" NOT NULL REFERENCES jobs ON DELETE CASCADE,
    item TEXT COLLATE "C" NOT NULL,
    success BIGINT NOT NULL,
    error TEXT COLLATE "C",
    details TEXT COLLATE "C",
    seq BIGINT,
    attempt BIGINT,
    code TEXT COLLATE "C",
    finished_at DOUBLE PRECISION,
    duration_s DOUBLE PRECISION,
    effect TEXT COLLATE "C",
    group_key TEXT COLLATE "C"
);
CREATE INDEX idx_job_results_job_id ON job_results (job_id);
CREATE INDEX idx_job_results_failed ON job_results (job_id, id) WHERE success = 0;
CREATE UNIQUE INDEX idx_job_results_item ON job_results (job_id, seq) WHERE seq IS NOT NULL;
CREATE INDEX idx_job_results_effect ON job_results (job_id, effect, seq, group_key);
CREATE INDEX idx_job_results_group ON job_results (job_id, group_key, seq) WHERE group_key IS NOT NULL;

CREATE TABLE job_items (
    job_id TEXT COLLATE "C" NOT NULL REFERENCES jobs ON DELETE CASCADE,
    seq BIGINT NOT NULL,
    item TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL DEFAULT 'queued',
    attempt BIGINT NOT NULL DEFAULT 0,
    lost BIGINT NOT NULL DEFAULT 0,
    failures BIGINT NOT NULL DEFAULT 0,
    worker_id TEXT COLLATE "C",
    claimed_at DOUBLE PRECISION,
    not_before DOUBLE PRECISION NOT NULL DEFAULT 0,
    params TEXT COLLATE "C",
    waits_for BIGINT,
    closing BIGINT NOT NULL DEFAULT 0,
    root_id BIGINT,
    PRIMARY KEY (job_id, seq)
);
CREATE UNIQUE INDEX idx_job_items_busy ON job_items (item) WHERE state = 'processing';
CREATE INDEX idx_job_items_waiting ON job_items (job_id, waits_for) WHERE state = 'waiting';
CREATE INDEX idx_job_items_queued ON job_items (job_id, not_before, seq) WHERE state = 'queued';

CREATE TABLE job_selections (
    job_id TEXT COLLATE "C" NOT NULL REFERENCES jobs ON DELETE CASCADE,
    part BIGINT NOT NULL,
    selection TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (job_id, part)
);

CREATE TABLE workers (
    worker_id TEXT COLLATE "C" PRIMARY KEY,
    host TEXT COLLATE "C" NOT NULL,
    pid BIGINT NOT NULL,
    threads BIGINT NOT NULL,
    started_at DOUBLE PRECISION NOT NULL,
    heartbeat_at DOUBLE PRECISION NOT NULL,
    current TEXT COLLATE "C" NOT NULL DEFAULT '[]',
    only_job TEXT COLLATE "C",
    items_only BIGINT NOT NULL DEFAULT 0
);

CREATE TABLE counters (
    name TEXT COLLATE "C" PRIMARY KEY,
    value BIGINT NOT NULL
);

CREATE TABLE job_history (
    job_id TEXT COLLATE "C" PRIMARY KEY,
    status TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    params TEXT COLLATE "C" NOT NULL DEFAULT '{}',
    trigger TEXT COLLATE "C" NOT NULL,
    title TEXT COLLATE "C",
    preview BIGINT NOT NULL DEFAULT 0,
    priority BIGINT NOT NULL DEFAULT 2,
    total_items BIGINT NOT NULL,
    processed_items BIGINT NOT NULL,
    failed_items BIGINT NOT NULL,
    source_job_id TEXT COLLATE "C",
    requested_by TEXT COLLATE "C",
    error TEXT COLLATE "C",
    created_at DOUBLE PRECISION NOT NULL,
    started_at DOUBLE PRECISION,
    completed_at DOUBLE PRECISION,
    archived_at DOUBLE PRECISION NOT NULL,
    revision BIGINT NOT NULL DEFAULT 0,
    effects TEXT COLLATE "C",
    about TEXT COLLATE "C"
);
CREATE INDEX idx_job_history_completed_at ON job_history (completed_at);
CREATE INDEX idx_job_history_revision ON job_history (revision);

CREATE TABLE job_history_failures (
    job_id TEXT COLLATE "C" NOT NULL REFERENCES job_history ON DELETE CASCADE,
    seq BIGINT NOT NULL,
    item TEXT COLLATE "C" NOT NULL,
    code TEXT COLLATE "C",
    error TEXT COLLATE "C",
    PRIMARY KEY (job_id, seq)
);

CREATE TABLE job_statistics (
    kind TEXT COLLATE "C" NOT NULL,
    hour BIGINT NOT NULL,
    bucket BIGINT NOT NULL,
    items BIGINT NOT NULL DEFAULT 0,
    failed BIGINT NOT NULL DEFAULT 0,
    busy_s DOUBLE PRECISION NOT NULL DEFAULT 0,
    PRIMARY KEY (kind, hour, bucket)
);

CREATE TABLE job_waits (
    kind TEXT COLLATE "C" NOT NULL,
    hour BIGINT NOT NULL,
    bucket BIGINT NOT NULL,
    jobs BIGINT NOT NULL DEFAULT 0,
    waited_s DOUBLE PRECISION NOT NULL DEFAULT 0,
    PRIMARY KEY (kind, hour, bucket)
);

CREATE TABLE job_templates (
    template_id TEXT COLLATE "C" PRIMARY KEY,
    name TEXT COLLATE "C" NOT NULL UNIQUE,
    description TEXT COLLATE "C" NOT NULL DEFAULT '',
    kind TEXT COLLATE "C" NOT NULL,
    selection TEXT COLLATE "C" NOT NULL,
    params TEXT COLLATE "C" NOT NULL DEFAULT '{}',
    priority BIGINT NOT NULL DEFAULT 2,
    preview BIGINT NOT NULL DEFAULT 0,
    builtin BIGINT NOT NULL DEFAULT 0,
    created_at DOUBLE PRECISION NOT NULL,
    updated_at DOUBLE PRECISION NOT NULL
);

CREATE TABLE schedules (
    schedule_id TEXT COLLATE "C" PRIMARY KEY,
    template_id TEXT COLLATE "C" NOT NULL REFERENCES job_templates ON DELETE CASCADE,
    name TEXT COLLATE "C" NOT NULL,
    cron TEXT COLLATE "C",
    run_at DOUBLE PRECISION,
    timezone TEXT COLLATE "C" NOT NULL DEFAULT 'UTC',
    missed TEXT COLLATE "C" NOT NULL DEFAULT 'run_once',
    enabled BIGINT NOT NULL DEFAULT 1,
    next_at DOUBLE PRECISION,
    last_at DOUBLE PRECISION,
    last_job_id TEXT COLLATE "C",
    last_error TEXT COLLATE "C",
    created_at DOUBLE PRECISION NOT NULL,
    updated_at DOUBLE PRECISION NOT NULL
);
CREATE INDEX idx_schedules_template ON schedules (template_id);
CREATE INDEX idx_schedules_next_at ON schedules (next_at) WHERE enabled = 1;

CREATE TABLE schedule_slots (
    schedule_id TEXT COLLATE "C" NOT NULL REFERENCES schedules ON DELETE CASCADE,
    slot_at DOUBLE PRECISION NOT NULL,
    outcome TEXT COLLATE "C" NOT NULL,
    job_id TEXT COLLATE "C",
    fired_at DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (schedule_id, slot_at)
);

CREATE TABLE roots (
    root_id BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    path TEXT COLLATE "C" NOT NULL UNIQUE,
    device BIGINT,
    first_seen_at DOUBLE PRECISION NOT NULL,
    first_scan_at DOUBLE PRECISION,
    last_scan_at DOUBLE PRECISION,
    unwatched_at DOUBLE PRECISION,
    warning TEXT COLLATE "C",
    unstorable BIGINT NOT NULL DEFAULT 0,
    unstorable_names TEXT COLLATE "C" NOT NULL DEFAULT '[]',
    uid TEXT COLLATE "C"
);

CREATE TABLE hosts (
    host TEXT COLLATE "C" PRIMARY KEY,
    uid TEXT COLLATE "C" NOT NULL,
    seen_at DOUBLE PRECISION NOT NULL
);

CREATE TABLE root_mounts (
    root_id BIGINT NOT NULL REFERENCES roots ON DELETE CASCADE,
    host TEXT COLLATE "C" NOT NULL,
    filesystem TEXT COLLATE "C" NOT NULL,
    writable BIGINT NOT NULL,
    seen_at DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (root_id, host)
);

CREATE TABLE leases (
    name TEXT COLLATE "C" PRIMARY KEY,
    holder TEXT COLLATE "C" NOT NULL,
    until DOUBLE PRECISION NOT NULL
);

CREATE TABLE folders (
    folder_id BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    root_id BIGINT NOT NULL REFERENCES roots ON DELETE CASCADE,
    path TEXT COLLATE "C" NOT NULL UNIQUE,
    digest BYTEA,
    sort_key TEXT COLLATE "C"
);
CREATE INDEX idx_folders_root ON folders (root_id);
CREATE INDEX idx_folders_order ON folders (
    rtrim(rtrim(path, replace(path, '/', '')), '/'), coalesce(sort_key, ''), path
);
CREATE INDEX idx_folders_without_key ON folders (folder_id) WHERE sort_key IS NULL;

CREATE TABLE files (
    file_id BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    root_id BIGINT NOT NULL,
    folder_id BIGINT NOT NULL REFERENCES folders ON DELETE CASCADE,
    name TEXT COLLATE "C" NOT NULL,
    path TEXT COLLATE "C" NOT NULL UNIQUE,
    size_bytes BIGINT NOT NULL,
    mtime_ns BIGINT NOT NULL,
    device BIGINT NOT NULL DEFAULT 0,
    inode BIGINT NOT NULL DEFAULT 0,
    state TEXT COLLATE "C" NOT NULL DEFAULT 'unprocessed',
    reason TEXT COLLATE "C",
    duplicate_of TEXT COLLATE "C",
    format TEXT COLLATE "C",
    page_count BIGINT,
    series TEXT COLLATE "C",
    issue TEXT COLLATE "C",
    title TEXT COLLATE "C",
    volume TEXT COLLATE "C",
    year BIGINT,
    publisher TEXT COLLATE "C",
    series_key TEXT COLLATE "C" NOT NULL DEFAULT '',
    sort_key TEXT COLLATE "C" NOT NULL DEFAULT '',
    position BIGINT,
    missing BIGINT NOT NULL DEFAULT 16383,
    added_at DOUBLE PRECISION NOT NULL,
    changed_at DOUBLE PRECISION NOT NULL,
    read_at DOUBLE PRECISION,
    verified_at DOUBLE PRECISION,
    fingerprint BYTEA,
    sound_fingerprint BYTEA,
    sound_page_count BIGINT,
    conflict_with TEXT COLLATE "C",
    duplicate_by TEXT COLLATE "C"
);
CREATE INDEX idx_files_folder ON files (folder_id);
CREATE INDEX idx_files_root ON files (root_id);
CREATE INDEX idx_files_sort ON files (sort_key, file_id);
CREATE INDEX idx_files_position ON files (
    position, state, format, year, missing, root_id, size_bytes, added_at, publisher
);
CREATE INDEX idx_files_kinds ON files (state, format, year, missing, root_id);
CREATE INDEX idx_files_added ON files (added_at, file_id);
CREATE INDEX idx_files_inode ON files (inode, device);
CREATE INDEX idx_files_fingerprint ON files (fingerprint, file_id) WHERE fingerprint IS NOT NULL;
CREATE INDEX idx_files_conflict_with ON files (conflict_with) WHERE conflict_with IS NOT NULL;
CREATE INDEX idx_files_duplicate_of ON files (duplicate_of) WHERE duplicate_of IS NOT NULL;
CREATE INDEX idx_files_unproven ON files (file_id) WHERE duplicate_of IS NOT NULL AND duplicate_by IS NULL;
CREATE INDEX idx_files_number ON files (series_key, issue) WHERE series IS NOT NULL;
CREATE INDEX idx_files_size ON files (size_bytes, file_id);
CREATE INDEX idx_files_year ON files ((-coalesce(year, 0)), file_id);
CREATE INDEX idx_files_publisher ON files ((coalesce(publisher, chr(1114111)) COLLATE nocase), file_id);

CREATE TABLE awaited_files (
    number BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    path TEXT COLLATE "C" NOT NULL UNIQUE
);

CREATE TABLE file_tags (
    file_id BIGINT PRIMARY KEY REFERENCES files ON DELETE CASCADE,
    tags TEXT COLLATE "C" NOT NULL
);

-- rowid is files.position; what SQLite has as a table of FTS5.
CREATE TABLE file_search (
    rowid BIGINT PRIMARY KEY,
    terms TSVECTOR NOT NULL
);
CREATE INDEX file_search_terms ON file_search USING gin (terms);

CREATE TABLE search_words (
    word TEXT COLLATE "C" PRIMARY KEY
);

CREATE TABLE file_counts (
    root_id BIGINT NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    format TEXT COLLATE "C" NOT NULL,
    files BIGINT NOT NULL,
    size_bytes BIGINT NOT NULL,
    PRIMARY KEY (root_id, state, format)
);

CREATE TABLE series (
    series_key TEXT COLLATE "C" PRIMARY KEY,
    name TEXT COLLATE "C" NOT NULL,
    files BIGINT NOT NULL
);

CREATE TABLE changes (
    change_id BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    job_id TEXT COLLATE "C",
    seq BIGINT,
    kind TEXT COLLATE "C" NOT NULL,
    path_before TEXT COLLATE "C" NOT NULL,
    path_after TEXT COLLATE "C",
    state TEXT COLLATE "C" NOT NULL,
    intent TEXT COLLATE "C" NOT NULL,
    receipt TEXT COLLATE "C",
    summary TEXT COLLATE "C",
    reason TEXT COLLATE "C",
    planned_at DOUBLE PRECISION NOT NULL,
    applied_at DOUBLE PRECISION,
    undone_at DOUBLE PRECISION,
    undone_by TEXT COLLATE "C"
);
CREATE INDEX idx_changes_job ON changes (job_id);
CREATE INDEX idx_changes_item ON changes (job_id, seq);
CREATE INDEX idx_changes_before ON changes (path_before, change_id);
CREATE INDEX idx_changes_after ON changes (path_after, change_id);
CREATE INDEX idx_changes_open ON changes (change_id) WHERE state = 'planned';
CREATE INDEX idx_changes_planned_at ON changes (planned_at);

CREATE TABLE users (
    user_id BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    name TEXT COLLATE nocase NOT NULL UNIQUE,
    password_hash TEXT COLLATE "C" NOT NULL,
    created_at DOUBLE PRECISION NOT NULL,
    last_login_at DOUBLE PRECISION,
    role TEXT COLLATE "C" NOT NULL DEFAULT 'look' CHECK (role IN ('look', 'work', 'administer')),
    disabled_at DOUBLE PRECISION
);

CREATE TABLE sessions (
    token_hash BYTEA PRIMARY KEY,
    user_id BIGINT NOT NULL REFERENCES users ON DELETE CASCADE,
    created_at DOUBLE PRECISION NOT NULL,
    expires_at DOUBLE PRECISION NOT NULL,
    seen_at DOUBLE PRECISION NOT NULL,
    user_agent TEXT COLLATE "C"
);
CREATE INDEX idx_sessions_expires_at ON sessions (expires_at);
CREATE INDEX idx_sessions_user ON sessions (user_id);

CREATE TABLE api_keys (
    key_hash BYTEA PRIMARY KEY,
    name TEXT COLLATE nocase NOT NULL UNIQUE,
    created_at DOUBLE PRECISION NOT NULL,
    used_at DOUBLE PRECISION,
    role TEXT COLLATE "C" NOT NULL DEFAULT 'look' CHECK (role IN ('look', 'work', 'administer')),
    user_id BIGINT REFERENCES users ON DELETE CASCADE
);
CREATE INDEX idx_api_keys_user ON api_keys (user_id);

CREATE TABLE login_failures (
    source TEXT COLLATE "C" NOT NULL,
    failed_at DOUBLE PRECISION NOT NULL
);
CREATE INDEX idx_login_failures ON login_failures (source, failed_at);

CREATE TABLE shared_values (
    name TEXT COLLATE "C" PRIMARY KEY,
    value TEXT COLLATE "C" NOT NULL,
    updated_at DOUBLE PRECISION NOT NULL
);

CREATE TABLE file_pictures (
    file_id BIGINT PRIMARY KEY REFERENCES files ON DELETE CASCADE,
    mtime_ns BIGINT NOT NULL,
    width BIGINT NOT NULL,
    height BIGINT NOT NULL,
    unreadable BIGINT NOT NULL
);

CREATE TABLE page_hashes (
    file_id BIGINT NOT NULL REFERENCES file_pictures ON DELETE CASCADE,
    page BIGINT NOT NULL,
    hash BIGINT NOT NULL,
    PRIMARY KEY (file_id, page)
);
CREATE INDEX idx_page_hashes_low ON page_hashes ((hash & 2097151), file_id);
CREATE INDEX idx_page_hashes_middle ON page_hashes (((hash >> 21) & 2097151), file_id);
CREATE INDEX idx_page_hashes_high ON page_hashes (((hash >> 42) & 4194303), file_id);

CREATE TABLE near_members (
    file_id BIGINT PRIMARY KEY REFERENCES file_pictures ON DELETE CASCADE,
    group_id BIGINT NOT NULL
);
CREATE INDEX idx_near_members_group ON near_members (group_id, file_id);

CREATE TABLE suspects (
    path TEXT COLLATE "C" PRIMARY KEY,
    size_bytes BIGINT NOT NULL,
    mtime_ns BIGINT NOT NULL,
    endings BIGINT NOT NULL,
    noted_at DOUBLE PRECISION NOT NULL
);

CREATE TABLE series_matches (
    match_id BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    folder TEXT COLLATE "C" NOT NULL,
    group_key TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    level TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    reason TEXT COLLATE "C" NOT NULL,
    candidates TEXT COLLATE "C" NOT NULL,
    job_id TEXT COLLATE "C",
    matched_at DOUBLE PRECISION NOT NULL
);
CREATE INDEX idx_series_matches_state ON series_matches (state, name, match_id);
CREATE INDEX idx_series_matches_group ON series_matches (folder, group_key);
CREATE INDEX idx_series_matches_job ON series_matches (job_id, matched_at, group_key);

CREATE TABLE matched_files (
    file_id BIGINT PRIMARY KEY REFERENCES files ON DELETE CASCADE,
    match_id BIGINT NOT NULL REFERENCES series_matches ON DELETE CASCADE,
    issues TEXT COLLATE "C" NOT NULL
);
CREATE INDEX idx_matched_files_match ON matched_files (match_id);

CREATE TABLE series_decisions (
    decision_id BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    folder TEXT COLLATE "C" NOT NULL,
    group_key TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    verdict TEXT COLLATE "C" NOT NULL,
    series TEXT COLLATE "C",
    decided_at DOUBLE PRECISION NOT NULL,
    decided_by TEXT COLLATE "C",
    answered TEXT COLLATE "C",
    UNIQUE (folder, group_key)
);
CREATE INDEX idx_series_decisions_name ON series_decisions (name, decision_id);

CREATE TABLE identified_files (
    file_id BIGINT PRIMARY KEY REFERENCES files ON DELETE CASCADE,
    source TEXT COLLATE "C" NOT NULL,
    issue_id TEXT COLLATE "C" NOT NULL,
    written TEXT COLLATE "C" NOT NULL,
    identified_at DOUBLE PRECISION NOT NULL
);

CREATE TABLE decided_items (
    decision_id BIGINT NOT NULL REFERENCES series_decisions ON DELETE CASCADE,
    job_id TEXT COLLATE "C" NOT NULL,
    seq BIGINT NOT NULL,
    PRIMARY KEY (decision_id, job_id, seq)
);

CREATE TABLE source_answers (
    request TEXT COLLATE "C" PRIMARY KEY,
    source TEXT COLLATE "C" NOT NULL,
    answer BYTEA NOT NULL,
    answered_at DOUBLE PRECISION NOT NULL
);
CREATE INDEX idx_source_answers_answered_at ON source_answers (answered_at);

CREATE TABLE source_turns (
    turn_id BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    source TEXT COLLATE "C" NOT NULL,
    resource TEXT COLLATE "C" NOT NULL,
    at DOUBLE PRECISION NOT NULL,
    spent BIGINT NOT NULL,
    request TEXT COLLATE "C",
    owner TEXT COLLATE "C",
    claimed_until DOUBLE PRECISION,
    failures BIGINT NOT NULL DEFAULT 0,
    for_details BIGINT NOT NULL DEFAULT 0,
    portion TEXT COLLATE "C",
    portion_size BIGINT
);
CREATE UNIQUE INDEX idx_source_turns_request ON source_turns (request) WHERE request IS NOT NULL;
CREATE INDEX idx_source_turns_resource ON source_turns (source, resource, at);
CREATE INDEX idx_source_turns_source ON source_turns (source, at);
CREATE INDEX idx_source_turns_claimed ON source_turns (source, claimed_until) WHERE claimed_until IS NOT NULL;
CREATE INDEX idx_source_turns_waiting ON source_turns (source, resource, turn_id) WHERE spent = 0;
CREATE INDEX idx_source_turns_slots ON source_turns (source, at) WHERE spent = 0;

CREATE TABLE source_states (
    source TEXT COLLATE "C" PRIMARY KEY,
    requests BIGINT NOT NULL DEFAULT 0,
    rests BIGINT NOT NULL DEFAULT 0,
    rest_until DOUBLE PRECISION,
    rest_reason TEXT COLLATE "C",
    stop_reason TEXT COLLATE "C",
    stopped_with TEXT COLLATE "C"
);

CREATE TABLE source_settings (
    source TEXT COLLATE "C" PRIMARY KEY,
    enabled BIGINT NOT NULL DEFAULT 0,
    address TEXT COLLATE "C",
    secrets TEXT COLLATE "C" NOT NULL DEFAULT '{}',
    changed_at DOUBLE PRECISION NOT NULL
);

CREATE TABLE reading_lists (
    list_id BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    name TEXT COLLATE "C" NOT NULL UNIQUE,
    sort_key TEXT COLLATE "C" NOT NULL,
    entries BIGINT NOT NULL,
    added_at DOUBLE PRECISION NOT NULL
);
CREATE INDEX idx_reading_lists_sort ON reading_lists (sort_key, list_id);

CREATE TABLE reading_list_entries (
    list_id BIGINT NOT NULL REFERENCES reading_lists ON DELETE CASCADE,
    position BIGINT NOT NULL,
    series TEXT COLLATE "C",
    number TEXT COLLATE "C",
    volume BIGINT,
    year BIGINT,
    format TEXT COLLATE "C",
    ids TEXT COLLATE "C" NOT NULL,
    book_id TEXT COLLATE "C",
    PRIMARY KEY (list_id, position)
);

CREATE TABLE series_names (
    series_key TEXT COLLATE "C" NOT NULL,
    name_key TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (series_key, name_key)
);
CREATE INDEX idx_series_names_name ON series_names (name_key, series_key);

CREATE TABLE file_ids (
    file_id BIGINT NOT NULL REFERENCES files ON DELETE CASCADE,
    source TEXT COLLATE "C" NOT NULL,
    issue_id TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (file_id, source)
);
CREATE INDEX idx_file_ids_issue ON file_ids (source, issue_id, file_id);

CREATE TABLE files_without_lookups (
    file_id BIGINT PRIMARY KEY REFERENCES files ON DELETE CASCADE
);

CREATE TABLE collection_figures (
    "only" BIGINT PRIMARY KEY CHECK ("only" = 1),
    counted_at DOUBLE PRECISION NOT NULL,
    figures TEXT COLLATE "C" NOT NULL
);

CREATE TABLE rule_sets (
    name_key TEXT COLLATE "C" PRIMARY KEY,
    name TEXT COLLATE "C" NOT NULL,
    rules TEXT COLLATE "C" NOT NULL,
    changed_at DOUBLE PRECISION NOT NULL
);

CREATE TABLE folder_rules (
    folder TEXT COLLATE "C" PRIMARY KEY,
    rules TEXT COLLATE "C",
    new_files TEXT COLLATE "C",
    changed_at DOUBLE PRECISION NOT NULL
);

CREATE TABLE chosen_settings (
    variable TEXT COLLATE "C" PRIMARY KEY,
    value TEXT COLLATE "C" NOT NULL,
    changed_at DOUBLE PRECISION NOT NULL
);

CREATE TABLE decided_files (
    file_id BIGINT PRIMARY KEY REFERENCES files ON DELETE CASCADE,
    decision_id BIGINT NOT NULL REFERENCES series_decisions ON DELETE CASCADE
);
CREATE INDEX idx_decided_files_decision ON decided_files (decision_id);

CREATE TABLE source_failures (
    request TEXT COLLATE "C" PRIMARY KEY,
    source TEXT COLLATE "C" NOT NULL,
    reason TEXT COLLATE "C" NOT NULL,
    failures BIGINT NOT NULL,
    failed_at DOUBLE PRECISION NOT NULL,
    until DOUBLE PRECISION NOT NULL,
    asked_with TEXT COLLATE "C" NOT NULL
);
CREATE INDEX idx_source_failures_until ON source_failures (until);

CREATE TABLE series_figures (
    series_key TEXT COLLATE "C" PRIMARY KEY,
    files BIGINT NOT NULL DEFAULT 0,
    gaps BIGINT NOT NULL DEFAULT 0,
    year BIGINT,
    publisher TEXT COLLATE "C",
    size_bytes BIGINT NOT NULL DEFAULT 0,
    added_at DOUBLE PRECISION NOT NULL DEFAULT 0,
    outdated BIGINT NOT NULL DEFAULT 1
);
CREATE INDEX idx_series_outdated ON series_figures (series_key) WHERE outdated <> 0;
CREATE INDEX idx_series_gaps ON series_figures (series_key) WHERE gaps > 0;
CREATE INDEX idx_series_by_files ON series_figures (files, series_key);
CREATE INDEX idx_series_by_gaps ON series_figures (gaps, series_key);
CREATE INDEX idx_series_by_year ON series_figures ((-coalesce(year, 0)), series_key);
CREATE INDEX idx_series_by_publisher ON series_figures (lower(coalesce(publisher, chr(1114111))), series_key);
CREATE INDEX idx_series_by_size ON series_figures (size_bytes, series_key);
CREATE INDEX idx_series_by_added ON series_figures (added_at, series_key);

CREATE TABLE files_without_facets (
    file_id BIGINT PRIMARY KEY REFERENCES files ON DELETE CASCADE
);

CREATE TABLE file_pages (
    file_id BIGINT PRIMARY KEY REFERENCES files ON DELETE CASCADE,
    keys BYTEA NOT NULL,
    looks BYTEA,
    is_copy BIGINT NOT NULL DEFAULT 0
);

CREATE TABLE repeated_pages (
    repeat_id BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    look BIGINT,
    is_looked_at BIGINT NOT NULL DEFAULT 0,
    files BIGINT NOT NULL DEFAULT 0,
    comics BIGINT NOT NULL DEFAULT 0,
    series BIGINT NOT NULL DEFAULT 0,
    firsts BIGINT NOT NULL DEFAULT 0,
    elsewhere BIGINT NOT NULL DEFAULT 0,
    zone TEXT COLLATE "C",
    usual BIGINT,
    usual_files BIGINT NOT NULL DEFAULT 0,
    suggested BIGINT NOT NULL DEFAULT 0,
    answer TEXT COLLATE "C",
    answered_at DOUBLE PRECISION
);
CREATE INDEX idx_repeated_pages_list ON repeated_pages (answer, suggested, files, repeat_id);

CREATE TABLE repeated_page_keys (
    page_key BIGINT PRIMARY KEY,
    repeat_id BIGINT NOT NULL REFERENCES repeated_pages ON DELETE CASCADE
);
CREATE INDEX idx_repeated_page_keys_repeat ON repeated_page_keys (repeat_id);

CREATE TABLE page_occurrences (
    repeat_id BIGINT NOT NULL REFERENCES repeated_pages ON DELETE CASCADE,
    file_id BIGINT NOT NULL REFERENCES file_pages ON DELETE CASCADE,
    page BIGINT NOT NULL,
    PRIMARY KEY (repeat_id, file_id)
);
CREATE INDEX idx_page_occurrences_file ON page_occurrences (file_id);

CREATE TABLE page_search (
    "only" BIGINT PRIMARY KEY CHECK ("only" = 1),
    searched_at DOUBLE PRECISION,
    files BIGINT NOT NULL DEFAULT 0,
    without_checksums BIGINT NOT NULL DEFAULT 0,
    outdated BIGINT NOT NULL DEFAULT 1
);

CREATE TABLE audit (
    entry_id BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    at DOUBLE PRECISION NOT NULL,
    action TEXT COLLATE "C" NOT NULL,
    actor_kind TEXT COLLATE "C" NOT NULL,
    actor TEXT COLLATE nocase NOT NULL,
    address TEXT COLLATE "C" NOT NULL,
    subject TEXT COLLATE "C" NOT NULL,
    details TEXT COLLATE "C" NOT NULL
);
CREATE INDEX idx_audit_actor ON audit (actor, entry_id);
CREATE INDEX idx_audit_action ON audit (action, entry_id);

CREATE TABLE folder_writers (
    job_id TEXT COLLATE "C" NOT NULL REFERENCES jobs ON DELETE CASCADE,
    folder TEXT COLLATE "C" NOT NULL,
    seq BIGINT NOT NULL,
    PRIMARY KEY (job_id, folder)
);

CREATE TABLE shown_rules (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    rules TEXT COLLATE "C" NOT NULL,
    after_id BIGINT
);

CREATE TABLE protected_folders (
    folder TEXT COLLATE "C" PRIMARY KEY,
    since_at DOUBLE PRECISION NOT NULL
);

CREATE TABLE identities (
    issuer TEXT COLLATE "C" NOT NULL,
    subject TEXT COLLATE "C" NOT NULL,
    user_id BIGINT NOT NULL REFERENCES users ON DELETE CASCADE,
    added_at DOUBLE PRECISION NOT NULL,
    name TEXT COLLATE "C",
    PRIMARY KEY (issuer, subject)
);
CREATE INDEX idx_identities_user ON identities (user_id);

CREATE TABLE openid_sign_ins (
    state_hash BYTEA PRIMARY KEY,
    browser_hash BYTEA NOT NULL,
    begun_at DOUBLE PRECISION NOT NULL,
    expires_at DOUBLE PRECISION NOT NULL,
    next_path TEXT COLLATE "C" NOT NULL,
    redirect_uri TEXT COLLATE "C" NOT NULL,
    user_id BIGINT
);
CREATE INDEX idx_openid_sign_ins ON openid_sign_ins (expires_at);

CREATE TABLE event_receivers (
    receiver_id BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    kind TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL UNIQUE,
    url TEXT COLLATE "C",
    secret TEXT COLLATE "C",
    former_secret TEXT COLLATE "C",
    former_until DOUBLE PRECISION,
    events TEXT COLLATE "C" NOT NULL,
    enabled BIGINT NOT NULL DEFAULT 1,
    stop_reason TEXT COLLATE "C",
    failures BIGINT NOT NULL DEFAULT 0,
    next_try_at DOUBLE PRECISION NOT NULL DEFAULT 0,
    lease TEXT COLLATE "C",
    lease_until DOUBLE PRECISION NOT NULL DEFAULT 0,
    created_at DOUBLE PRECISION NOT NULL,
    changed_at DOUBLE PRECISION NOT NULL
);

CREATE TABLE event_outbox (
    entry_id BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    topic TEXT COLLATE "C" NOT NULL,
    subject TEXT COLLATE "C" NOT NULL,
    details TEXT COLLATE "C" NOT NULL
);

CREATE TABLE event_deliveries (
    delivery_id BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    receiver_id BIGINT NOT NULL REFERENCES event_receivers ON DELETE CASCADE,
    event_id TEXT COLLATE "C" NOT NULL,
    type TEXT COLLATE "C" NOT NULL,
    body TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL DEFAULT 'waiting',
    attempts BIGINT NOT NULL DEFAULT 0,
    created_at DOUBLE PRECISION NOT NULL,
    give_up_at DOUBLE PRECISION NOT NULL,
    tried_at DOUBLE PRECISION,
    status BIGINT,
    answer TEXT COLLATE "C",
    UNIQUE (receiver_id, event_id)
);
CREATE INDEX idx_event_deliveries_open ON event_deliveries (receiver_id, delivery_id)
    WHERE state IN ('waiting', 'sending');
CREATE INDEX idx_event_deliveries_state ON event_deliveries (state, delivery_id);
CREATE INDEX idx_event_deliveries_receiver ON event_deliveries (receiver_id, delivery_id);

-- Triggers, as on SQLite.
CREATE FUNCTION count_file(root BIGINT, state_ TEXT, format_ TEXT, count_ BIGINT, bytes BIGINT) RETURNS VOID
LANGUAGE sql AS $$
    INSERT INTO file_counts VALUES (root, state_, coalesce(format_, ''), count_, bytes)
    ON CONFLICT (root_id, state, format) DO UPDATE SET files = file_counts.files + excluded.files,
        size_bytes = file_counts.size_bytes + excluded.size_bytes
$$;
CREATE FUNCTION enter_series(key TEXT, spelling TEXT) RETURNS VOID
LANGUAGE sql AS $$
    INSERT INTO series SELECT key, spelling, 1 WHERE spelling IS NOT NULL
    ON CONFLICT (series_key) DO UPDATE SET files = series.files + 1,
        name = CASE WHEN series.name = lower(series.name) THEN excluded.name ELSE series.name END
$$;
CREATE FUNCTION leave_series(key TEXT, spelling TEXT) RETURNS VOID
LANGUAGE sql AS $$
    UPDATE series SET files = files - 1 WHERE series_key = key AND spelling IS NOT NULL;
    DELETE FROM series WHERE series_key = key AND files = 0;
$$;

CREATE FUNCTION files_added() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    PERFORM count_file(new.root_id, new.state, new.format, 1, new.size_bytes);
    IF new.series IS NOT NULL THEN
        PERFORM enter_series(new.series_key, new.series);
        UPDATE series_figures SET outdated = 1 WHERE series_key = new.series_key AND outdated <> 1;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER files_added AFTER INSERT ON files FOR EACH ROW EXECUTE FUNCTION files_added();

CREATE FUNCTION files_recounted() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    PERFORM count_file(old.root_id, old.state, old.format, -1, -old.size_bytes);
    PERFORM count_file(new.root_id, new.state, new.format, 1, new.size_bytes);
    RETURN NULL;
END $$;
CREATE TRIGGER files_recounted AFTER UPDATE OF root_id, state, format, size_bytes ON files FOR EACH ROW
WHEN (old.root_id <> new.root_id OR old.state <> new.state OR old.format IS DISTINCT FROM new.format
    OR old.size_bytes <> new.size_bytes)
EXECUTE FUNCTION files_recounted();

CREATE FUNCTION files_regrouped() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    PERFORM leave_series(old.series_key, old.series);
    PERFORM enter_series(new.series_key, new.series);
    RETURN NULL;
END $$;
CREATE TRIGGER files_regrouped AFTER UPDATE OF series, series_key ON files FOR EACH ROW
WHEN (old.series_key <> new.series_key OR (old.series IS NULL) <> (new.series IS NULL))
EXECUTE FUNCTION files_regrouped();

-- Spellings of a series meet under one key; one in small letters alone gives way to any other.
CREATE FUNCTION files_respelled() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    UPDATE series SET name = new.series
    WHERE series_key = new.series_key AND (files = 1 OR name = lower(name));
    RETURN NULL;
END $$;
CREATE TRIGGER files_respelled AFTER UPDATE OF series ON files FOR EACH ROW
WHEN (old.series_key = new.series_key AND old.series <> new.series)
EXECUTE FUNCTION files_respelled();

CREATE FUNCTION files_removed() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM file_search WHERE rowid = old.position;
    PERFORM count_file(old.root_id, old.state, old.format, -1, -old.size_bytes);
    IF old.series IS NOT NULL THEN
        PERFORM leave_series(old.series_key, old.series);
        UPDATE series_figures SET outdated = 1 WHERE series_key = old.series_key AND outdated <> 1;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER files_removed AFTER DELETE ON files FOR EACH ROW EXECUTE FUNCTION files_removed();

CREATE FUNCTION series_altered() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    UPDATE series_figures SET outdated = 1
    WHERE series_key IN (old.series_key, new.series_key) AND outdated <> 1;
    RETURN NULL;
END $$;
CREATE TRIGGER series_altered
AFTER UPDATE OF series, series_key, volume, issue, year, publisher, size_bytes ON files FOR EACH ROW
WHEN (old.series IS DISTINCT FROM new.series OR old.series_key <> new.series_key
    OR old.volume IS DISTINCT FROM new.volume OR old.issue IS DISTINCT FROM new.issue
    OR old.year IS DISTINCT FROM new.year OR old.publisher IS DISTINCT FROM new.publisher
    OR old.size_bytes <> new.size_bytes)
EXECUTE FUNCTION series_altered();

CREATE FUNCTION series_begun() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO series_figures (series_key) VALUES (new.series_key) ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE TRIGGER series_begun AFTER INSERT ON series FOR EACH ROW EXECUTE FUNCTION series_begun();

CREATE FUNCTION series_ended() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM series_figures WHERE series_key = old.series_key;
    DELETE FROM series_names WHERE series_key = old.series_key;
    RETURN NULL;
END $$;
CREATE TRIGGER series_ended AFTER DELETE ON series FOR EACH ROW EXECUTE FUNCTION series_ended();

CREATE FUNCTION pictures_outdated() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM file_pictures WHERE file_id = new.file_id;
    RETURN NULL;
END $$;
CREATE TRIGGER pictures_outdated AFTER UPDATE OF fingerprint, size_bytes, mtime_ns ON files FOR EACH ROW
WHEN (old.fingerprint IS DISTINCT FROM new.fingerprint OR (new.fingerprint IS NULL
    AND (old.size_bytes <> new.size_bytes OR old.mtime_ns <> new.mtime_ns)))
EXECUTE FUNCTION pictures_outdated();

CREATE FUNCTION near_member_left() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM near_members WHERE group_id = old.group_id AND (
        SELECT count(DISTINCT coalesce(f.fingerprint, convert_to(f.file_id::text, 'UTF8')))
        FROM near_members m JOIN files f USING (file_id) WHERE m.group_id = old.group_id) < 2;
    RETURN NULL;
END $$;
CREATE TRIGGER near_member_left AFTER DELETE ON near_members FOR EACH ROW
EXECUTE FUNCTION near_member_left();

CREATE FUNCTION page_occurred() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    UPDATE repeated_pages SET files = files + 1 WHERE repeat_id = new.repeat_id;
    RETURN NULL;
END $$;
CREATE TRIGGER page_occurred AFTER INSERT ON page_occurrences FOR EACH ROW
EXECUTE FUNCTION page_occurred();

CREATE FUNCTION page_left() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    UPDATE repeated_pages SET files = files - 1 WHERE repeat_id = old.repeat_id;
    RETURN NULL;
END $$;
CREATE TRIGGER page_left AFTER DELETE ON page_occurrences FOR EACH ROW EXECUTE FUNCTION page_left();

CREATE FUNCTION pages_known() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    UPDATE page_search SET outdated = 1 WHERE outdated <> 1;
    RETURN NULL;
END $$;
CREATE TRIGGER pages_known AFTER INSERT ON file_pages FOR EACH ROW EXECUTE FUNCTION pages_known();

CREATE FUNCTION pages_altered() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM page_occurrences WHERE file_id = new.file_id;
    UPDATE page_search SET outdated = 1 WHERE outdated <> 1;
    RETURN NULL;
END $$;
CREATE TRIGGER pages_altered AFTER UPDATE OF keys ON file_pages FOR EACH ROW
WHEN (old.keys <> new.keys) EXECUTE FUNCTION pages_altered();

CREATE FUNCTION note_event(topic_ TEXT, subject_ TEXT, details_ JSON) RETURNS VOID
LANGUAGE sql AS $$
    INSERT INTO event_outbox (topic, subject, details) SELECT topic_, subject_, details_::text
    WHERE EXISTS (SELECT 1 FROM event_receivers WHERE enabled = 1)
$$;

CREATE FUNCTION job_ended() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    PERFORM note_event('job', new.job_id, json_build_object(
        'kind', new.kind, 'title', new.title, 'status', new.status, 'preview', new.preview,
        'trigger', new.trigger, 'total_items', new.total_items,
        'processed_items', coalesce(new.processed_items, 0), 'failed_items', new.failed_items,
        'error', new.error, 'created_at', new.created_at, 'started_at', new.started_at,
        'completed_at', new.completed_at));
    RETURN NULL;
END $$;
CREATE TRIGGER job_ended AFTER UPDATE OF status ON jobs FOR EACH ROW
WHEN (new.status IN ('completed', 'failed', 'cancelled')
    AND old.status NOT IN ('completed', 'failed', 'cancelled') AND old.deleting <> 2)
EXECUTE FUNCTION job_ended();
CREATE TRIGGER job_ended_at_once AFTER INSERT ON jobs FOR EACH ROW
WHEN (new.status = 'completed' AND new.imported = 0) EXECUTE FUNCTION job_ended();

CREATE FUNCTION file_state_noted() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    PERFORM note_event(CASE new.state WHEN 'conflict' THEN 'conflict' ELSE 'damage' END, new.path,
        json_build_object('reason', new.reason, 'with', new.conflict_with));
    RETURN NULL;
END $$;
CREATE TRIGGER file_state_noted AFTER UPDATE OF state ON files FOR EACH ROW
WHEN (new.state IN ('conflict', 'failed') AND old.state <> new.state)
EXECUTE FUNCTION file_state_noted();
CREATE TRIGGER file_damaged_when_added AFTER INSERT ON files FOR EACH ROW
WHEN (new.state = 'failed') EXECUTE FUNCTION file_state_noted();

CREATE FUNCTION review_needed() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM series_matches WHERE folder = new.folder
        AND group_key = new.group_key AND state = 'open' AND match_id <> new.match_id) THEN
        PERFORM note_event('review', new.name, json_build_object('folder', new.folder));
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER review_needed AFTER INSERT ON series_matches FOR EACH ROW
WHEN (new.state = 'open') EXECUTE FUNCTION review_needed();

INSERT INTO counters (name, value) VALUES ('job_revision', 0);
INSERT INTO page_search ("only", searched_at, files, without_checksums, outdated) VALUES (1, NULL, 0, 0, 1);
