-- By which rules the catalogue shows what the tags of files don't say. While files are shown by new
-- rules, `after_id` is the last one that is; NULL once all are.
CREATE TABLE shown_rules (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    rules TEXT NOT NULL,
    after_id INTEGER
);
