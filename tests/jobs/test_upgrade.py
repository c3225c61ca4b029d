"""A jobs.db of the first release is upgraded in place without losing a row."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from comicmaintainer.database import SqliteDatabase
from comicmaintainer.jobs.job_manager import JobManager
from comicmaintainer.jobs.model import JobStatus
from tests.kit.hand_worker import KINDS

DDL = """
CREATE TABLE jobs (
    job_id TEXT PRIMARY KEY,
    status TEXT NOT NULL,
    total_items INTEGER NOT NULL,
    processed_items INTEGER DEFAULT 0,
    error TEXT,
    created_at REAL NOT NULL,
    started_at REAL,
    completed_at REAL
);
CREATE TABLE job_results (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    job_id TEXT NOT NULL,
    item TEXT NOT NULL,
    success INTEGER NOT NULL,
    error TEXT,
    details TEXT,
    FOREIGN KEY (job_id) REFERENCES jobs(job_id) ON DELETE CASCADE
);
CREATE INDEX idx_job_results_job_id ON job_results(job_id);
CREATE INDEX idx_jobs_status ON jobs(status);
CREATE INDEX idx_jobs_completed_at ON jobs(completed_at);
"""
ROWS = """
INSERT INTO jobs VALUES ('done', 'completed', 2, 2, NULL, 100.0, 101.0, 102.0);
INSERT INTO jobs VALUES ('stuck', 'processing', 3, 1, NULL, 200.0, 201.0, NULL);
INSERT INTO jobs VALUES ('waiting', 'queued', 5, NULL, NULL, 300.0, NULL, NULL);
INSERT INTO job_results VALUES (7, 'done', 'a.cbz', 1, NULL, '{"new_path": "b.cbz"}');
INSERT INTO job_results VALUES (8, 'done', 'c.cbz', 0, 'no such file', NULL);
INSERT INTO job_results VALUES (9, 'stuck', 'd.cbz', 1, NULL, NULL);
"""


@pytest.fixture
def old_database(tmp_path: Path) -> SqliteDatabase:
    path = tmp_path / "jobs.db"
    connection = sqlite3.connect(path)
    connection.executescript(DDL + ROWS)
    connection.close()
    return SqliteDatabase(path)


def test_ended_job_of_the_first_release_keeps_its_row_and_results(
    old_database: SqliteDatabase,
) -> None:
    manager = JobManager(old_database, KINDS)
    job = manager.get("done")
    assert (job.status, job.total_items, job.processed_items) == (JobStatus.COMPLETED, 2, 2)
    assert (job.created_at, job.started_at, job.completed_at) == (100.0, 101.0, 102.0)
    found = [
        (r.result_id, r.item, r.success, r.error, r.details) for r in manager.results.page("done")
    ]
    assert found == [
        (8, "c.cbz", False, "no such file", None),
        (7, "a.cbz", True, None, {"new_path": "b.cbz"}),
    ]


@pytest.mark.parametrize("job_id", ["stuck", "waiting"])
def test_job_that_was_open_says_that_it_was_interrupted(
    old_database: SqliteDatabase, job_id: str
) -> None:
    job = JobManager(old_database, KINDS).get(job_id)
    assert (job.status, job.error) == (JobStatus.FAILED, "interrupted before the upgrade")
    assert job.completed_at is not None


def test_upgraded_jobs_are_cleaned_up_and_leave_nothing(old_database: SqliteDatabase) -> None:
    manager = JobManager(old_database, KINDS, now=lambda: 9e9)
    assert manager.clean_up() == 3
    assert old_database.value("SELECT count(*) FROM job_results") == 0


def test_first_release_can_still_write_to_an_upgraded_database(
    old_database: SqliteDatabase,
) -> None:
    JobManager(old_database, KINDS).list_jobs()
    connection = sqlite3.connect(old_database.path)
    connection.execute(
        "INSERT INTO jobs (job_id, status, total_items, processed_items, created_at)"
        " VALUES ('later', 'completed', 1, 1, 400.0)"
    )
    connection.execute(
        "INSERT INTO job_results (job_id, item, success) VALUES ('later', 'e.cbz', 1)"
    )
    connection.commit()
    connection.close()
    manager = JobManager(old_database, KINDS)
    assert manager.get("later").processed_items == 1
    assert [result.item for result in manager.results.page("later")] == ["e.cbz"]
