DELETE FROM server_carries WHERE path LIKE '%.xml' OR path LIKE '%.json';
DROP TRIGGER change_planned_for_servers ON changes;
CREATE TRIGGER change_planned_for_servers AFTER INSERT ON changes FOR EACH ROW
WHEN (new.state = 'planned' AND new.kind NOT IN ('undo', 'series-json', 'sidecar', 'sidecar-rename')
    AND NOT (new.path_after IS NULL AND new.kind IN ('conflict', 'duplicate')))
EXECUTE FUNCTION change_planned_for_servers();
