-- Which item of a job writes what lies beside the comics of a folder: one for each folder.
CREATE TABLE folder_writers (
    job_id TEXT NOT NULL REFERENCES jobs(job_id) ON DELETE CASCADE,
    folder TEXT NOT NULL,
    seq INTEGER NOT NULL,
    PRIMARY KEY (job_id, folder)
) WITHOUT ROWID;
