-- Items of one job may wait for hours until a source of comics allows the next request. With the time
-- in the index, a claim never walks past them.
DROP INDEX idx_job_items_queued;
CREATE INDEX idx_job_items_queued ON job_items(job_id, not_before, seq) WHERE state = 'queued';
