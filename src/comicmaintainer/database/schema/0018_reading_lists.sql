-- Reading lists, and what finds their entries among the files of the catalogue.
CREATE TABLE reading_lists (
    list_id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    sort_key TEXT NOT NULL,
    entries INTEGER NOT NULL,
    added_at REAL NOT NULL
);
CREATE INDEX idx_reading_lists_sort ON reading_lists(sort_key, list_id);

-- ids is a JSON object: [id of the series, id of the issue] by source.
CREATE TABLE reading_list_entries (
    list_id INTEGER NOT NULL REFERENCES reading_lists(list_id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    series TEXT,
    number TEXT,
    volume INTEGER,
    year INTEGER,
    format TEXT,
    ids TEXT NOT NULL,
    book_id TEXT,
    PRIMARY KEY (list_id, position)
) WITHOUT ROWID;

-- A series' names as they are compared (matching/names.py): its spellings may differ in them.
CREATE TABLE series_names (
    series_key TEXT NOT NULL,
    name_key TEXT NOT NULL,
    PRIMARY KEY (series_key, name_key)
) WITHOUT ROWID;
CREATE INDEX idx_series_names_name ON series_names(name_key, series_key);
CREATE TRIGGER series_removed AFTER DELETE ON series BEGIN
    DELETE FROM series_names WHERE series_key = old.series_key;
END;

-- The ids of issues that the tags of files have; see library/catalogue/lookups.py.
CREATE TABLE file_ids (
    file_id INTEGER NOT NULL REFERENCES files(file_id) ON DELETE CASCADE,
    source TEXT NOT NULL,
    issue_id TEXT NOT NULL,
    PRIMARY KEY (file_id, source)
) WITHOUT ROWID;
CREATE INDEX idx_file_ids_issue ON file_ids(source, issue_id, file_id);

-- Files that an earlier release catalogued; a scan looks at them and takes them out.
CREATE TABLE files_without_lookups (
    file_id INTEGER PRIMARY KEY REFERENCES files(file_id) ON DELETE CASCADE
);
INSERT INTO files_without_lookups SELECT file_id FROM files WHERE read_at IS NOT NULL;
