-- Whether the series of a file has gaps, as its figures say; see library/catalogue/search_index.py.
-- Each index of an order, of states and of publishers has all that filters ask for, so that no row is
-- read to decide; see library/catalogue/placed_files.py. They are made anew after the rows have changed.
DROP INDEX idx_files_position, idx_files_publisher_place, idx_files_kinds, idx_files_size, idx_files_added,
    idx_files_year, idx_files_publisher;
ALTER TABLE files ADD COLUMN series_has_gaps BIGINT NOT NULL DEFAULT 0;
UPDATE files SET series_has_gaps = 1
    WHERE series IS NOT NULL AND series_key IN (SELECT series_key FROM series_figures WHERE gaps > 0);
CREATE INDEX idx_files_position ON files (
    position, state, format, year, missing, root_id, size_bytes, added_at, series_has_gaps,
    publisher, file_id
);
CREATE INDEX idx_files_publisher_place ON files (
    (publisher COLLATE nocase), position, state, format, year, missing, root_id, size_bytes,
    added_at, series_has_gaps, publisher, file_id
);
CREATE INDEX idx_files_kinds ON files (
    state, format, year, missing, root_id, size_bytes, added_at, series_has_gaps, publisher,
    position, file_id
);
CREATE INDEX idx_files_state_size ON files (
    state, size_bytes, file_id, format, year, missing, root_id, added_at, series_has_gaps,
    publisher, position
);
CREATE INDEX idx_files_size ON files (
    size_bytes, file_id, state, format, year, missing, root_id, added_at, series_has_gaps,
    publisher, position
);
CREATE INDEX idx_files_added ON files (
    added_at, file_id, state, format, year, missing, root_id, size_bytes, series_has_gaps,
    publisher, position
);
CREATE INDEX idx_files_year ON files (
    (-coalesce(year, 0)), file_id, state, format, year, missing, root_id, size_bytes, added_at,
    series_has_gaps, publisher, position
);
CREATE INDEX idx_files_publisher ON files (
    (coalesce(publisher, chr(1114111)) COLLATE nocase), file_id, state, format, year, missing,
    root_id, size_bytes, added_at, series_has_gaps, publisher, position
);
-- How many files lack a tag, for each of the bits of search_terms.MISSING_TAGS. The planner would take
-- next to none for granted.
CREATE STATISTICS files_missing_1 ON (missing & 1) FROM files;
CREATE STATISTICS files_missing_2 ON (missing & 2) FROM files;
CREATE STATISTICS files_missing_4 ON (missing & 4) FROM files;
CREATE STATISTICS files_missing_8 ON (missing & 8) FROM files;
CREATE STATISTICS files_missing_16 ON (missing & 16) FROM files;
CREATE STATISTICS files_missing_32 ON (missing & 32) FROM files;
CREATE STATISTICS files_missing_64 ON (missing & 64) FROM files;
CREATE STATISTICS files_missing_128 ON (missing & 128) FROM files;
CREATE STATISTICS files_missing_256 ON (missing & 256) FROM files;
CREATE STATISTICS files_missing_512 ON (missing & 512) FROM files;
CREATE STATISTICS files_missing_1024 ON (missing & 1024) FROM files;
CREATE STATISTICS files_missing_2048 ON (missing & 2048) FROM files;
CREATE STATISTICS files_missing_4096 ON (missing & 4096) FROM files;
CREATE STATISTICS files_missing_8192 ON (missing & 8192) FROM files;
ANALYZE files;
