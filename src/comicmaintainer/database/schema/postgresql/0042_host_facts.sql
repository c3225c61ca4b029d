ALTER TABLE hosts ADD COLUMN version TEXT COLLATE "C";
ALTER TABLE hosts ADD COLUMN clock_ahead_s DOUBLE PRECISION;
-- Results belong to items, which hold their job; a reference of their own would lock the job's row
-- for each of them.
ALTER TABLE job_results DROP CONSTRAINT job_results_job_id_fkey;
