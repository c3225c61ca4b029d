"""Databases to test with: that of the first release, and filled ones."""

from __future__ import annotations

from pathlib import Path

from pysqlite3 import dbapi2 as driver

from comicmaintainer.database import Database

FIRST_RELEASE = (
    """CREATE TABLE jobs (
        job_id TEXT PRIMARY KEY,
        status TEXT NOT NULL,
        total_items INTEGER NOT NULL,
        processed_items INTEGER DEFAULT 0,
        error TEXT,
        created_at REAL NOT NULL,
        started_at REAL,
        completed_at REAL
    )""",
    """CREATE TABLE job_results (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        job_id TEXT NOT NULL,
        item TEXT NOT NULL,
        success INTEGER NOT NULL,
        error TEXT,
        details TEXT,
        FOREIGN KEY (job_id) REFERENCES jobs(job_id) ON DELETE CASCADE
    )""",
    "CREATE INDEX idx_job_results_job_id ON job_results(job_id)",
    "CREATE INDEX idx_jobs_status ON jobs(status)",
    "CREATE INDEX idx_jobs_completed_at ON jobs(completed_at)",
)


def make_first_release(path: Path) -> None:
    """A jobs.db as the first release left it: 3 jobs, one of them running, 200 results."""
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = driver.connect(str(path), isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    for statement in FIRST_RELEASE:
        connection.execute(statement)
    connection.executemany(
        "INSERT INTO jobs VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [
            ("a", "completed", 200, 200, None, 1.0, 2.0, 3.0),
            ("b", "processing", 10, 4, None, 4.0, 5.0, None),
            ("c", "queued", 5, 0, None, 6.0, None, None),
        ],
    )
    connection.executemany(
        "INSERT INTO job_results (job_id, item, success, error, details) VALUES (?, ?, 1, NULL, ?)",
        [("a", f"/comics/{number}.cbz", '{"new": 1}') for number in range(200)],
    )
    connection.close()


def fill(database: Database, jobs: int, items: int) -> None:
    """Store jobs `j0`, `j1`, ... with `items` queued items and one result each."""
    with database.transaction() as transaction:
        for job in range(jobs):
            transaction.execute(
                "INSERT INTO jobs (job_id, status, total_items, created_at) VALUES (?, ?, ?, ?)",
                (f"j{job}", "processing", items, float(job)),
            )
            transaction.execute_many(
                "INSERT INTO job_items (job_id, seq, item) VALUES (?, ?, ?)",
                [(f"j{job}", seq, f"/comics/{job}/{seq:06}.cbz") for seq in range(items)],
            )
            transaction.execute_many(
                "INSERT INTO job_results (job_id, item, success, details) VALUES (?, ?, 1, ?)",
                [(f"j{job}", f"/comics/{job}/{seq:06}.cbz", "x" * 200) for seq in range(items)],
            )
