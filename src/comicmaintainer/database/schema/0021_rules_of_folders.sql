-- Rules that people made; those that come with the product are not stored.
-- name_key is the name without letter case.
CREATE TABLE rule_sets (
    name_key TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    rules TEXT NOT NULL,
    changed_at REAL NOT NULL
) WITHOUT ROWID;

-- What holds in a folder and below it, for the whole library in ''. NULL is what holds above it.
CREATE TABLE folder_rules (
    folder TEXT PRIMARY KEY,
    rules TEXT,
    new_files TEXT,
    changed_at REAL NOT NULL
) WITHOUT ROWID;

-- Settings that were chosen on a page; a variable of the environment wins over them.
CREATE TABLE chosen_settings (
    variable TEXT PRIMARY KEY,
    value TEXT NOT NULL,
    changed_at REAL NOT NULL
) WITHOUT ROWID;

-- Saved jobs wrote out what was the default. Left out, they follow the folders, of which none has
-- rules yet. Those that were given rules or a template of their own keep all of them.
UPDATE job_templates SET params = json_remove(params, '$.preset')
WHERE kind IN ('process', 'rename') AND json_valid(params)
    AND json_extract(params, '$.preset') = 'comics'
    AND json_extract(params, '$.rules') IS NULL AND json_extract(params, '$.template') IS NULL;
UPDATE job_templates SET params = json_remove(params, '$.formats')
WHERE kind IN ('tag', 'identify', 'refresh') AND json_valid(params)
    AND json_extract(params, '$.formats') = '["comicinfo"]';
