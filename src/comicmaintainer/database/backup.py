"""Backups of the whole database while it runs: made daily, verified, rotated, and restored.

A backup is one file that any SQLite can open. It is complete, or it does not exist.
"""

from __future__ import annotations

import fcntl
import logging
import os
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pysqlite3 import dbapi2 as driver

from comicmaintainer.database.connection import SqliteDatabase
from comicmaintainer.database.copy_file import write_copy
from comicmaintainer.database.faults import driver_errors
from comicmaintainer.database.private_files import create_private
from comicmaintainer.database.schema_steps import bring_up_to_date
from comicmaintainer.database.write_turn import WriteTurn
from comicmaintainer.errors import DatabaseDamaged, FileMissing, TargetExists
from comicmaintainer.filesystem.folders import make_folder
from comicmaintainer.filesystem.os_errors import storage_errors

logger = logging.getLogger(__name__)

DAILY = "jobs-????-??-??.db"
LOCK = ".lock"
"""Name of the lock file in the folder; held while a backup is made or restored."""


def back_up(database: SqliteDatabase, target: Path) -> None:
    """Write a verified copy of the database as it is now to the new file `target`.

    Raises:
        TargetExists: the file exists; nothing is overwritten.
        DatabaseError, StorageError: it could not be written; then `target` does not exist.
    """
    if target.exists():
        raise TargetExists(f"{target} exists already; give the name of a new file")
    with storage_errors(target), database.exclusive_connection() as connection:
        write_copy(connection, target, prove=_require_sound)


def back_up_daily(database: SqliteDatabase, folder: Path, keep: int, now: float) -> Path | None:
    """Make today's (UTC) backup if it is missing, keep the newest `keep`, return the new backup.

    If several processes call this at once, one makes the backup and the others return None.
    """
    if keep == 0:
        return None
    make_folder(folder)
    day = datetime.fromtimestamp(now, UTC).date().isoformat()
    target = folder / f"jobs-{day}.db"
    with storage_errors(folder), (folder / LOCK).open("ab") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return None
        if target.exists():
            return None
        back_up(database, target)
        for old in sorted(folder.glob(DAILY))[:-keep]:
            old.unlink()
    logger.info("Backed up the database to %s", target)
    return target


def restore(database: SqliteDatabase, source: Path, kept: Path) -> None:
    """Replace the content of the running database with the backup at `source`.

    The backup is first verified and brought up to date, on a copy. The current content is backed up
    to the new file `kept`. Other processes see the old content or the new one; results that workers
    hand in for the old content are refused.

    Raises:
        FileMissing: no such backup.
        DatabaseDamaged: it is not a sound database of this product. Nothing was changed.
        DatabaseUnusable: it was made by a newer release. Nothing was changed.
    """
    if not source.is_file():
        raise FileMissing("there is no such backup", path=source)
    arriving = database.path.with_name(database.path.name + ".restoring")
    page_bytes: int = database.rows("PRAGMA page_size")[0][0]
    with storage_errors(arriving):
        try:
            create_private(arriving)
            shutil.copyfile(source, arriving)
            _make_restorable(arriving, source, page_bytes)
            back_up(database, kept)
            _pour(arriving, database)
        finally:
            for suffix in ("", "-wal", "-shm", "-journal"):
                arriving.with_name(arriving.name + suffix).unlink(missing_ok=True)


def _make_restorable(arriving: Path, source: Path, page_bytes: int) -> None:
    with driver_errors(source):
        _require_sound(arriving, source)
        connection = driver.connect(os.fspath(arriving), isolation_level=None)
        try:
            tables = {
                row[0]
                for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            }
            if not {"jobs", "job_results"} <= tables:
                raise DatabaseDamaged(f"{source} is not a database of ComicMaintainer")
            connection.execute("PRAGMA journal_mode=DELETE").fetchone()
            if connection.execute("PRAGMA page_size").fetchone()[0] != page_bytes:
                # Pages are copied one to one, so their size must be that of the running database.
                connection.execute(f"PRAGMA page_size={page_bytes}")
                connection.execute("VACUUM")
            bring_up_to_date(connection, source)
            # The old workers are gone; their items are claimed again.
            connection.execute("DELETE FROM workers")
        finally:
            connection.close()


def _pour(arriving: Path, database: SqliteDatabase) -> None:
    turn = WriteTurn(database.path.with_name(database.path.name + "-turn"))
    origin: Any = driver.connect(os.fspath(arriving), isolation_level=None)
    try:
        with turn.held(), database.exclusive_connection() as connection:
            origin.backup(connection)
    finally:
        origin.close()
        turn.close()


def _require_sound(path: Path, named: Path | None = None) -> None:
    """Raise DatabaseDamaged unless `path` is sound; the message uses the name `named`."""
    connection = driver.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
    try:
        result = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
    except driver.DatabaseError as error:
        raise DatabaseDamaged(f"{named or path} is not a sound database: {error}") from error
    finally:
        connection.close()
    if result != "ok":
        raise DatabaseDamaged(f"{named or path} is damaged: {result}")
