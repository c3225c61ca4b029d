-- The programs that show the library to readers (Komga, Kavita). `path_map` is a JSON list of pairs: a folder here, and
-- the same folder as the server names it. `problem` says why it gave no answer last.
CREATE TABLE media_servers (
    server_id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    name TEXT NOT NULL UNIQUE,
    url TEXT NOT NULL,
    api_key TEXT NOT NULL,
    path_map TEXT NOT NULL,
    enabled INTEGER NOT NULL DEFAULT 1,
    failures INTEGER NOT NULL DEFAULT 0,
    next_try_at REAL NOT NULL DEFAULT 0,
    problem TEXT,
    answered_at REAL,
    created_at REAL NOT NULL,
    changed_at REAL NOT NULL
);
-- The folders that a server is to look at, written by the transaction that confirms a change of a file there. `notes`
-- counts the changes, so that one that comes while the server is asked is not taken for asked.
CREATE TABLE media_scans (
    server_id INTEGER NOT NULL REFERENCES media_servers(server_id) ON DELETE CASCADE,
    folder TEXT NOT NULL,
    job_id TEXT NOT NULL,
    noted_at REAL NOT NULL,
    notes INTEGER NOT NULL DEFAULT 1,
    PRIMARY KEY (server_id, folder, job_id)
);

-- Nothing is noted while no server is configured, nor of a change that only marks a file. rtrim() leaves the folder of a path.
CREATE TRIGGER change_applied_for_servers AFTER UPDATE OF state ON changes
WHEN new.state = 'applied' AND old.state = 'planned'
    AND NOT (new.path_after IS NULL AND new.kind IN ('conflict', 'duplicate')) AND EXISTS (SELECT 1 FROM media_servers WHERE enabled = 1)
BEGIN
    INSERT INTO media_scans (server_id, folder, job_id, noted_at)
    SELECT one.server_id, folders.folder, coalesce(new.job_id, ''),
        coalesce(new.applied_at, new.planned_at)
    FROM media_servers AS one, (
        SELECT rtrim(new.path_before, replace(new.path_before, '/', '')) AS folder
        UNION SELECT rtrim(new.path_after, replace(new.path_after, '/', ''))) AS folders
    WHERE one.enabled = 1 AND folders.folder IS NOT NULL
    ON CONFLICT (server_id, folder, job_id) DO UPDATE SET noted_at = excluded.noted_at, notes = media_scans.notes + 1;
END;
CREATE TRIGGER change_undone_for_servers AFTER UPDATE OF state ON changes
WHEN new.state = 'undone' AND old.state = 'applied'
    AND NOT (new.path_after IS NULL AND new.kind IN ('conflict', 'duplicate')) AND EXISTS (SELECT 1 FROM media_servers WHERE enabled = 1)
BEGIN
    INSERT INTO media_scans (server_id, folder, job_id, noted_at)
    SELECT one.server_id, folders.folder, coalesce(new.undone_by, ''),
        coalesce(new.undone_at, new.planned_at)
    FROM media_servers AS one, (
        SELECT rtrim(new.path_before, replace(new.path_before, '/', '')) AS folder
        UNION SELECT rtrim(new.path_after, replace(new.path_after, '/', ''))) AS folders
    WHERE one.enabled = 1 AND folders.folder IS NOT NULL
    ON CONFLICT (server_id, folder, job_id) DO UPDATE SET noted_at = excluded.noted_at, notes = media_scans.notes + 1;
END;
