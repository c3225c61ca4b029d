-- The search index now has which files are of a series with gaps; a scan indexes these files anew.
INSERT INTO files_without_facets
SELECT file_id FROM files WHERE position IS NOT NULL AND series IS NOT NULL
AND series_key IN (SELECT series_key FROM series_figures WHERE gaps > 0)
ON CONFLICT DO NOTHING;

-- With all that the filters decide by, so that a match of the search index costs no look at its row.
DROP INDEX idx_files_position;
CREATE INDEX idx_files_position ON files(
    position, state, format, year, missing, root_id, size_bytes, added_at, publisher
);
