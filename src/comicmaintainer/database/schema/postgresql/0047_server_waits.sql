CREATE TABLE server_waits (
    job_id TEXT COLLATE "C" NOT NULL,
    seq BIGINT NOT NULL,
    path TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (job_id, seq)
);
