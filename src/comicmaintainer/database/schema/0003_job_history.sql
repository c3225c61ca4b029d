-- What stays of a job when cleanup has removed it, and figures that do not grow with it.
CREATE TABLE job_history (
    job_id TEXT PRIMARY KEY,
    status TEXT NOT NULL,
    kind TEXT NOT NULL,
    params TEXT NOT NULL DEFAULT '{}',
    trigger TEXT NOT NULL,
    title TEXT,
    preview INTEGER NOT NULL DEFAULT 0,
    priority INTEGER NOT NULL DEFAULT 2,
    total_items INTEGER NOT NULL,
    processed_items INTEGER NOT NULL,
    failed_items INTEGER NOT NULL,
    source_job_id TEXT,
    requested_by TEXT,
    error TEXT,
    created_at REAL NOT NULL,
    started_at REAL,
    completed_at REAL,
    archived_at REAL NOT NULL,
    revision INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX idx_job_history_completed_at ON job_history(completed_at);
CREATE INDEX idx_job_history_revision ON job_history(revision);

CREATE TABLE job_history_failures (
    job_id TEXT NOT NULL REFERENCES job_history(job_id) ON DELETE CASCADE,
    seq INTEGER NOT NULL,
    item TEXT NOT NULL,
    code TEXT,
    error TEXT,
    PRIMARY KEY (job_id, seq)
) WITHOUT ROWID;

-- One row per kind, hour (UTC epoch seconds of its start) and duration bucket; see jobs/statistics.py.
CREATE TABLE job_statistics (
    kind TEXT NOT NULL,
    hour INTEGER NOT NULL,
    bucket INTEGER NOT NULL,
    items INTEGER NOT NULL DEFAULT 0,
    failed INTEGER NOT NULL DEFAULT 0,
    busy_s REAL NOT NULL DEFAULT 0,
    PRIMARY KEY (kind, hour, bucket)
) WITHOUT ROWID;
CREATE TABLE job_waits (
    kind TEXT NOT NULL,
    hour INTEGER NOT NULL,
    bucket INTEGER NOT NULL,
    jobs INTEGER NOT NULL DEFAULT 0,
    waited_s REAL NOT NULL DEFAULT 0,
    PRIMARY KEY (kind, hour, bucket)
) WITHOUT ROWID;
