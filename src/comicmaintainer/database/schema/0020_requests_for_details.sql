-- Requests for the details of issues are counted apart from those that match series: an estimate of
-- a job's end needs both. `job_id` finds the series that a job has matched.
ALTER TABLE source_turns ADD COLUMN for_details INTEGER NOT NULL DEFAULT 0;
CREATE INDEX idx_series_matches_job ON series_matches(job_id, matched_at, group_key);
