-- Servers know comics, not what lies beside them: such a file carries nothing, and nothing waits for a server to show it.
DELETE FROM server_carries WHERE path LIKE '%.xml' OR path LIKE '%.json';
DROP TRIGGER change_planned_for_servers;
CREATE TRIGGER change_planned_for_servers AFTER INSERT ON changes
WHEN new.state = 'planned' AND new.kind NOT IN ('undo', 'series-json', 'sidecar', 'sidecar-rename')
    AND NOT (new.path_after IS NULL AND new.kind IN ('conflict', 'duplicate'))
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
