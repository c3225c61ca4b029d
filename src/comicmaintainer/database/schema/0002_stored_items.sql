-- Items, claims and workers. What a job is asked to do is stored with it, so it survives anything.
ALTER TABLE jobs ADD COLUMN kind TEXT NOT NULL DEFAULT 'process';
ALTER TABLE jobs ADD COLUMN params TEXT NOT NULL DEFAULT '{}';
ALTER TABLE jobs ADD COLUMN trigger TEXT NOT NULL DEFAULT 'api';
ALTER TABLE jobs ADD COLUMN title TEXT;
ALTER TABLE jobs ADD COLUMN preview INTEGER NOT NULL DEFAULT 0;
ALTER TABLE jobs ADD COLUMN priority INTEGER NOT NULL DEFAULT 2;
ALTER TABLE jobs ADD COLUMN failed_items INTEGER NOT NULL DEFAULT 0;
ALTER TABLE jobs ADD COLUMN source_job_id TEXT;
ALTER TABLE jobs ADD COLUMN dedupe_key TEXT;
ALTER TABLE jobs ADD COLUMN requested_by TEXT;
ALTER TABLE jobs ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;
ALTER TABLE jobs ADD COLUMN last_claim_at REAL;
ALTER TABLE jobs ADD COLUMN deleting INTEGER NOT NULL DEFAULT 0;
-- It came with an import: who asked for it elsewhere has no say over files outside the library here.
ALTER TABLE jobs ADD COLUMN imported INTEGER NOT NULL DEFAULT 0;

ALTER TABLE job_results ADD COLUMN seq INTEGER;
ALTER TABLE job_results ADD COLUMN attempt INTEGER;
ALTER TABLE job_results ADD COLUMN code TEXT;
ALTER TABLE job_results ADD COLUMN finished_at REAL;
ALTER TABLE job_results ADD COLUMN duration_s REAL;

-- A job that a stopped process left open has no items to go on with.
UPDATE jobs
SET status = 'failed', error = 'interrupted before the upgrade',
    completed_at = coalesce(completed_at, unixepoch('subsec'))
WHERE status IN ('queued', 'processing');

CREATE TABLE job_items (
    job_id TEXT NOT NULL REFERENCES jobs(job_id) ON DELETE CASCADE,
    seq INTEGER NOT NULL,
    item TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'queued',
    attempt INTEGER NOT NULL DEFAULT 0,
    lost INTEGER NOT NULL DEFAULT 0,
    failures INTEGER NOT NULL DEFAULT 0,
    worker_id TEXT,
    claimed_at REAL,
    not_before REAL NOT NULL DEFAULT 0,
    params TEXT,
    PRIMARY KEY (job_id, seq)
) WITHOUT ROWID;
CREATE INDEX idx_job_items_queued ON job_items(job_id, seq) WHERE state = 'queued';
-- One item per archive at a time, whatever the jobs: the database itself refuses a second claim.
CREATE UNIQUE INDEX idx_job_items_busy ON job_items(item) WHERE state = 'processing';

CREATE INDEX idx_job_results_failed ON job_results(job_id, id) WHERE success = 0;
CREATE UNIQUE INDEX idx_job_results_item ON job_results(job_id, seq) WHERE seq IS NOT NULL;
-- Jobs that have not begun, as claims take them up; the kind is there to be looked at in passing.
CREATE INDEX idx_jobs_not_begun ON jobs(priority, created_at, job_id, kind)
    WHERE status = 'queued' AND deleting = 0;
CREATE INDEX idx_jobs_revision ON jobs(revision);
CREATE INDEX idx_jobs_created_at ON jobs(created_at, job_id);
CREATE INDEX idx_jobs_deleting ON jobs(deleting) WHERE deleting = 1;
CREATE UNIQUE INDEX idx_jobs_active_key ON jobs(dedupe_key)
    WHERE dedupe_key IS NOT NULL AND status IN ('queued', 'processing', 'paused');

-- What the items of a job were chosen from, unevaluated, where it is to be gone on from later.
-- In parts, so that no row is large where a list of paths is.
CREATE TABLE job_selections (
    job_id TEXT NOT NULL REFERENCES jobs(job_id) ON DELETE CASCADE,
    part INTEGER NOT NULL,
    selection TEXT NOT NULL,
    PRIMARY KEY (job_id, part)
) WITHOUT ROWID;

CREATE TABLE workers (
    worker_id TEXT PRIMARY KEY,
    host TEXT NOT NULL,
    pid INTEGER NOT NULL,
    threads INTEGER NOT NULL,
    started_at REAL NOT NULL,
    heartbeat_at REAL NOT NULL,
    current TEXT NOT NULL DEFAULT '[]'
);

-- Numbers that only ever grow, also when the row that carried the highest is deleted.
CREATE TABLE counters (
    name TEXT PRIMARY KEY,
    value INTEGER NOT NULL
);
INSERT INTO counters (name, value) VALUES ('job_revision', 0);
