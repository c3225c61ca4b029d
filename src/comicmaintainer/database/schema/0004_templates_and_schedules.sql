-- Saved jobs and the times at which they run.
CREATE TABLE job_templates (
    template_id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    description TEXT NOT NULL DEFAULT '',
    kind TEXT NOT NULL,
    selection TEXT NOT NULL,
    params TEXT NOT NULL DEFAULT '{}',
    priority INTEGER NOT NULL DEFAULT 2,
    preview INTEGER NOT NULL DEFAULT 0,
    builtin INTEGER NOT NULL DEFAULT 0,
    created_at REAL NOT NULL,
    updated_at REAL NOT NULL
);
CREATE TABLE schedules (
    schedule_id TEXT PRIMARY KEY,
    template_id TEXT NOT NULL REFERENCES job_templates(template_id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    cron TEXT,
    run_at REAL,
    timezone TEXT NOT NULL DEFAULT 'UTC',
    missed TEXT NOT NULL DEFAULT 'run_once',
    enabled INTEGER NOT NULL DEFAULT 1,
    next_at REAL,
    last_at REAL,
    last_job_id TEXT,
    last_error TEXT,
    created_at REAL NOT NULL,
    updated_at REAL NOT NULL
);
CREATE INDEX idx_schedules_template ON schedules(template_id);
CREATE INDEX idx_schedules_next_at ON schedules(next_at) WHERE enabled = 1;
-- A due slot is taken by inserting it here: the primary key lets exactly one scheduler have it.
CREATE TABLE schedule_slots (
    schedule_id TEXT NOT NULL REFERENCES schedules(schedule_id) ON DELETE CASCADE,
    slot_at REAL NOT NULL,
    outcome TEXT NOT NULL,
    job_id TEXT,
    fired_at REAL NOT NULL,
    PRIMARY KEY (schedule_id, slot_at)
) WITHOUT ROWID;

-- The end that was told of: its completed_at. A job that is retried ends again, and is told again.
ALTER TABLE jobs ADD COLUMN notified_at REAL;
