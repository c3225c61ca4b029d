"""Requests that waited in an earlier release are still made, each alone."""

from __future__ import annotations

from pathlib import Path

from pysqlite3 import dbapi2 as driver

from comicmaintainer.database import SqliteDatabase
from comicmaintainer.database.schema_steps import bring_up_to_date, steps
from comicmaintainer.sources import failures, turns


def test_requests_of_an_earlier_release_wait_for_themselves(tmp_path: Path) -> None:
    path = tmp_path / "jobs.db"
    connection = driver.connect(str(path), isolation_level=None)
    bring_up_to_date(connection, path, up_to=steps().index("0023_shared_requests.sql"))
    connection.execute(
        "INSERT INTO source_turns (source, resource, at, spent, request)"
        " VALUES ('comicvine', 'issues', 20.0, 0, 'a request')"
    )
    connection.close()
    database = SqliteDatabase(path)
    slot = turns.slot_of(database, "a request")
    assert slot is not None
    assert (slot.at, slot.is_shared, slot.is_under_way(0.0)) == (20.0, False, False)
    assert failures.remembered(database, "a request", asked_with=str, now=0.0) is None
    database.close()
