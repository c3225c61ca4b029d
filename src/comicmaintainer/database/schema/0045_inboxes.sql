-- A folder with a target is an inbox: its comics are filed below that folder, in folders by the
-- template of `folders`, NULL for the usual one.
ALTER TABLE folder_rules ADD COLUMN target TEXT;
ALTER TABLE folder_rules ADD COLUMN folders TEXT;
