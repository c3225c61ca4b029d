-- What results are counted and grouped by; see jobs/result_marks.py. A failure has no effect.
ALTER TABLE job_results ADD COLUMN effect TEXT;
ALTER TABLE job_results ADD COLUMN group_key TEXT;
UPDATE job_results SET effect = CASE WHEN json_valid(details) THEN coalesce((
    SELECT group_concat(type, ' ') FROM (
        SELECT DISTINCT json_extract(each.value, '$.type') AS type
        FROM json_each(job_results.details, '$.changes') AS each WHERE each.type = 'object'
    )
), '') ELSE '' END WHERE success <> 0;
CREATE INDEX idx_job_results_effect ON job_results(job_id, effect, seq, group_key);
CREATE INDEX idx_job_results_group ON job_results(job_id, group_key, seq)
    WHERE group_key IS NOT NULL;

-- How many results of each effect a removed job had, as a JSON object.
ALTER TABLE job_history ADD COLUMN effects TEXT;
