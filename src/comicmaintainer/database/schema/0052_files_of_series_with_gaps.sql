-- Whether the series of a file has gaps, as its figures say; see library/catalogue/search_index.py.
ALTER TABLE files ADD COLUMN series_has_gaps INTEGER NOT NULL DEFAULT 0;
UPDATE files SET series_has_gaps = 1
    WHERE series IS NOT NULL AND series_key IN (SELECT series_key FROM series_figures WHERE gaps > 0);
