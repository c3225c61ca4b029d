-- The figures of the whole library that take long to count, as JSON, and when they were counted.
CREATE TABLE collection_figures (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    counted_at REAL NOT NULL,
    figures TEXT NOT NULL
);
