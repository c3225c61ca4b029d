"""One item of a job writes in a folder, as long as the job exists."""

from __future__ import annotations

from pathlib import Path

from pysqlite3 import dbapi2 as driver

from comicmaintainer.database import Database, SqliteDatabase
from comicmaintainer.database.schema_steps import bring_up_to_date, steps
from comicmaintainer.library.folder_writers import FolderWriters
from tests.database.sample_databases import fill


def test_the_first_item_that_claims_a_folder_is_its_writer(database: Database) -> None:
    fill(database, 2, 1)
    writers = FolderWriters(database)
    assert writers.writer("j0", "/comics/Rain") is None
    assert writers.claim("j0", "/comics/Rain", 7)
    assert not writers.claim("j0", "/comics/Rain", 3)
    assert writers.claim("j0", "/comics/Rain", 7)  # when it is tried again
    assert writers.writer("j0", "/comics/Rain") == 7
    assert writers.claim("j0", "/comics/Owl", 3)
    assert writers.claim("j1", "/comics/Rain", 3)
    with database.transaction() as transaction:
        transaction.execute("DELETE FROM job_results WHERE job_id = 'j0'")
        transaction.execute("DELETE FROM job_items WHERE job_id = 'j0'")
        transaction.execute("DELETE FROM jobs WHERE job_id = 'j0'")
    assert writers.writer("j0", "/comics/Rain") is None
    assert writers.writer("j1", "/comics/Rain") == 3


def test_jobs_from_before_there_were_writers_have_none(tmp_path: Path) -> None:
    path = tmp_path / "jobs.db"
    connection = driver.connect(str(path), isolation_level=None)
    bring_up_to_date(connection, path, up_to=steps().index("0031_folder_writers.sql"))
    connection.execute(
        "INSERT INTO jobs (job_id, status, total_items, created_at) VALUES ('j', 'queued', 1, 0)"
    )
    connection.close()
    database = SqliteDatabase(path)
    assert FolderWriters(database).claim("j", "/comics/Rain", 0)
    database.close()
