from __future__ import annotations

import multiprocessing
import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from comicmaintainer.database import SqliteDatabase, health
from comicmaintainer.errors import (
    DatabaseDamaged,
    DatabaseError,
    DatabaseFull,
    DatabaseReadOnly,
    DatabaseUnusable,
)
from tests.database.sample_databases import fill

FORK = multiprocessing.get_context("fork")
NOBODY = 65534


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "small"
    folder.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(folder)],
        check=False,
        capture_output=True,
    )
    if done.returncode:
        pytest.skip("mounting needs root")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.fixture
def public_folder() -> Iterator[Path]:
    """A folder that another user can reach; those of pytest are closed to others."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


def as_nobody(action: object, *arguments: object) -> str:
    """Run in a child process without root's rights; return its answer."""
    receiver, sender = FORK.Pipe(duplex=False)

    def body() -> None:
        if os.geteuid() == 0:
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
        try:
            sender.send(action(*arguments))  # type: ignore[operator]
        except DatabaseError as error:
            sender.send(f"{type(error).__name__}: {error}")

    process = FORK.Process(target=body)
    process.start()
    process.join()
    assert receiver.poll(), "the child died"
    answer: str = receiver.recv()
    return answer


def test_full_database_is_a_clear_error_and_works_again_once_there_is_space(
    database: SqliteDatabase,
) -> None:
    fill(database, jobs=1, items=10)
    with database.exclusive_connection() as connection:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count={pages}")
    with pytest.raises(DatabaseFull, match="free some space"):
        fill_more(database)
    with database.exclusive_connection() as connection:
        connection.execute("PRAGMA max_page_count=1000000")
    fill_more(database)
    assert database.rows("SELECT count(*) FROM jobs")[0][0] == 2


def fill_more(database: SqliteDatabase) -> None:
    with database.transaction() as transaction:
        transaction.execute(
            "INSERT INTO jobs (job_id, status, total_items, created_at) VALUES ('m', 'q', 0, 0)"
        )
        transaction.execute_many(
            "INSERT INTO job_results (job_id, item, success, details) VALUES ('m', ?, 1, ?)",
            [(str(number), "x" * 2000) for number in range(400)],
        )


def test_full_disk_is_a_clear_error_and_works_again_once_there_is_space(small_disk: Path) -> None:
    database = SqliteDatabase(small_disk / "jobs.db")
    fill(database, jobs=1, items=10)
    ballast = small_disk / "ballast"
    with pytest.raises(OSError, match="No space"):
        ballast.write_bytes(b"\0" * (5 << 20))
    with pytest.raises(DatabaseFull):
        fill_more(database)
    assert database.rows("SELECT count(*) FROM jobs")[0][0] == 1
    ballast.unlink()
    fill_more(database)
    assert database.rows("PRAGMA integrity_check")[0][0] == "ok"
    database.close()


def test_start_on_a_full_disk_is_refused_in_one_line_that_can_be_tried_again(
    small_disk: Path,
) -> None:
    with pytest.raises(OSError, match="No space"):
        (small_disk / "ballast").write_bytes(b"\0" * (5 << 20))
    with pytest.raises(DatabaseFull, match="is full"):
        health.prepare(small_disk / "jobs.db")
    (small_disk / "ballast").unlink()
    assert health.prepare(small_disk / "jobs.db") == []


def test_unwritable_directory_is_refused_with_advice(public_folder: Path) -> None:
    folder = public_folder / "config"
    folder.mkdir(mode=0o555)
    answer = as_nobody(health.prepare, folder / "jobs.db")
    assert answer.startswith("DatabaseReadOnly: ")
    assert "PUID" in answer
    assert "\n" not in answer


def test_unwritable_database_file_is_a_clear_error(public_folder: Path) -> None:
    folder = public_folder / "config"
    database = SqliteDatabase(folder / "jobs.db")
    fill(database, jobs=1, items=1)
    database.close()
    folder.chmod(0o777)
    for file in folder.iterdir():
        file.chmod(0o666)
    (folder / "jobs.db").chmod(0o444)
    answer = as_nobody(lambda: fill_more(SqliteDatabase(folder / "jobs.db")))
    assert answer.startswith(DatabaseReadOnly.__name__)


def test_config_directory_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "config").touch()
    with pytest.raises(DatabaseUnusable, match="CONFIG_DIR"):
        SqliteDatabase(tmp_path / "config" / "jobs.db").row("SELECT 1")


@pytest.mark.parametrize(
    "content", [b"this is no database" * 300, b"SQLite format 3\0" + b"\xff" * 9000]
)
def test_file_that_is_not_a_database_is_reported_as_damaged(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    with pytest.raises(DatabaseDamaged, match="sets the file"):
        SqliteDatabase(path).row("SELECT 1")
