-- An item may wait for another of its job: `waits_for` is that one's seq. An item that is queued
-- with `waits_for` was taken out of a circle of items that waited for each other.
ALTER TABLE job_items ADD COLUMN waits_for INTEGER;
-- The last item of a job that is looked at as a whole is run once more; it is marked so.
ALTER TABLE job_items ADD COLUMN closing INTEGER NOT NULL DEFAULT 0;
CREATE INDEX idx_job_items_waiting ON job_items(job_id, waits_for) WHERE state = 'waiting';
