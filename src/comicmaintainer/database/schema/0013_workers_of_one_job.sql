-- The worker of a command does only the job of that command; `only_job` names it. Workers of a
-- service, which do any job, have none.
ALTER TABLE workers ADD COLUMN only_job TEXT;
