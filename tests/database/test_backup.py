from __future__ import annotations

from pathlib import Path

import pytest
from pysqlite3 import dbapi2 as driver

from comicmaintainer.database import SqliteDatabase, backup
from comicmaintainer.database.schema_steps import steps
from comicmaintainer.errors import (
    DatabaseDamaged,
    DatabaseUnusable,
    FileMissing,
    TargetExists,
)
from tests.database.sample_databases import fill, make_first_release

DAY = 86_400.0
AT = 1_770_000_000.0


def jobs(database: SqliteDatabase) -> list[str]:
    return [row["job_id"] for row in database.rows("SELECT job_id FROM jobs ORDER BY job_id")]


def test_backup_is_a_whole_database_in_one_file(database: SqliteDatabase, tmp_path: Path) -> None:
    fill(database, jobs=2, items=5)
    backup.back_up(database, tmp_path / "out" / "copy.db")
    assert [file.name for file in (tmp_path / "out").iterdir()] == ["copy.db"]
    copy = SqliteDatabase(tmp_path / "out" / "copy.db")
    assert jobs(copy) == ["j0", "j1"]
    copy.close()


def test_backup_never_overwrites(database: SqliteDatabase, tmp_path: Path) -> None:
    (tmp_path / "copy.db").write_text("mine", encoding="utf-8")
    with pytest.raises(TargetExists):
        backup.back_up(database, tmp_path / "copy.db")
    assert (tmp_path / "copy.db").read_text("utf-8") == "mine"


def test_daily_backup_is_made_once_a_day_and_the_newest_are_kept(
    database: SqliteDatabase, tmp_path: Path
) -> None:
    folder = tmp_path / "backups"
    made = [
        backup.back_up_daily(database, folder, 3, AT + day * DAY + hour)
        for day in range(5)
        for hour in (0, 60)
    ]
    assert [path is None for path in made] == [False, True] * 5
    assert sorted(folder.glob("jobs-*.db"), reverse=True) == [p for p in made[::-1] if p][:3]


def test_no_daily_backup_is_made_if_none_is_kept(database: SqliteDatabase, tmp_path: Path) -> None:
    assert backup.back_up_daily(database, tmp_path / "backups", 0, AT) is None
    assert not (tmp_path / "backups").exists()


def test_restore_brings_back_the_old_content_for_all_users_at_once(
    database: SqliteDatabase, path: Path, tmp_path: Path
) -> None:
    other = SqliteDatabase(path)
    fill(database, jobs=2, items=5)
    backup.back_up(database, tmp_path / "copy.db")
    with database.transaction() as transaction:
        transaction.execute("DELETE FROM jobs WHERE job_id = 'j0'")
        transaction.execute(
            "INSERT INTO workers (worker_id, host, pid, threads, started_at, heartbeat_at)"
            " VALUES ('w', 'h', 1, 1, 0, 0)"
        )
    assert jobs(other) == ["j1"]
    before = other.data_version()
    backup.restore(database, tmp_path / "copy.db", tmp_path / "kept.db")
    assert jobs(other) == ["j0", "j1"]
    assert other.data_version() != before
    assert other.rows("PRAGMA integrity_check")[0][0] == "ok"
    assert other.rows("PRAGMA journal_mode")[0][0] == "wal"
    with other.transaction() as transaction:
        transaction.execute("UPDATE jobs SET error = 'still writable'")
    kept = SqliteDatabase(tmp_path / "kept.db")
    assert jobs(kept) == ["j1"]
    kept.close()
    other.close()
    assert not list(path.parent.glob("*.restoring*"))


def test_restore_of_a_backup_of_the_first_release_upgrades_it(
    database: SqliteDatabase, tmp_path: Path
) -> None:
    make_first_release(tmp_path / "old.db")
    backup.restore(database, tmp_path / "old.db", tmp_path / "kept.db")
    assert jobs(database) == ["a", "b", "c"]
    assert database.rows("PRAGMA user_version")[0][0] == len(steps())


def test_restore_takes_a_backup_with_another_page_size(
    database: SqliteDatabase, tmp_path: Path
) -> None:
    make_first_release(tmp_path / "old.db")
    connection = driver.connect(str(tmp_path / "old.db"), isolation_level=None)
    connection.execute("PRAGMA journal_mode=DELETE")
    connection.execute("PRAGMA page_size=1024")
    connection.execute("VACUUM")
    connection.close()
    backup.restore(database, tmp_path / "old.db", tmp_path / "kept.db")
    assert jobs(database) == ["a", "b", "c"]


def refused(database: SqliteDatabase, source: Path, error: type[Exception]) -> None:
    fill(database, jobs=1, items=1)
    with pytest.raises(error):
        backup.restore(database, source, source.with_name("kept.db"))
    assert jobs(database) == ["j0"]
    assert not list(database.path.parent.glob("*.restoring*"))


def test_restore_refuses_a_missing_file(database: SqliteDatabase, tmp_path: Path) -> None:
    refused(database, tmp_path / "none.db", FileMissing)


def test_restore_refuses_a_damaged_backup(database: SqliteDatabase, tmp_path: Path) -> None:
    make_first_release(tmp_path / "old.db")
    content = bytearray((tmp_path / "old.db").read_bytes())
    content[4096:8192] = b"\xff" * 4096
    (tmp_path / "old.db").write_bytes(content)
    refused(database, tmp_path / "old.db", DatabaseDamaged)


def test_restore_refuses_a_file_that_is_not_a_database(
    database: SqliteDatabase, tmp_path: Path
) -> None:
    (tmp_path / "old.db").write_bytes(b"comic" * 1000)
    refused(database, tmp_path / "old.db", DatabaseDamaged)


def test_restore_refuses_the_database_of_another_program(
    database: SqliteDatabase, tmp_path: Path
) -> None:
    connection = driver.connect(str(tmp_path / "old.db"))
    connection.execute("CREATE TABLE books (title)")
    connection.close()
    refused(database, tmp_path / "old.db", DatabaseDamaged)


def test_restore_refuses_a_backup_of_a_newer_release(
    database: SqliteDatabase, tmp_path: Path
) -> None:
    make_first_release(tmp_path / "old.db")
    connection = driver.connect(str(tmp_path / "old.db"))
    connection.execute(f"PRAGMA user_version = {len(steps()) + 1}")
    connection.close()
    refused(database, tmp_path / "old.db", DatabaseUnusable)
