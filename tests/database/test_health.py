from __future__ import annotations

import os
import random
import signal
from pathlib import Path

import pytest

from comicmaintainer.database import SqliteDatabase, health, notices
from comicmaintainer.database.schema_steps import steps
from tests.database.sample_databases import fill, make_first_release
from tests.kit.crash import run_in_child

AT = 1_770_000_000.0
PAGE_BYTES = 4096


def prepare(path: Path, older: Path | None = None) -> list[str]:
    older = older or path.with_name("nowhere.db")
    return [notice.message for notice in health.prepare(path, older_place=older, now=lambda: AT)]


def filled(path: Path, jobs: int = 20, items: int = 200) -> None:
    def body() -> None:
        database = SqliteDatabase(path)
        fill(database, jobs, items)
        database.close()

    assert run_in_child(body) == 0


def overwrite(path: Path, offset: int, size: int = PAGE_BYTES) -> None:
    with path.open("r+b") as file:
        file.seek(offset)
        file.write(random.Random(7).randbytes(size))


def count(database: SqliteDatabase, table: str) -> int:
    found: int = database.rows(f"SELECT count(*) FROM {table}")[0][0]
    return found


def test_empty_directory_gets_a_database_without_a_notice(path: Path) -> None:
    assert prepare(path) == []
    assert SqliteDatabase(path).rows("SELECT * FROM jobs") == []


def test_sound_database_is_left_as_it_is(path: Path) -> None:
    filled(path)
    before = path.read_bytes()
    assert prepare(path) == []
    assert path.read_bytes() == before


