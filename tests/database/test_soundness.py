"""Damaged indexes: found although quick_check passes, and rebuilt without losing a row."""

from __future__ import annotations

import stat
from pathlib import Path

from pysqlite3 import dbapi2 as driver

from comicmaintainer.database import SqliteDatabase, health, soundness
from comicmaintainer.database.health import find_damage
from comicmaintainer.database.schema_steps import bring_up_to_date
from comicmaintainer.database.upgrade import KEPT
from tests.database.sample_databases import fill
from tests.kit.crash import run_in_child

AT = 1_770_000_000.0
PAGE_BYTES = 4096


def filled(path: Path) -> None:
    def body() -> None:
        database = SqliteDatabase(path)
        fill(database, 20, 200)
        with database.exclusive_connection() as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        database.close()

    assert run_in_child(body) == 0


def damage_index(path: Path, table: str) -> list[str]:
    """Flip a bit inside a key of each index of the table; return their names."""
    connection = driver.connect(str(path))
    size = connection.execute("PRAGMA page_size").fetchone()[0]
    indexes = connection.execute(
        "SELECT name, rootpage FROM sqlite_master WHERE type = 'index' AND tbl_name = ?", (table,)
    ).fetchall()
    connection.close()
    data = bytearray(path.read_bytes())
    damaged = []
    for name, page in indexes:
        while data[(page - 1) * size] == 2:  # an inner page: down to the leftmost leaf
            start = (page - 1) * size
            cell = int.from_bytes(data[start + 12 : start + 14], "big")
            page = int.from_bytes(data[start + cell : start + cell + 4], "big")
        start = (page - 1) * size
        if data[start] == 10 and int.from_bytes(data[start + 3 : start + 5], "big"):
            data[page * size - 3] ^= 0x15
            damaged.append(name)
    path.write_bytes(data)
    return damaged


def test_damaged_index_is_found_and_rebuilt_at_the_start(path: Path) -> None:
    filled(path)
    rows = SqliteDatabase(path).rows("SELECT count(*) FROM job_items")[0][0]
    assert damage_index(path, "job_items")
    assert find_damage(path) is None, "quick_check sees it: the test shows nothing"
    assert "job_items" in soundness.examine_file(path, 60).indexes
    [notice] = health.prepare(path, now=lambda: AT)
    assert (notice.key, "job_items" in notice.message) == (health.REBUILT, True)
    assert soundness.examine_file(path, 60) == soundness.Soundness()
    database = SqliteDatabase(path)
    assert database.rows("SELECT count(*) FROM job_items NOT INDEXED")[0][0] == rows


def test_damaged_index_is_rebuilt_while_the_database_is_used(path: Path) -> None:
    filled(path)
    assert damage_index(path, "jobs")
    database = SqliteDatabase(path)
    assert soundness.examine_running(database).indexes == ("jobs",)
    assert soundness.examine_running(database) == soundness.Soundness()


def test_file_is_replaced_if_rows_violate_their_own_index(path: Path) -> None:
    filled(path)
    first, second = (row[0] for row in SqliteDatabase(path).rows("SELECT job_id FROM jobs LIMIT 2"))
    rename_in_rows(path, second, first)
    assert soundness.examine_file(path, 60).indexes
    [notice] = health.prepare(path, now=lambda: AT)
    assert notice.key == health.RECOVERED
    assert soundness.examine_file(path, 60) == soundness.Soundness()


def rename_in_rows(path: Path, old: str, new: str) -> None:
    """Change a key in the rows of its table, and not in the table's indexes."""
    data = bytearray(path.read_bytes())
    for page in range(1, len(data) // PAGE_BYTES):
        start, end = page * PAGE_BYTES, (page + 1) * PAGE_BYTES
        if data[start] == 13:  # the leaf of a table
            data[start:end] = data[start:end].replace(old.encode(), new.encode())
    path.write_bytes(data)


def test_damaged_search_index_is_written_again_by_the_next_scan(path: Path) -> None:
    filled(path)
    database = SqliteDatabase(path)
    with database.transaction() as transaction:
        transaction.execute("INSERT INTO file_search (rowid, terms) VALUES (1, 'saga tide')")
    with database.transaction() as transaction:
        transaction.execute("UPDATE file_search_data SET block = x'00ff' WHERE id > 1000")
    assert soundness.examine_running(database).indexes == (soundness.SEARCH,)
    assert soundness.examine_running(database) == soundness.Soundness()


def test_older_database_is_backed_up_before_its_upgrade(path: Path) -> None:
    path.parent.mkdir(parents=True)
    connection = driver.connect(str(path), isolation_level=None)
    bring_up_to_date(connection, path, up_to=5)
    connection.execute(
        "INSERT INTO jobs (job_id, status, total_items, created_at)"
        " VALUES ('kept', 'completed', 0, 1.0)"
    )
    connection.close()
    SqliteDatabase(path).rows("SELECT 1")
    [backup] = (path.parent / "backups").glob("before-upgrade-*.db")
    kept = driver.connect(str(backup))
    assert kept.execute("PRAGMA user_version").fetchone()[0] == 5
    assert kept.execute("SELECT job_id FROM jobs").fetchall() == [("kept",)]
    kept.close()
    SqliteDatabase(path).rows("SELECT 1")
    assert len(list((path.parent / "backups").glob("*.db"))) == 1 <= KEPT


def test_new_database_needs_no_backup(path: Path) -> None:
    SqliteDatabase(path).rows("SELECT 1")
    assert not (path.parent / "backups").exists()


def test_database_and_its_copies_are_readable_only_by_their_owner(path: Path) -> None:
    database = SqliteDatabase(path)
    fill(database, 1, 1)
    health.prepare(path)
    for file in (path, path.with_name(path.name + "-wal")):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    path.chmod(0o644)
    health.prepare(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
