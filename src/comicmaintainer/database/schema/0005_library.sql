-- The catalogue of files, how it is searched, and what was changed about them.
CREATE TABLE roots (
    root_id INTEGER PRIMARY KEY,
    path TEXT NOT NULL UNIQUE,
    device INTEGER,
    first_seen_at REAL NOT NULL,
    first_scan_at REAL,
    last_scan_at REAL,
    unwatched_at REAL,
    warning TEXT,
    unstorable INTEGER NOT NULL DEFAULT 0,
    unstorable_names TEXT NOT NULL DEFAULT '[]'
);
CREATE TABLE folders (
    folder_id INTEGER PRIMARY KEY,
    root_id INTEGER NOT NULL REFERENCES roots(root_id) ON DELETE CASCADE,
    path TEXT NOT NULL UNIQUE,
    digest BLOB
);
CREATE INDEX idx_folders_root ON folders(root_id);

-- An id is never given twice: pages and cover caches name files by it.
-- position orders files as sort_key does; see library/positions.py. missing is a bit for each tag that
-- is not there; see library/search_terms.py.
CREATE TABLE files (
    file_id INTEGER PRIMARY KEY AUTOINCREMENT,
    root_id INTEGER NOT NULL,
    folder_id INTEGER NOT NULL REFERENCES folders(folder_id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    path TEXT NOT NULL UNIQUE,
    size_bytes INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    device INTEGER NOT NULL DEFAULT 0,
    inode INTEGER NOT NULL DEFAULT 0,
    state TEXT NOT NULL DEFAULT 'unprocessed',
    reason TEXT,
    duplicate_of TEXT,
    format TEXT,
    page_count INTEGER,
    series TEXT,
    issue TEXT,
    title TEXT,
    volume TEXT,
    year INTEGER,
    publisher TEXT,
    series_key TEXT NOT NULL DEFAULT '',
    sort_key TEXT NOT NULL DEFAULT '',
    position INTEGER,
    missing INTEGER NOT NULL DEFAULT 16383,
    added_at REAL NOT NULL,
    changed_at REAL NOT NULL,
    read_at REAL,
    verified_at REAL,
    fingerprint BLOB
);
CREATE INDEX idx_files_folder ON files(folder_id);
CREATE INDEX idx_files_root ON files(root_id);
CREATE INDEX idx_files_sort ON files(sort_key, file_id);
-- What is filtered by follows the position, so that a row that does not pass is never fetched.
CREATE INDEX idx_files_position ON files(position, state, format, year, missing, root_id);
CREATE INDEX idx_files_kinds ON files(state, format, year, missing, root_id);
CREATE INDEX idx_files_added ON files(added_at, file_id);
CREATE INDEX idx_files_inode ON files(inode, device);
CREATE INDEX idx_files_fingerprint ON files(fingerprint, file_id) WHERE fingerprint IS NOT NULL;

-- New files whose job is not stored yet. A number is never given twice: readers go on after it.
CREATE TABLE awaited_files (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    path TEXT NOT NULL UNIQUE
);

-- All tags of a file as one JSON object; apart, so that rows of files stay small.
CREATE TABLE file_tags (
    file_id INTEGER PRIMARY KEY REFERENCES files(file_id) ON DELETE CASCADE,
    tags TEXT NOT NULL
);

-- rowid is files.position, so matches come in series order; terms are made by library/search_terms.py.
CREATE VIRTUAL TABLE file_search USING fts5(
    terms, content='', contentless_delete=1, detail=none, prefix='2 3',
    tokenize="unicode61 remove_diacritics 0 categories 'L* N* Co Mn Mc'"
);

-- Every word of the search index: what a beginning can mean is looked up here.
CREATE TABLE search_words (
    word TEXT PRIMARY KEY
) WITHOUT ROWID;

-- Figures that pages show, kept by the triggers below, so that showing them counts nothing.
CREATE TABLE file_counts (
    root_id INTEGER NOT NULL,
    state TEXT NOT NULL,
    format TEXT NOT NULL,
    files INTEGER NOT NULL,
    size_bytes INTEGER NOT NULL,
    PRIMARY KEY (root_id, state, format)
) WITHOUT ROWID;
CREATE TABLE series (
    series_key TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    files INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TRIGGER files_added AFTER INSERT ON files BEGIN
    INSERT INTO file_counts VALUES (new.root_id, new.state, coalesce(new.format, ''), 1, new.size_bytes)
    ON CONFLICT DO UPDATE SET files = files + 1, size_bytes = size_bytes + excluded.size_bytes;
    INSERT INTO series SELECT new.series_key, new.series, 1 WHERE new.series IS NOT NULL
    ON CONFLICT DO UPDATE SET files = files + 1,
        name = iif(name = lower(name), excluded.name, name);
END;
CREATE TRIGGER files_recounted AFTER UPDATE OF root_id, state, format, size_bytes ON files
WHEN old.root_id <> new.root_id OR old.state <> new.state OR old.format IS NOT new.format
    OR old.size_bytes <> new.size_bytes
BEGIN
    UPDATE file_counts SET files = files - 1, size_bytes = size_bytes - old.size_bytes
    WHERE root_id = old.root_id AND state = old.state AND format = coalesce(old.format, '');
    INSERT INTO file_counts VALUES (new.root_id, new.state, coalesce(new.format, ''), 1, new.size_bytes)
    ON CONFLICT DO UPDATE SET files = files + 1, size_bytes = size_bytes + excluded.size_bytes;
END;
CREATE TRIGGER files_regrouped AFTER UPDATE OF series, series_key ON files
WHEN old.series_key <> new.series_key OR (old.series IS NULL) <> (new.series IS NULL)
BEGIN
    UPDATE series SET files = files - 1 WHERE series_key = old.series_key AND old.series IS NOT NULL;
    DELETE FROM series WHERE series_key = old.series_key AND files = 0;
    INSERT INTO series SELECT new.series_key, new.series, 1 WHERE new.series IS NOT NULL
    ON CONFLICT DO UPDATE SET files = files + 1,
        name = iif(name = lower(name), excluded.name, name);
END;
-- Spellings of a series meet under one key; one in small letters alone gives way to any other.
CREATE TRIGGER files_respelled AFTER UPDATE OF series ON files
WHEN old.series_key = new.series_key AND old.series <> new.series
BEGIN
    UPDATE series SET name = new.series
    WHERE series_key = new.series_key AND (files = 1 OR name = lower(name));
END;
CREATE TRIGGER files_removed AFTER DELETE ON files BEGIN
    DELETE FROM file_search WHERE rowid = old.position;
    UPDATE file_counts SET files = files - 1, size_bytes = size_bytes - old.size_bytes
    WHERE root_id = old.root_id AND state = old.state AND format = coalesce(old.format, '');
    UPDATE series SET files = files - 1 WHERE series_key = old.series_key AND old.series IS NOT NULL;
    DELETE FROM series WHERE series_key = old.series_key AND files = 0;
END;

-- What was changed, written before a file is touched. job_id has no foreign key: jobs go earlier.
CREATE TABLE changes (
    change_id INTEGER PRIMARY KEY AUTOINCREMENT,
    job_id TEXT,
    seq INTEGER,
    kind TEXT NOT NULL,
    path_before TEXT NOT NULL,
    path_after TEXT,
    state TEXT NOT NULL,
    intent TEXT NOT NULL,
    receipt TEXT,
    summary TEXT,
    reason TEXT,
    planned_at REAL NOT NULL,
    applied_at REAL,
    undone_at REAL,
    undone_by TEXT
);
CREATE INDEX idx_changes_job ON changes(job_id);
CREATE INDEX idx_changes_item ON changes(job_id, seq);
CREATE INDEX idx_changes_before ON changes(path_before, change_id);
CREATE INDEX idx_changes_after ON changes(path_after, change_id);
CREATE INDEX idx_changes_open ON changes(change_id) WHERE state = 'planned';
CREATE INDEX idx_changes_planned_at ON changes(planned_at);
