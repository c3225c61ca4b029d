ALTER TABLE event_receivers ADD COLUMN fingerprint TEXT COLLATE "C" NOT NULL DEFAULT '';
CREATE TABLE receiver_hosts (
    receiver_id BIGINT NOT NULL REFERENCES event_receivers ON DELETE CASCADE,
    host TEXT COLLATE "C" NOT NULL,
    events TEXT COLLATE "C" NOT NULL,
    seen_at DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (receiver_id, host)
);