@pytest.mark.parametrize("content", [b"", b"x"])
def test_file_too_short_for_any_content_becomes_a_database(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    assert prepare(path) == []
    assert SqliteDatabase(path).rows("SELECT * FROM jobs") == []


def test_damaged_pages_lose_only_their_own_rows_and_the_file_is_set_aside(path: Path) -> None:
    filled(path)
    pages = path.stat().st_size // PAGE_BYTES
    for page in range(pages // 2, pages // 2 + 5):
        overwrite(path, page * PAGE_BYTES)
    damaged = path.read_bytes()
    (message,) = prepare(path)
    assert "rows were recovered" in message
    aside = path.with_name("jobs.db.damaged-20260202T024000Z")
    assert str(aside) in message
    assert aside.read_bytes() == damaged
    database = SqliteDatabase(path)
    assert database.rows("PRAGMA integrity_check")[0][0] == "ok"
    assert database.rows("PRAGMA foreign_key_check") == []
    assert count(database, "jobs") == 20
    assert count(database, "job_items") + count(database, "job_results") > 0.9 * 2 * 20 * 200
    assert [notice.message for notice in notices.all_notices(database)] == [message]
    database.close()


def test_job_whose_items_were_lost_fails_instead_of_waiting_forever(path: Path) -> None:
    filled(path, jobs=40, items=100)
    content = path.read_bytes()
    marked = content.find(b"/comics/20/000050.cbz")
    overwrite(path, marked - marked % PAGE_BYTES)
    prepare(path)
    database = SqliteDatabase(path)
    for row in database.rows("SELECT * FROM jobs WHERE status IN ('queued', 'processing')"):
        items = database.rows("SELECT count(*) FROM job_items WHERE job_id = ?", (row["job_id"],))
        assert items[0][0] == row["total_items"]
    database.close()


def test_destroyed_header_alone_loses_nothing(path: Path) -> None:
    filled(path)
    overwrite(path, 0, size=60)
    (message,) = prepare(path)
    assert "all" in message
    database = SqliteDatabase(path)
    assert count(database, "job_results") == 20 * 200
    assert count(database, "job_items") == 20 * 200
    database.close()


@pytest.mark.parametrize("content", [b"no database" * 999, b"\0" * 20000])
def test_unreadable_file_is_set_aside_and_the_service_starts(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    (message,) = prepare(path)
    assert "a new one was made" in message
    assert next(path.parent.glob("jobs.db.damaged-*")).read_bytes() == content
    assert SqliteDatabase(path).rows("SELECT * FROM jobs") == []


def test_rows_that_are_only_in_the_log_are_recovered_too(path: Path) -> None:
    filled(path, jobs=2, items=10)

    def die_with_an_open_log() -> None:
        with SqliteDatabase(path).transaction() as transaction:
            transaction.execute(
                "INSERT INTO jobs (job_id, status, total_items, created_at)"
                " VALUES ('late', 'x', 0, 0)"
            )
        os.kill(os.getpid(), signal.SIGKILL)

    assert run_in_child(die_with_an_open_log) == -signal.SIGKILL
    assert path.with_name("jobs.db-wal").stat().st_size > 0
    marked = path.read_bytes().find(b"/comics/1/000005.cbz")
    overwrite(path, marked - marked % PAGE_BYTES)
    assert len(prepare(path)) == 1
    assert SqliteDatabase(path).row("SELECT 1 FROM jobs WHERE job_id = 'late'") is not None


def test_damaged_database_of_the_first_release_is_recovered_and_upgraded(path: Path) -> None:
    make_first_release(path)
    overwrite(path, path.stat().st_size - PAGE_BYTES)
    prepare(path)
    database = SqliteDatabase(path)
    assert database.rows("PRAGMA user_version")[0][0] == len(steps())
    statuses = {row["job_id"]: row["status"] for row in database.rows("SELECT * FROM jobs")}
    assert statuses == {"a": "completed", "b": "failed", "c": "failed"}
    assert 0 < count(database, "job_results") <= 200
    database.close()


@pytest.mark.parametrize("leftover", [".salvage", ".recovering"])
def test_killed_recovery_starts_again(path: Path, leftover: str) -> None:
    filled(path)
    overwrite(path, 20 * PAGE_BYTES)
    path.with_name("jobs.db" + leftover).write_bytes(b"half")
    assert len(prepare(path)) == 1
    assert count(SqliteDatabase(path), "jobs") == 20


def test_recovery_killed_before_its_last_rename_is_finished(path: Path) -> None:
    filled(path)
    path.rename(path.with_name("jobs.db.recovered"))
    assert prepare(path) == []
    assert count(SqliteDatabase(path), "jobs") == 20


def test_database_at_its_older_place_is_adopted_once(path: Path, tmp_path: Path) -> None:
    older = tmp_path / "app" / "cache" / "jobs.db"
    make_first_release(older)
    (message,) = prepare(path, older)
    assert str(older) in message
    assert count(SqliteDatabase(path), "job_results") == 200
    assert older.exists()
    for file in path.parent.glob("jobs.db*"):
        if file.name != "jobs.db-adopted":
            file.unlink()
    assert prepare(path, older) == []
    assert count(SqliteDatabase(path), "job_results") == 0


def test_existing_database_is_never_replaced_by_an_older_one(path: Path, tmp_path: Path) -> None:
    older = tmp_path / "app" / "cache" / "jobs.db"
    make_first_release(older)
    filled(path, jobs=1, items=1)
    assert prepare(path, older) == []
    assert count(SqliteDatabase(path), "job_results") == 1


def test_damage_is_not_touched_while_another_process_has_the_database_open(path: Path) -> None:
    filled(path)
    ready, told = os.pipe()
    end, ended = os.pipe()
    child = os.fork()
    if child == 0:
        user = SqliteDatabase(path)
        user.row("SELECT 1")
        os.write(told, b"1")
        os.close(ended)
        os.read(end, 1)
        os._exit(0)
    os.read(ready, 1)
    overwrite(path, 20 * PAGE_BYTES)
    before = path.read_bytes()
    assert prepare(path) == []
    assert path.read_bytes() == before
    os.close(ended)
    os.waitpid(child, 0)
    assert len(prepare(path)) == 1


def test_recovered_catalogue_is_counted_right_and_read_again_by_the_next_scan(path: Path) -> None:
    def catalogue() -> None:
        database = SqliteDatabase(path)
        with database.transaction() as transaction:
            transaction.execute("INSERT INTO roots (path, first_seen_at) VALUES ('/c', 0)")
            transaction.execute("INSERT INTO folders (root_id, path, digest) VALUES (1, '/c', 'd')")
            transaction.execute_many(
                "INSERT INTO files (root_id, folder_id, name, path, size_bytes, mtime_ns, state,"
                " series, series_key, position, added_at, changed_at)"
                " VALUES (1, 1, ?, '/c/' || ?, 10, 5, 'processed', 'S', 's', ?, 0, 0)",
                [(f"{number}.cbz", f"{number}.cbz", number) for number in range(500)],
            )
        fill(database, jobs=1, items=500)
        database.close()

    assert run_in_child(catalogue) == 0
    marked = path.read_bytes().find(b"/comics/0/000050.cbz")
    overwrite(path, marked - marked % PAGE_BYTES)
    assert len(prepare(path)) == 1
    database = SqliteDatabase(path)
    assert count(database, "files") == 500
    assert database.rows("SELECT sum(files), sum(size_bytes) FROM file_counts")[0][:] == (500, 5000)
    assert database.rows("SELECT files FROM series")[0][0] == 500
    rows = database.rows("SELECT DISTINCT state, mtime_ns, position FROM files")
    assert [tuple(row) for row in rows] == [("processed", 0, None)]
    assert database.rows("SELECT digest FROM folders")[0][0] is None
    database.close()
