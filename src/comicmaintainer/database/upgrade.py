"""The backup of an older database before its schema is changed.

It is needed to go back to the older version, which refuses a newer schema.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pysqlite3 import dbapi2 as driver

from comicmaintainer.database.copy_file import write_copy
from comicmaintainer.database.schema_steps import bring_up_to_date, steps
from comicmaintainer.errors import DatabaseFull

logger = logging.getLogger(__name__)

FOLDER = "backups"
"""Beside the database, where the daily backups are."""
BEFORE_UPGRADE = "before-upgrade-*.db"
KEPT = 3


def upgrade(connection: Any, path: Path, now: Callable[[], float] = time.time) -> None:
    """Bring the database at `path` up to date; an older one is backed up first.

    Only one process at a time may call this.

    Raises:
        DatabaseFull: there is no room for the backup; nothing was changed.
        DatabaseUnusable: the database was made by a newer release.
        driver.Error: the database refused; nothing was changed.
    """
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version < len(steps()) and _has_tables(connection):
        _back_up(connection, path, version, now())
    bring_up_to_date(connection, path)


def _has_tables(connection: Any) -> bool:
    count: int = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    return count > 0


def _back_up(connection: Any, path: Path, version: int, now: float) -> None:
    folder = path.parent / FOLDER
    moment = datetime.fromtimestamp(now, UTC).strftime("%Y%m%d-%H%M%S")
    target = folder / f"before-upgrade-{moment}-schema-{version}.db"
    try:
        write_copy(connection, target)
    except driver.OperationalError as error:
        if getattr(error, "sqlite_errorname", "") != "SQLITE_FULL":
            raise
        raise DatabaseFull(
            f"{path} is of an older version and is backed up before it is upgraded, but the disk "
            f"that holds {folder} is full. Nothing was changed; free some space, then start again."
        ) from error
    logger.info("Backed up the database of schema %d to %s before its upgrade", version, target)
    for old in sorted(folder.glob(BEFORE_UPGRADE))[:-KEPT]:
        old.unlink()
