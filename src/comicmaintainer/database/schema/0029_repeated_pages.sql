-- What pages each file has, and which pages many files share. Written by library/catalogue/page_rows.py and
-- library/repeated_pages.

-- keys has 8 bytes for each page in reading order, of its CRC-32 and size; it is empty if the archive has no
-- checksums. looks has 10 bytes for each page whose look is known, NULL before it was looked at. Most pages of a
-- copy are in several other files too, so it says nothing about a page that it shares.
CREATE TABLE file_pages (
    file_id INTEGER PRIMARY KEY REFERENCES files(file_id) ON DELETE CASCADE,
    keys BLOB NOT NULL,
    looks BLOB,
    is_copy INTEGER NOT NULL DEFAULT 0
);

-- A page that is in many comics. files is kept by the triggers below, the other figures by the last search.
-- usual is its most common place: from 0 at the front, -1 for the last page. answer is what a person said.
CREATE TABLE repeated_pages (
    repeat_id INTEGER PRIMARY KEY AUTOINCREMENT,
    look INTEGER,
    is_looked_at INTEGER NOT NULL DEFAULT 0,
    files INTEGER NOT NULL DEFAULT 0,
    comics INTEGER NOT NULL DEFAULT 0,
    series INTEGER NOT NULL DEFAULT 0,
    firsts INTEGER NOT NULL DEFAULT 0,
    elsewhere INTEGER NOT NULL DEFAULT 0,
    zone TEXT,
    usual INTEGER,
    usual_files INTEGER NOT NULL DEFAULT 0,
    suggested INTEGER NOT NULL DEFAULT 0,
    answer TEXT,
    answered_at REAL
);
CREATE INDEX idx_repeated_pages_list ON repeated_pages(answer, suggested, files, repeat_id);

-- Each content of it: what looks alike is one page.
CREATE TABLE repeated_page_keys (
    page_key INTEGER PRIMARY KEY,
    repeat_id INTEGER NOT NULL REFERENCES repeated_pages(repeat_id) ON DELETE CASCADE
);
CREATE INDEX idx_repeated_page_keys_repeat ON repeated_page_keys(repeat_id);

-- The files that have it; page is where, the last time if it is there more than once.
CREATE TABLE page_occurrences (
    repeat_id INTEGER NOT NULL REFERENCES repeated_pages(repeat_id) ON DELETE CASCADE,
    file_id INTEGER NOT NULL REFERENCES file_pages(file_id) ON DELETE CASCADE,
    page INTEGER NOT NULL,
    PRIMARY KEY (repeat_id, file_id)
) WITHOUT ROWID;
CREATE INDEX idx_page_occurrences_file ON page_occurrences(file_id);

CREATE TRIGGER page_occurred AFTER INSERT ON page_occurrences BEGIN
    UPDATE repeated_pages SET files = files + 1 WHERE repeat_id = new.repeat_id;
END;
CREATE TRIGGER page_left AFTER DELETE ON page_occurrences BEGIN
    UPDATE repeated_pages SET files = files - 1 WHERE repeat_id = old.repeat_id;
END;

-- The last search: how many files it knew, and how many of these have no checksums. outdated is 1 after any
-- change of pages, and 2 while they are counted.
CREATE TABLE page_search (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    searched_at REAL,
    files INTEGER NOT NULL DEFAULT 0,
    without_checksums INTEGER NOT NULL DEFAULT 0,
    outdated INTEGER NOT NULL DEFAULT 1
);
INSERT INTO page_search (only) VALUES (1);
CREATE TRIGGER pages_known AFTER INSERT ON file_pages BEGIN
    UPDATE page_search SET outdated = 1 WHERE outdated <> 1;
END;
CREATE TRIGGER pages_altered AFTER UPDATE OF keys ON file_pages WHEN old.keys <> new.keys BEGIN
    DELETE FROM page_occurrences WHERE file_id = new.file_id;
    UPDATE page_search SET outdated = 1 WHERE outdated <> 1;
END;
