-- Items that wait, with half of their changes made, until the servers that recognise books in order have seen the file at
-- `path`. The bridge makes them due, and deletes their rows then.
CREATE TABLE server_waits (
    job_id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    path TEXT NOT NULL,
    PRIMARY KEY (job_id, seq)
);
