-- The key by which a folder is sorted among those beside it; NULL until a scan has caught up on it. Written by
-- library/catalogue/folder_order.py, which also reads by this index.
ALTER TABLE folders ADD COLUMN sort_key TEXT;
CREATE INDEX idx_folders_order ON folders(
    rtrim(rtrim(path, replace(path, '/', '')), '/'), coalesce(sort_key, ''), path
);
CREATE INDEX idx_folders_without_key ON folders(folder_id) WHERE sort_key IS NULL;
