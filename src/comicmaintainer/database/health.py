"""The check of the database before a service starts, and the repair of a damaged file.

`prepare` refuses what can't work with one clear line, adopts a database at its older place, and
replaces a damaged file with what can be saved from it. The damaged file is never deleted: it is set
aside with its log. After a kill at any point, the next start tries again. Nothing is checked while
another process has the database open, because that process has checked it.
"""

from __future__ import annotations

import logging
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pysqlite3 import dbapi2 as driver

from comicmaintainer.database import presence, soundness
from comicmaintainer.database.connection import SqliteDatabase
from comicmaintainer.database.faults import driver_errors, translated
from comicmaintainer.database.notices import Notice, dismiss, post_all
from comicmaintainer.database.private_files import create_private, make_private
from comicmaintainer.database.recovery import recover
from comicmaintainer.database.upgrade import FOLDER
from comicmaintainer.errors import (
    DatabaseDamaged,
    DatabaseError,
    DatabaseFull,
    DatabaseReadOnly,
    DatabaseUnusable,
    DiskFull,
    ReadOnlyStorage,
    StorageError,
)
from comicmaintainer.filesystem.folders import make_folder, sync_folder
from comicmaintainer.filesystem.os_errors import storage_errors
from comicmaintainer.filesystem.reliability import filesystem_of, is_network

logger = logging.getLogger(__name__)

OLDER_PLACE = Path("/app/cache/jobs.db")
"""Where the first release's document put the database."""
CHECK_BUDGET_S = 10.0
"""A check that takes longer counts as passed; damage is then noticed when a statement meets it."""
INDEX_BUDGET_S = 3.0
"""Comparing tables with indexes can take longer; a daily chore of the worker does the rest."""
DAMAGED, RECOVERED, REBUILT = "database-damaged", "database-recovered", "database-rebuilt"
"""Keys of notices: a restart is needed; what a start has saved; which indexes were rebuilt."""
FILES = ("", "-wal", "-shm")


def prepare(
    path: Path,
    *,
    on_network: bool = False,
    older_place: Path = OLDER_PLACE,
    now: Callable[[], float] = time.time,
) -> list[Notice]:
    """Make the database at `path` ready for use and return notices for the user.

    The notices are also stored. `on_network` allows a network share.

    Raises:
        DatabaseUnusable, DatabaseReadOnly: it can't work like this; the message says why.
        DatabaseFull, DatabaseBusy: it can't work now.
    """
    with _clear_errors(path):
        _require_usable_folder(path.parent, on_network=on_network)
        for suffix in FILES:
            make_private(_beside(path, suffix))
        for backup in (path.parent / FOLDER).glob("*.db"):
            make_private(backup)
        notices: list[Notice] = []
        with presence.Presence(path).alone() as is_alone:
            if is_alone:
                _finish_replacing(path, now)
                if not path.exists() and _is_adoptable(older_place, path):
                    notices.append(_adopt(older_place, path, now))
                notices.extend(_mended(path, now))
        database = SqliteDatabase(path, connections=1)
        try:
            post_all(database, notices)
            if any(notice.key == RECOVERED for notice in notices):
                dismiss(database, DAMAGED)
        finally:
            database.close()
    return notices


def find_damage(path: Path, budget_s: float = CHECK_BUDGET_S) -> str | None:
    """Return what is wrong with the database file; None if it is sound or does not exist."""
    if not path.exists():
        return None
    deadline = time.monotonic() + budget_s
    connection = driver.connect(os.fspath(path), isolation_level=None)
    try:
        connection.set_progress_handler(lambda: int(time.monotonic() > deadline), 100_000)
        result: str = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    except driver.DatabaseError as error:
        failure = translated(error, path)
        if isinstance(failure, DatabaseDamaged):
            return str(error)
        if getattr(error, "sqlite_errorname", "") == "SQLITE_INTERRUPT":
            logger.warning("The check of %s was stopped after %d s", path, budget_s)
            return None
        raise failure from error
    finally:
        connection.close()
    return (
        None if result == "ok" else " ".join(result.replace("*** in database main ***", "").split())
    )


# --- the folder ----------------------------------------------------------------------------------


def _require_usable_folder(folder: Path, *, on_network: bool) -> None:
    make_folder(folder, mode=0o700)
    if not on_network and is_network(folder):
        kind, _ = filesystem_of(folder)
        raise DatabaseUnusable(
            f"The config directory {folder} is on a network share ({kind}): file locks and "
            "shared memory can fail there and damage the database. Put CONFIG_DIR on a local "
            "disk, or set CONFIG_ON_NETWORK=true to take the risk."
        )
    probe = folder / f".writable-{os.getpid()}"
    with storage_errors(folder):
        try:
            probe.write_bytes(b"\0" * 4096)
        finally:
            probe.unlink(missing_ok=True)


@contextmanager
def _clear_errors(path: Path) -> Iterator[None]:
    """Turn errors of the filesystem into errors of the database."""
    try:
        with driver_errors(path), storage_errors(path):
            yield
    except DiskFull as error:
        raise DatabaseFull(
            f"The disk that holds {path.parent} is full. Nothing was changed; free some space, "
            "then try again."
        ) from error
    except ReadOnlyStorage as error:
        raise DatabaseReadOnly(
            f"The config directory {path.parent} can't be written by user {os.getuid()}, group "
            f"{os.getgid()}. Give it to them, or set CONFIG_DIR (in the image: PUID and PGID)."
        ) from error
    except StorageError as error:
        raise DatabaseError(f"The config directory can't be used: {error}") from error


