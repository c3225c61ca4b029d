"""Users and keys from before there were roles keep all rights."""

from __future__ import annotations

from pathlib import Path

from pysqlite3 import dbapi2 as driver

from comicmaintainer.accounts import Accounts, Role
from comicmaintainer.database import SqliteDatabase
from comicmaintainer.database.schema_steps import bring_up_to_date, steps


def test_existing_users_and_keys_become_administrators(tmp_path: Path) -> None:
    path = tmp_path / "jobs.db"
    connection = driver.connect(str(path), isolation_level=None)
    bring_up_to_date(connection, path, up_to=steps().index("0028_roles.sql"))
    connection.execute("INSERT INTO users (name, password_hash, created_at) VALUES ('Ada', 'x', 0)")
    connection.execute("INSERT INTO api_keys (key_hash, name, created_at) VALUES (x'00', 'k', 0)")
    connection.close()
    database = SqliteDatabase(path)
    accounts = Accounts(database)
    assert [user.role for user in accounts.users()] == [Role.ADMINISTER]
    keys = accounts.keys()
    assert [(key.role, key.owner) for key in keys] == [(Role.ADMINISTER, None)]
    database.close()
