-- What the library page sorts and filters by.
CREATE INDEX idx_files_size ON files(size_bytes, file_id);
-- The latest first, and files without a year last.
CREATE INDEX idx_files_year ON files(-ifnull(year, 0), file_id);
CREATE INDEX idx_files_publisher ON files(ifnull(publisher, char(1114111)) COLLATE NOCASE, file_id);

-- What the files of a series say together, counted by library/series_figures.py. Triggers only note that
-- it is out of date: counting a series of 1,000 files anew with each of them would be slow.
CREATE TABLE series_figures (
    series_key TEXT PRIMARY KEY,
    files INTEGER NOT NULL DEFAULT 0,
    gaps INTEGER NOT NULL DEFAULT 0,
    year INTEGER,
    publisher TEXT,
    size_bytes INTEGER NOT NULL DEFAULT 0,
    added_at REAL NOT NULL DEFAULT 0,
    outdated INTEGER NOT NULL DEFAULT 1
) WITHOUT ROWID;
CREATE INDEX idx_series_outdated ON series_figures(series_key) WHERE outdated;
CREATE INDEX idx_series_gaps ON series_figures(series_key) WHERE gaps > 0;
-- Each is an order of the wall of series.
CREATE INDEX idx_series_by_files ON series_figures(files, series_key);
CREATE INDEX idx_series_by_gaps ON series_figures(gaps, series_key);
CREATE INDEX idx_series_by_year ON series_figures(-ifnull(year, 0), series_key);
CREATE INDEX idx_series_by_publisher ON series_figures(lower(ifnull(publisher, char(1114111))), series_key);
CREATE INDEX idx_series_by_size ON series_figures(size_bytes, series_key);
CREATE INDEX idx_series_by_added ON series_figures(added_at, series_key);
INSERT INTO series_figures (series_key) SELECT series_key FROM series;

CREATE TRIGGER series_begun AFTER INSERT ON series BEGIN
    INSERT INTO series_figures (series_key) VALUES (new.series_key) ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER series_ended AFTER DELETE ON series BEGIN
    DELETE FROM series_figures WHERE series_key = old.series_key;
END;
CREATE TRIGGER series_grew AFTER INSERT ON files WHEN new.series IS NOT NULL BEGIN
    UPDATE series_figures SET outdated = 1 WHERE series_key = new.series_key AND outdated <> 1;
END;
CREATE TRIGGER series_shrank AFTER DELETE ON files WHEN old.series IS NOT NULL BEGIN
    UPDATE series_figures SET outdated = 1 WHERE series_key = old.series_key AND outdated <> 1;
END;
CREATE TRIGGER series_altered
AFTER UPDATE OF series, series_key, volume, issue, year, publisher, size_bytes ON files
WHEN old.series IS NOT new.series OR old.series_key <> new.series_key
    OR old.volume IS NOT new.volume OR old.issue IS NOT new.issue OR old.year IS NOT new.year
    OR old.publisher IS NOT new.publisher OR old.size_bytes <> new.size_bytes
BEGIN
    UPDATE series_figures SET outdated = 1
    WHERE series_key IN (old.series_key, new.series_key) AND outdated <> 1;
END;

-- Files whose row in the search index lacks the facets of size, publisher and day. Until a scan has
-- caught up on them, such filters use conditions alone.
CREATE TABLE files_without_facets (
    file_id INTEGER PRIMARY KEY REFERENCES files(file_id) ON DELETE CASCADE
);
INSERT INTO files_without_facets SELECT file_id FROM files WHERE position IS NOT NULL;
