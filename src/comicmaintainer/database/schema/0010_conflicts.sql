-- An equal name is not an equal comic. A file in conflict names the file that has the name it should
-- get; a duplicate says what shows that it is one: NULL where an earlier release went by the name
-- alone. Such rows are looked at again by the next scan.
ALTER TABLE files ADD COLUMN conflict_with TEXT;
ALTER TABLE files ADD COLUMN duplicate_by TEXT;
CREATE INDEX idx_files_conflict_with ON files(conflict_with) WHERE conflict_with IS NOT NULL;
CREATE INDEX idx_files_duplicate_of ON files(duplicate_of) WHERE duplicate_of IS NOT NULL;
CREATE INDEX idx_files_unproven ON files(file_id)
    WHERE duplicate_of IS NOT NULL AND duplicate_by IS NULL;
-- Files of one number in one series may want one name.
CREATE INDEX idx_files_number ON files(series_key, issue) WHERE series IS NOT NULL;
-- Left behind where the pages of a duplicate had changed.
UPDATE files SET duplicate_of = NULL WHERE duplicate_of IS NOT NULL AND state <> 'duplicate';
