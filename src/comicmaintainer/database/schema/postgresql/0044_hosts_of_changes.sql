ALTER TABLE changes ADD COLUMN host TEXT COLLATE "C";

-- The terms of all files of a series (the first part of their sort keys), and perhaps of some that
-- are gone: whoever looks for matches in order asks for series first (decision 0155).
CREATE TABLE file_search_series (
    series TEXT COLLATE "C" PRIMARY KEY,
    terms TSVECTOR NOT NULL
);
CREATE INDEX file_search_series_terms ON file_search_series USING gin (terms);
CREATE AGGREGATE all_terms(TSVECTOR) (SFUNC = tsvector_concat, STYPE = TSVECTOR);
CREATE FUNCTION file_search_added() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO file_search_series AS known (series, terms)
        SELECT split_part(files.sort_key, chr(1), 1), all_terms(added.terms)
        FROM added JOIN files ON files.position = added.rowid GROUP BY 1
        ON CONFLICT (series) DO UPDATE SET terms = known.terms || excluded.terms
            WHERE known.terms || excluded.terms <> known.terms;
    RETURN NULL;
END $$;
CREATE TRIGGER file_search_added AFTER INSERT ON file_search
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION file_search_added();
INSERT INTO file_search_series (series, terms)
    SELECT split_part(files.sort_key, chr(1), 1), all_terms(file_search.terms)
    FROM file_search JOIN files ON files.position = file_search.rowid GROUP BY 1;
