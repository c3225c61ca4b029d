-- Requests whose answers could not be used, so that they are not made again before `until`. They are made
-- at once after the settings have changed: `asked_with` is a hash of those that were used.
CREATE TABLE source_failures (
    request TEXT PRIMARY KEY,
    source TEXT NOT NULL,
    reason TEXT NOT NULL,
    failures INTEGER NOT NULL,
    failed_at REAL NOT NULL,
    until REAL NOT NULL,
    asked_with TEXT NOT NULL
);
CREATE INDEX idx_source_failures_until ON source_failures(until);
