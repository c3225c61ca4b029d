-- Several hosts on one library, over a server. On a single host these columns and tables stay empty.
-- What the mark in a root says, so that a bare mount point or another share is not taken for it.
ALTER TABLE roots ADD COLUMN uid TEXT;
-- The root in which an item lies; NULL: any host may run it.
ALTER TABLE job_items ADD COLUMN root_id INTEGER;
-- uid tells two hosts of one name apart.
CREATE TABLE hosts (
    host TEXT PRIMARY KEY,
    uid TEXT NOT NULL,
    seen_at REAL NOT NULL
);
-- Where each root was last found, and when.
CREATE TABLE root_mounts (
    root_id INTEGER NOT NULL REFERENCES roots(root_id) ON DELETE CASCADE,
    host TEXT NOT NULL,
    filesystem TEXT NOT NULL,
    writable INTEGER NOT NULL,
    seen_at REAL NOT NULL,
    PRIMARY KEY (root_id, host)
);
-- Who does what only one may do, until when.
CREATE TABLE leases (
    name TEXT PRIMARY KEY,
    holder TEXT NOT NULL,
    until REAL NOT NULL
);
