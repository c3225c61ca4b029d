-- Folders whose files are never written, whatever the rules say.
CREATE TABLE protected_folders (
    folder TEXT PRIMARY KEY,
    since_at REAL NOT NULL
) WITHOUT ROWID;
