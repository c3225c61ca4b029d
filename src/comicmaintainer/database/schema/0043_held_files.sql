-- Files that nobody else may move at this moment, of several hosts on one library; see
-- operations/changes/shared_holds.py. On a single host it stays empty.
CREATE TABLE held_files (
    place TEXT NOT NULL,
    holder TEXT NOT NULL,
    host TEXT NOT NULL,
    job_id TEXT,
    seq INTEGER,
    shared INTEGER NOT NULL,
    since_at REAL NOT NULL,
    PRIMARY KEY (place, holder)
);
CREATE INDEX idx_held_files_host ON held_files (host, holder);
