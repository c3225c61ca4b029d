-- Counts of a publisher's files within sizes; see library/catalogue/index_counts.py.
CREATE INDEX idx_files_publisher_size ON files(
    ifnull(publisher, char(1114111)) COLLATE NOCASE, size_bytes
);
