"""Requests that an earlier release made or let wait still count, as none for details."""

from __future__ import annotations

from pathlib import Path

from pysqlite3 import dbapi2 as driver

from comicmaintainer.database import SqliteDatabase
from comicmaintainer.database.schema_steps import bring_up_to_date, steps
from comicmaintainer.sources import turns
from comicmaintainer.sources.model import Asked


def test_requests_of_an_earlier_release_are_not_for_details(tmp_path: Path) -> None:
    path = tmp_path / "jobs.db"
    connection = driver.connect(str(path), isolation_level=None)
    bring_up_to_date(connection, path, up_to=steps().index("0020_requests_for_details.sql"))
    connection.executemany(
        "INSERT INTO source_turns (source, resource, at, spent, request)"
        " VALUES ('comicvine', 'issue', ?, ?, ?)",
        [(10.0, 1, None), (20.0, 0, "a request")],
    )
    connection.close()
    database = SqliteDatabase(path)
    assert turns.asked(database, "comicvine", 0.0) == (Asked("issue", made_at=(10.0,), waiting=1),)
    database.close()
