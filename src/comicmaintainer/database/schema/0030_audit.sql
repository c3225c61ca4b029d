-- Who did what, when, and from where. `actor` is a name, or "" for what needs none.
CREATE TABLE audit (
    entry_id INTEGER PRIMARY KEY,
    at REAL NOT NULL,
    action TEXT NOT NULL,
    actor_kind TEXT NOT NULL,
    actor TEXT NOT NULL COLLATE NOCASE,
    address TEXT NOT NULL,
    subject TEXT NOT NULL,
    details TEXT NOT NULL
);
CREATE INDEX idx_audit_actor ON audit(actor, entry_id);
CREATE INDEX idx_audit_action ON audit(action, entry_id);
