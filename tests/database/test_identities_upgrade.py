"""Users from before there were identities and disabled users may come in as before."""

from __future__ import annotations

from pathlib import Path

from pysqlite3 import dbapi2 as driver

from comicmaintainer.accounts import Accounts
from comicmaintainer.database import SqliteDatabase
from comicmaintainer.database.schema_steps import bring_up_to_date, steps


def test_existing_users_are_enabled_and_without_identities(tmp_path: Path) -> None:
    path = tmp_path / "jobs.db"
    connection = driver.connect(str(path), isolation_level=None)
    first = next(number for number, step in enumerate(steps()) if "disabled_users" in step)
    bring_up_to_date(connection, path, up_to=first)
    connection.execute("INSERT INTO users (name, password_hash, created_at) VALUES ('Ada', 'x', 0)")
    connection.execute("INSERT INTO sessions VALUES (x'00', 1, 0, 9e9, 9e9, '')")
    connection.close()
    database = SqliteDatabase(path)
    assert [user.disabled_at for user in Accounts(database).users()] == [None]
    assert database.value("SELECT count(*) FROM sessions") == 1
    assert database.value("SELECT count(*) FROM identities") == 0
    database.close()
