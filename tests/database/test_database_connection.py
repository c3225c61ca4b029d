from __future__ import annotations

import fcntl
import gc
import os
import threading
from pathlib import Path

import pytest
from pysqlite3 import dbapi2 as driver

from comicmaintainer.database import SqliteDatabase
from comicmaintainer.database.schema_steps import steps
from comicmaintainer.errors import DatabaseError, DatabaseUnusable
from tests.database.sample_databases import FIRST_RELEASE, fill, make_first_release
from tests.kit.crash import run_in_child
from tests.kit.waiting import wait_until


def test_every_thread_has_foreign_keys_wal_and_full_synchronisation(
    database: SqliteDatabase,
) -> None:
    found: list[tuple[object, ...]] = []

    def look() -> None:
        found.append(
            tuple(
                database.rows(f"PRAGMA {name}")[0][0]
                for name in ("foreign_keys", "journal_mode", "synchronous")
            )
        )
        database.close()

    look()
    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert found == [(1, "wal", 2)] * 2


def test_deleting_a_job_deletes_its_items_and_results(database: SqliteDatabase) -> None:
    fill(database, jobs=2, items=3)
    with database.transaction() as transaction:
        transaction.execute("DELETE FROM jobs WHERE job_id = 'j0'")
    for table in ("job_items", "job_results"):
        rows = database.rows(f"SELECT DISTINCT job_id FROM {table}")
        assert [row["job_id"] for row in rows] == ["j1"]


def test_failed_block_leaves_nothing_of_its_transaction(database: SqliteDatabase) -> None:
    def half_done() -> None:
        with database.transaction() as transaction:
            transaction.execute(
                "INSERT INTO jobs (job_id, status, total_items, created_at) VALUES ('x', 'q', 0, 0)"
            )
            raise TimeoutError

    with pytest.raises(TimeoutError):
        half_done()
    assert database.rows("SELECT * FROM jobs") == []


def test_sql_that_breaks_a_constraint_is_an_error_of_the_product(database: SqliteDatabase) -> None:
    with pytest.raises(DatabaseError), database.transaction() as transaction:
        transaction.execute("INSERT INTO jobs (job_id) VALUES ('x')")


def test_first_release_is_upgraded_in_place_without_losing_a_row(path: Path) -> None:
    make_first_release(path)
    database = SqliteDatabase(path)
    jobs = {row["job_id"]: row for row in database.rows("SELECT * FROM jobs")}
    results = database.rows("SELECT item, success, details FROM job_results ORDER BY id")
    database.close()
    assert {name: row["status"] for name, row in jobs.items()} == {
        "a": "completed",
        "b": "failed",
        "c": "failed",
    }
    assert jobs["b"]["error"] == jobs["c"]["error"] == "interrupted before the upgrade"
    assert jobs["a"]["completed_at"] == 3.0
    assert [tuple(row) for row in results] == [
        (f"/comics/{number}.cbz", 1, '{"new": 1}') for number in range(200)
    ]


def test_first_release_can_still_write_to_an_upgraded_database(path: Path) -> None:
    make_first_release(path)
    SqliteDatabase(path).row("SELECT 1")
    older = driver.connect(str(path))
    older.execute(
        "INSERT INTO jobs (job_id, status, total_items, created_at) VALUES ('d', 'queued', 1, 1.0)"
    )
    older.execute("INSERT INTO job_results (job_id, item, success) VALUES ('d', '/x.cbz', 1)")
    older.commit()
    older.close()


def test_documented_columns_and_indexes_are_kept_to_the_letter(database: SqliteDatabase) -> None:
    model = driver.connect(":memory:")
    for statement in FIRST_RELEASE:
        model.execute(statement)
    for table in ("jobs", "job_results"):
        wanted = [tuple(row) for row in model.execute(f"PRAGMA table_info({table})")]
        found = [tuple(row) for row in database.rows(f"PRAGMA table_info({table})")]
        assert found[: len(wanted)] == wanted
    for index in ("idx_job_results_job_id", "idx_jobs_status", "idx_jobs_completed_at"):
        wanted = [row[2] for row in model.execute(f"PRAGMA index_info({index})")]
        assert [row[2] for row in database.rows(f"PRAGMA index_info({index})")] == wanted
    model.close()


