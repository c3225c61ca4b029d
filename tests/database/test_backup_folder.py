from __future__ import annotations

import threading
from pathlib import Path

import pytest

from comicmaintainer.database import SqliteDatabase, backup
from comicmaintainer.database.backup_folder import BackupFolder, Origin
from comicmaintainer.errors import DatabaseDamaged, NotFound
from tests.database.sample_databases import fill

AT = 1_770_000_000.0


@pytest.fixture
def folder(database: SqliteDatabase, tmp_path: Path) -> BackupFolder:
    return BackupFolder(database, tmp_path / "backups", 2, now=lambda: AT)


def jobs(database: SqliteDatabase) -> int:
    return len(database.rows("SELECT 1 FROM jobs"))


def test_backups_on_request_are_listed_beside_daily_ones(
    database: SqliteDatabase, folder: BackupFolder, tmp_path: Path
) -> None:
    assert folder.all() == []
    daily = backup.back_up_daily(database, tmp_path / "backups", 7, AT)
    assert daily is not None
    made = folder.make()
    (tmp_path / "backups" / "jobs-mine.db").write_text("no backup of ours")
    assert {one.name: one.origin for one in folder.all()} == {
        daily.name: Origin.DAILY,
        made.name: Origin.ASKED,
    }
    assert folder.path(made.name).stat().st_size == made.size_bytes


def test_the_newest_backups_on_request_stay_and_daily_ones_are_not_removed(
    database: SqliteDatabase, folder: BackupFolder, tmp_path: Path
) -> None:
    daily = backup.back_up_daily(database, tmp_path / "backups", 7, AT)
    assert daily is not None
    times = iter([AT, AT + 1, AT + 2, AT + 2])
    folder = BackupFolder(database, tmp_path / "backups", 2, now=lambda: next(times))
    made = [folder.make().name for _ in range(4)]
    assert {one.name for one in folder.all()} == {daily.name, *made[2:]}


@pytest.mark.parametrize("many", [3, 5, 7])
def test_no_backup_is_removed_below_the_limit(
    database: SqliteDatabase, tmp_path: Path, many: int
) -> None:
    folder = BackupFolder(database, tmp_path / "backups", 7, now=lambda: AT)
    made = [folder.make().name for _ in range(many)]
    assert {one.name for one in folder.all()} == set(made)


def test_the_newest_backup_stays_even_if_the_clock_was_set_back(
    database: SqliteDatabase, folder: BackupFolder, tmp_path: Path
) -> None:
    later = BackupFolder(database, tmp_path / "backups", 2, now=lambda: AT + 1000)
    early = [later.make().name for _ in range(2)]
    assert {one.name for one in folder.all()} == set(early)
    assert {folder.make().name, early[1]} == {one.name for one in folder.all()}


def test_a_backup_is_found_only_by_a_name_of_the_list(folder: BackupFolder) -> None:
    name = folder.make().name
    for wrong in ("", ".", "..", ".lock", f"../backups/{name}", f"./{name}", "../config/jobs.db"):
        with pytest.raises(NotFound):
            folder.path(wrong)


def test_restore_keeps_the_old_content_and_can_be_reversed(
    database: SqliteDatabase, folder: BackupFolder, tmp_path: Path
) -> None:
    old = folder.path(folder.make().name)
    fill(database, jobs=2, items=5)
    kept = folder.restore(old)
    assert (jobs(database), kept.parent) == (0, tmp_path / "backups")
    assert [one.name for one in folder.all() if one.origin is Origin.BEFORE_RESTORE] == [kept.name]
    folder.restore(kept)
    assert jobs(database) == 2
    for _ in range(3):
        folder.restore(old)
    assert sum(one.origin is Origin.BEFORE_RESTORE for one in folder.all()) == 2


def test_a_damaged_backup_changes_nothing_and_leaves_nothing(
    database: SqliteDatabase, folder: BackupFolder, tmp_path: Path
) -> None:
    fill(database, jobs=2, items=5)
    damaged = tmp_path / "damaged.db"
    damaged.write_bytes(b"SQLite format 3\0" + bytes(5000))
    with pytest.raises(DatabaseDamaged):
        folder.restore(damaged)
    assert (jobs(database), folder.all()) == (2, [])


def test_backups_and_restores_of_several_threads_take_turns(
    database: SqliteDatabase, path: Path, folder: BackupFolder, tmp_path: Path
) -> None:
    fill(database, jobs=2, items=5)
    first = folder.path(folder.make().name)
    keeping_all = BackupFolder(SqliteDatabase(path), tmp_path / "backups", 50, now=lambda: AT)
    actions = [keeping_all.make, lambda: keeping_all.restore(first)] * 4
    done: list[object] = []
    threads = [threading.Thread(target=lambda act=act: done.append(act())) for act in actions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(done) == 8
    assert len(keeping_all.all()) == 9
    assert jobs(database) == 2
    assert database.rows("PRAGMA integrity_check")[0][0] == "ok"
