-- Indexes of orders with what filters ask for, so that they decide without the rows of other files; see
-- library/catalogue/listing.py.
DROP INDEX idx_files_added;
DROP INDEX idx_files_year;
DROP INDEX idx_files_publisher;
CREATE INDEX idx_files_added ON files(
    added_at, file_id, state, format, year, missing, root_id, size_bytes, series_has_gaps, publisher
);
CREATE INDEX idx_files_year ON files(
    -ifnull(year, 0), file_id, state, format, year, missing, root_id, size_bytes, added_at, series_has_gaps,
    publisher
);
CREATE INDEX idx_files_publisher ON files(
    ifnull(publisher, char(1114111)) COLLATE NOCASE, file_id, state, format, year, missing, root_id,
    size_bytes, added_at, series_has_gaps, publisher
);
