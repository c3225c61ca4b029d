CREATE TABLE held_files (
    place TEXT COLLATE "C" NOT NULL,
    holder TEXT COLLATE "C" NOT NULL,
    host TEXT COLLATE "C" NOT NULL,
    job_id TEXT COLLATE "C",
    seq BIGINT,
    shared BIGINT NOT NULL,
    since_at DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (place, holder)
);
CREATE INDEX idx_held_files_host ON held_files (host, holder);
