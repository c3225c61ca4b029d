-- The catalogue of files, and what was changed about them.
CREATE TABLE roots (
    root_id INTEGER PRIMARY KEY,
    path TEXT NOT NULL UNIQUE,
    first_seen_at REAL NOT NULL,
    last_scan_at REAL,
    last_scan_error TEXT
);
CREATE TABLE folders (
    folder_id INTEGER PRIMARY KEY,
    root_id INTEGER NOT NULL REFERENCES roots(root_id) ON DELETE CASCADE,
    path TEXT NOT NULL UNIQUE,
    mtime_ns INTEGER NOT NULL DEFAULT 0,
    digest BLOB
);
CREATE TABLE files (
    file_id INTEGER PRIMARY KEY,
    folder_id INTEGER NOT NULL REFERENCES folders(folder_id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    path TEXT NOT NULL UNIQUE,
    size_bytes INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    device INTEGER NOT NULL DEFAULT 0,
    inode INTEGER NOT NULL DEFAULT 0,
    added_at REAL NOT NULL,
    changed_at REAL NOT NULL,
    read_at REAL,
    format TEXT,
    page_count INTEGER,
    series TEXT,
    issue TEXT,
    title TEXT,
    volume TEXT,
    year INTEGER,
    publisher TEXT,
    sort_key TEXT NOT NULL DEFAULT '',
    tags TEXT,
    fingerprint BLOB,
    state TEXT NOT NULL DEFAULT 'unprocessed',
    reason TEXT,
    duplicate_of TEXT,
    verified_at REAL,
    cover_hash INTEGER
);
CREATE INDEX idx_files_folder ON files(folder_id);
CREATE INDEX idx_files_sort ON files(sort_key, file_id);
CREATE INDEX idx_files_state ON files(state, sort_key, file_id);
CREATE INDEX idx_files_format ON files(format, sort_key, file_id);
CREATE INDEX idx_files_added ON files(added_at, file_id);
CREATE INDEX idx_files_fingerprint ON files(fingerprint) WHERE fingerprint IS NOT NULL;

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
CREATE INDEX idx_changes_job ON changes(job_id, seq);
CREATE INDEX idx_changes_before ON changes(path_before, change_id);
CREATE INDEX idx_changes_after ON changes(path_after, change_id);
CREATE INDEX idx_changes_open ON changes(change_id) WHERE state = 'planned';
CREATE INDEX idx_changes_planned_at ON changes(planned_at);
