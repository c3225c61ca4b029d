-- What the files of one series in a folder were matched with, and what people decided about them.
CREATE TABLE series_matches (
    match_id INTEGER PRIMARY KEY AUTOINCREMENT,
    folder TEXT NOT NULL,
    group_key TEXT NOT NULL,
    name TEXT NOT NULL,
    level TEXT NOT NULL,
    state TEXT NOT NULL,
    reason TEXT NOT NULL,
    candidates TEXT NOT NULL,
    job_id TEXT,
    matched_at REAL NOT NULL
);
CREATE INDEX idx_series_matches_state ON series_matches(state, name, match_id);
CREATE INDEX idx_series_matches_group ON series_matches(folder, group_key);

CREATE TABLE matched_files (
    file_id INTEGER PRIMARY KEY REFERENCES files(file_id) ON DELETE CASCADE,
    match_id INTEGER NOT NULL REFERENCES series_matches(match_id) ON DELETE CASCADE,
    issues TEXT NOT NULL
);
CREATE INDEX idx_matched_files_match ON matched_files(match_id);

CREATE TABLE series_decisions (
    decision_id INTEGER PRIMARY KEY AUTOINCREMENT,
    folder TEXT NOT NULL,
    group_key TEXT NOT NULL,
    name TEXT NOT NULL,
    verdict TEXT NOT NULL,
    series TEXT,
    decided_at REAL NOT NULL,
    decided_by TEXT,
    answered TEXT,  -- the match that was answered, which is open again if this is taken back
    UNIQUE (folder, group_key)
);
CREATE INDEX idx_series_decisions_name ON series_decisions(name, decision_id);

-- What sources knew of a file when its tags were written: fields that differ now are a person's.
CREATE TABLE identified_files (
    file_id INTEGER PRIMARY KEY REFERENCES files(file_id) ON DELETE CASCADE,
    source TEXT NOT NULL,
    issue_id TEXT NOT NULL,
    written TEXT NOT NULL,
    identified_at REAL NOT NULL
);

-- The items that followed a decision: what they changed is undone if the decision is taken back.
CREATE TABLE decided_items (
    decision_id INTEGER NOT NULL REFERENCES series_decisions(decision_id) ON DELETE CASCADE,
    job_id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    PRIMARY KEY (decision_id, job_id, seq)
) WITHOUT ROWID;
