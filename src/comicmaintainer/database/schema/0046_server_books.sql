-- What servers know of comics. `progress` says how progress is kept when files change: 'off', 'carried' (read before, set
-- after). Items that change files wait for a reading that is not older than some minutes, at most `patience_s`;
-- `wanted_at` is since when they do. `known_at` is when everything was read last, and `reading` the number of that reading.
-- After a scan was asked for, the server is read again at `next_round_at`, until all is carried over; so often in vain are `rounds`.
ALTER TABLE media_servers ADD COLUMN progress TEXT NOT NULL DEFAULT 'carried';
ALTER TABLE media_servers ADD COLUMN patience_s REAL NOT NULL DEFAULT 600;
ALTER TABLE media_servers ADD COLUMN wanted_at REAL;
ALTER TABLE media_servers ADD COLUMN known_at REAL;
ALTER TABLE media_servers ADD COLUMN reading INTEGER NOT NULL DEFAULT 0;
ALTER TABLE media_servers ADD COLUMN rounds INTEGER NOT NULL DEFAULT 0;
ALTER TABLE media_servers ADD COLUMN next_round_at REAL;
-- The books of a server by our paths, as they were read last. `status` is 'unread', 'started' or 'read'; `known` is what
-- is kept (JSON), `link` the address of the book's page.
CREATE TABLE server_books (
    server_id INTEGER NOT NULL REFERENCES media_servers(server_id) ON DELETE CASCADE,
    path TEXT NOT NULL,
    book_id TEXT NOT NULL,
    status TEXT NOT NULL,
    known TEXT NOT NULL,
    link TEXT NOT NULL,
    reading INTEGER NOT NULL,
    PRIMARY KEY (server_id, path)
);
CREATE INDEX idx_server_books_path ON server_books(path);
CREATE INDEX idx_server_books_book ON server_books(server_id, book_id);
-- What a server knew of a comic before it was changed, on its way to the book that the comic is afterwards. `path` is
-- where the comic is now, `origin` where the server saw it. While `holder`, a change, is under way the comic may be elsewhere.
CREATE TABLE server_carries (
    carry_id INTEGER PRIMARY KEY AUTOINCREMENT,
    server_id INTEGER NOT NULL REFERENCES media_servers(server_id) ON DELETE CASCADE,
    path TEXT NOT NULL,
    origin TEXT NOT NULL,
    book_id TEXT,
    known TEXT,
    holder INTEGER,
    since REAL NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0,
    problem TEXT
);
CREATE INDEX idx_server_carries_path ON server_carries(path);
CREATE INDEX idx_server_carries_holder ON server_carries(holder) WHERE holder IS NOT NULL;
CREATE INDEX idx_server_carries_server ON server_carries(server_id, carry_id);

-- A carry is made, or taken along, with the intent: before the file is touched. A file that was converted is followed to
-- its new form, not to the trash. A row of the kind 'undo' only notes where a file is that an undo has set aside.
CREATE TRIGGER change_planned_for_servers AFTER INSERT ON changes
WHEN new.state = 'planned' AND new.kind <> 'undo' AND NOT (new.path_after IS NULL AND new.kind IN ('conflict', 'duplicate'))
    AND EXISTS (SELECT 1 FROM media_servers WHERE enabled = 1 AND progress <> 'off')
BEGIN
    INSERT INTO server_carries (server_id, path, origin, book_id, known, since)
    SELECT one.server_id, new.path_before, new.path_before, book.book_id, book.known, new.planned_at
    FROM media_servers AS one LEFT JOIN server_books AS book
        ON book.server_id = one.server_id AND book.path = new.path_before
    WHERE one.enabled = 1 AND one.progress <> 'off' AND NOT EXISTS (
        SELECT 1 FROM server_carries AS other WHERE other.server_id = one.server_id AND other.path = new.path_before
            AND (other.holder IS NULL OR other.holder IN (
                SELECT change_id FROM changes WHERE job_id = new.job_id AND seq = new.seq)));
    UPDATE server_carries SET holder = new.change_id
    WHERE path = new.path_before AND (holder IS NULL OR holder IN (
        SELECT change_id FROM changes WHERE job_id = new.job_id AND seq = new.seq AND kind <> 'convert'));
END;
CREATE TRIGGER change_ended_for_servers AFTER UPDATE OF state ON changes
WHEN old.state = 'planned' AND new.state IN ('applied', 'abandoned') AND EXISTS (SELECT 1 FROM media_servers)
BEGIN
    UPDATE server_carries SET holder = NULL,
        path = CASE new.state WHEN 'applied' THEN coalesce(new.path_after, path) ELSE path END
    WHERE holder = new.change_id;
    DELETE FROM server_books
    WHERE new.state = 'applied' AND new.path_after IS NOT NULL AND path = new.path_before;
END;
CREATE TRIGGER change_taken_back_for_servers AFTER UPDATE OF state ON changes
WHEN old.state = 'applied' AND new.state = 'undone' AND EXISTS (SELECT 1 FROM media_servers)
BEGIN
    UPDATE server_carries SET holder = NULL, path = new.path_before WHERE holder = new.change_id;
    DELETE FROM server_books WHERE new.path_after IS NOT NULL AND path = new.path_after;
END;
