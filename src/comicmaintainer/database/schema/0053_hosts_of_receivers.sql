-- What the environments of hosts name: each address and each program is a receiver, known on all hosts by its hash.
-- It gets the events that any of its hosts wants for it, and is switched on while it has one.
ALTER TABLE event_receivers ADD COLUMN fingerprint TEXT NOT NULL DEFAULT '';
CREATE TABLE receiver_hosts (
    receiver_id INTEGER NOT NULL REFERENCES event_receivers(receiver_id) ON DELETE CASCADE,
    host TEXT NOT NULL,
    events TEXT NOT NULL,
    seen_at REAL NOT NULL,
    PRIMARY KEY (receiver_id, host)
);
