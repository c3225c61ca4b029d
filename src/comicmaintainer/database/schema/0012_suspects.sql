-- Files that were being read when a worker process ended, and how often that was.
CREATE TABLE suspects (
    path TEXT PRIMARY KEY,
    size_bytes INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    endings INTEGER NOT NULL,
    noted_at REAL NOT NULL
);