def test_database_of_a_newer_release_is_refused_and_left_alone(path: Path) -> None:
    SqliteDatabase(path).row("SELECT 1")
    connection = driver.connect(str(path))
    connection.execute(f"PRAGMA user_version = {len(steps()) + 1}")
    connection.close()
    with pytest.raises(DatabaseUnusable, match="newer"):
        SqliteDatabase(path).row("SELECT 1")
    connection = driver.connect(str(path))
    assert connection.execute("PRAGMA user_version").fetchone()[0] == len(steps()) + 1
    connection.close()


def test_connection_is_not_used_after_a_fork(database: SqliteDatabase) -> None:
    fill(database, jobs=1, items=1)

    def write_in_child() -> None:
        with database.transaction() as transaction:
            transaction.execute("UPDATE jobs SET error = 'child'")

    assert run_in_child(write_in_child) == 0
    with database.transaction() as transaction:
        transaction.execute("UPDATE jobs SET error = error || ' and parent'")
    assert database.rows("SELECT error FROM jobs")[0][0] == "child and parent"
    assert database.rows("PRAGMA integrity_check")[0][0] == "ok"


def test_database_deleted_under_a_running_process_is_created_again(
    database: SqliteDatabase, path: Path
) -> None:
    fill(database, jobs=1, items=1)
    path.unlink()
    assert database.rows("SELECT * FROM jobs") == []
    fill(database, jobs=1, items=1)
    assert len(database.rows("SELECT * FROM jobs")) == 1
    assert path.exists()


def test_log_of_a_deleted_database_is_set_aside_not_replayed(
    database: SqliteDatabase, path: Path
) -> None:
    fill(database, jobs=1, items=1)
    path.unlink()
    other = SqliteDatabase(path)
    assert other.rows("SELECT * FROM jobs") == []
    assert other.rows("PRAGMA integrity_check")[0][0] == "ok"
    assert list(path.parent.glob("jobs.db-wal.orphan-*"))
    other.close()


def test_all_files_deleted_under_two_users_are_created_again_for_both(path: Path) -> None:
    one, two = SqliteDatabase(path), SqliteDatabase(path)
    fill(one, jobs=1, items=1)
    two.row("SELECT 1")
    for file in path.parent.glob("jobs.db*"):
        file.unlink()
    fill(one, jobs=3, items=1)
    assert len(two.rows("SELECT * FROM jobs")) == 3
    one.close()
    two.close()


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_threads_that_end_leave_no_descriptor_open(database: SqliteDatabase) -> None:
    def use() -> None:
        with database.transaction() as transaction:
            transaction.execute("DELETE FROM shared_values")

    def use_in_threads(count: int) -> None:
        for _ in range(count):
            thread = threading.Thread(target=use)
            thread.start()
            thread.join()

    use_in_threads(2)
    before = descriptors()
    use_in_threads(20)
    assert descriptors() <= before


def test_discarded_database_leaves_no_descriptor_open(tmp_path: Path) -> None:
    def use(number: int) -> None:
        SqliteDatabase(tmp_path / f"{number}.db").row("SELECT 1")

    use(0)
    gc.collect()
    before = descriptors()
    for number in range(1, 10):
        use(number)
    gc.collect()
    assert descriptors() <= before


def test_who_keeps_others_from_opening_it_is_known(tmp_path: Path) -> None:
    path = tmp_path / "jobs.db"
    database = SqliteDatabase(path)
    database.value("SELECT 1")
    held = os.open(path.with_name("jobs.db-opening"), os.O_RDWR)
    fcntl.flock(held, fcntl.LOCK_EX)
    opening = threading.Thread(target=database.value, args=("SELECT 1",))
    opening.start()
    wait_until(lambda: database.longest_wait_s() > 0, "a thread that waits to open it")
    assert [holder.pid for holder in database.holders()] == [os.getpid()]
    os.close(held)
    opening.join()
    assert database.longest_wait_s() == 0
    assert database.holders() == []
    database.close()
