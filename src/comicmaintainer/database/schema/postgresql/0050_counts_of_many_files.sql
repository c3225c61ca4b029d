-- Counts follow once for all files that a statement adds. A row that changes with each of them is
-- written as often, and all its versions are looked at until the transaction ends.
DROP TRIGGER files_added ON files;
CREATE OR REPLACE FUNCTION files_added() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO file_counts (root_id, state, format, files, size_bytes)
        SELECT root_id, state, coalesce(format, ''), count(*), sum(size_bytes) FROM added GROUP BY 1, 2, 3
        ON CONFLICT (root_id, state, format) DO UPDATE SET files = file_counts.files + excluded.files,
            size_bytes = file_counts.size_bytes + excluded.size_bytes;
    -- As if one came after another: a name in small letters alone gives way to the next one.
    INSERT INTO series (series_key, name, files)
        SELECT series_key, coalesce(
            (array_agg(series ORDER BY file_id) FILTER (WHERE series <> lower(series)))[1],
            (array_agg(series ORDER BY file_id DESC))[1]), count(*)
        FROM added WHERE series IS NOT NULL GROUP BY series_key
        ON CONFLICT (series_key) DO UPDATE SET files = series.files + excluded.files,
            name = CASE WHEN series.name = lower(series.name) THEN excluded.name ELSE series.name END;
    UPDATE series_figures SET outdated = 1
        WHERE series_key IN (SELECT series_key FROM added WHERE series IS NOT NULL) AND outdated <> 1;
    RETURN NULL;
END $$;
CREATE TRIGGER files_added AFTER INSERT ON files
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION files_added();