# --- adoption ------------------------------------------------------------------------------------


def _is_adoptable(older: Path, path: Path) -> bool:
    try:
        status = older.stat()
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return False
    # A user who deletes the new database wants an empty one, not the old one again.
    return status.st_size > 0 and not _adopted(path).exists()


def _adopt(older: Path, path: Path, now: Callable[[], float]) -> Notice:
    """Copy the database at its older place, including its log; the old file stays."""
    logger.info("Adopting the database at %s", older)
    arriving = _beside(path, ".arriving")
    _remove(arriving)
    _copy(older, arriving)
    _fold_log(arriving)
    _into_place(arriving, path)
    _adopted(path).write_text(f"{older}\n", encoding="utf-8")
    return Notice("database-adopted", f"The database {older} was copied to {path}.", now())


def _adopted(path: Path) -> Path:
    return _beside(path, "-adopted")


# --- damage --------------------------------------------------------------------------------------


def _mended(path: Path, now: Callable[[], float]) -> list[Notice]:
    """Rebuild damaged indexes, or replace a file in which rows are damaged."""
    damage = find_damage(path)
    found = soundness.examine_file(path, INDEX_BUDGET_S)
    if found.indexes and found.damage is None:
        damage = soundness.rebuild_file(path, found.indexes) or find_damage(path)
        if damage is None:
            message = soundness.sentence(found.indexes)
            logger.error("%s", message)
            return [Notice(REBUILT, message, now())]
    damage = damage or found.damage
    return [] if damage is None else [_replace_damaged(path, damage, now)]


def _replace_damaged(path: Path, damage: str, now: Callable[[], float]) -> Notice:
    """Replace the damaged database with a fresh one; the old file is set aside."""
    logger.error("The database %s is damaged: %s", path, damage)
    outcome = _salvage(path, now)
    aside = _set_aside(path, now)
    _finish_replacing(path, now)
    message = (
        f"The database was damaged ({damage}): {outcome}. The damaged file is kept as {aside}."
    )
    logger.error("%s", message)
    return Notice(RECOVERED, message, now())


def _salvage(path: Path, now: Callable[[], float]) -> str:
    """Build `.recovered` from a copy of the damaged database, and describe the outcome."""
    work, unfinished = _beside(path, ".salvage"), _beside(path, ".recovering")
    _remove(work)
    _remove(unfinished)
    try:
        _copy(path, work)
        create_private(unfinished)
        recovered = recover(work, unfinished, now)
    except DatabaseDamaged as error:
        logger.warning("%s", error)
        _remove(unfinished)
        return "nothing could be recovered, so a new one was made"
    finally:
        _remove(work)
    _fold_log(unfinished)
    _into_place(unfinished, _beside(path, ".recovered"))
    if recovered.damaged_tables:
        return (
            f"{recovered.rows} rows were recovered, some were lost from "
            f"{', '.join(recovered.damaged_tables)}"
        )
    return f"all {recovered.rows} rows were recovered"


def _set_aside(path: Path, now: Callable[[], float]) -> Path:
    stamp = datetime.fromtimestamp(now(), UTC).strftime("%Y%m%dT%H%M%SZ")
    aside = _beside(path, f".damaged-{stamp}")
    for suffix in reversed(FILES):
        damaged = _beside(path, suffix)
        if damaged.exists():
            damaged.rename(_beside(aside, suffix))
    return aside


def _finish_replacing(path: Path, now: Callable[[], float]) -> None:
    """Put `.recovered` in place. The name proves that it is complete, even after a kill."""
    recovered = _beside(path, ".recovered")
    if not recovered.exists():
        return
    if any(_beside(path, suffix).exists() for suffix in FILES):
        _set_aside(path, now)
    _into_place(recovered, path)


def _copy(path: Path, copy: Path) -> None:
    """Copy a database with its log; SQLite rebuilds the index of the log on opening."""
    for suffix in ("", "-wal"):
        if _beside(path, suffix).exists():
            create_private(_beside(copy, suffix))
            shutil.copyfile(_beside(path, suffix), _beside(copy, suffix))


def _beside(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)


def _fold_log(path: Path) -> None:
    """Move the content of the write-ahead log into the file, so that the file is complete."""
    connection: Any = driver.connect(os.fspath(path), isolation_level=None)
    try:
        connection.execute("PRAGMA journal_mode=DELETE").fetchone()
    except driver.DatabaseError as error:
        if not isinstance(translated(error, path), DatabaseDamaged):
            raise
    finally:
        connection.close()


def _into_place(arriving: Path, path: Path) -> None:
    with arriving.open("rb") as file:
        os.fsync(file.fileno())
    arriving.rename(path)
    sync_folder(path.parent)


def _remove(path: Path) -> None:
    for suffix in (*FILES, "-journal"):
        _beside(path, suffix).unlink(missing_ok=True)
