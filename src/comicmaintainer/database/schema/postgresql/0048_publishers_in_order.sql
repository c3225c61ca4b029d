-- Files of a publisher in series order, with all that other filters ask, so that no row is read; see
-- library/catalogue/placed_files.py.
CREATE INDEX idx_files_publisher_place ON files (
    (publisher COLLATE nocase), position, state, format, year, missing, root_id, size_bytes, added_at,
    publisher
);
