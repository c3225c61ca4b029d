-- Without the path once more at its end: an entry may have no more than 2,704 bytes.
DROP INDEX idx_folders_order;
CREATE INDEX idx_folders_order ON folders (
    rtrim(rtrim(path, replace(path, '/', '')), '/'), coalesce(sort_key, '')
);
