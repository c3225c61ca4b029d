-- What a job was about, as a JSON object; see jobs/about.py.
ALTER TABLE jobs ADD COLUMN about TEXT;
ALTER TABLE job_history ADD COLUMN about TEXT;
