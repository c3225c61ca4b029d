"""The folder of backups: list them, make one on request, restore one.

Used by the web and the command line. Daily backups come from maintenance (backup.back_up_daily).
A lock file lets only one process at a time make or restore a backup. Times are UTC
epoch seconds; the times in names are UTC.
"""

from __future__ import annotations

import fcntl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from comicmaintainer.database import backup
from comicmaintainer.database.connection import SqliteDatabase
from comicmaintainer.database.upgrade import BEFORE_UPGRADE
from comicmaintainer.errors import NotFound
from comicmaintainer.filesystem.folders import make_folder
from comicmaintainer.filesystem.os_errors import storage_errors


class Origin(StrEnum):
    """Why a backup was made. Of each origin only the newest are kept."""

    DAILY = "daily"
    ASKED = "asked"
    """Made on request."""
    BEFORE_RESTORE = "before_restore"
    """The content of the database before another backup was restored."""
    BEFORE_UPGRADE = "before_upgrade"
    """The database as the previous version left it."""


_PATTERNS = {
    Origin.DAILY: backup.DAILY,
    Origin.ASKED: "jobs-????-??-??-??????.db",
    Origin.BEFORE_RESTORE: "before-restore-*.db",
    Origin.BEFORE_UPGRADE: BEFORE_UPGRADE,
}


@dataclass(frozen=True, slots=True)
class Backup:
    """A complete copy of the database, by its name in the folder."""

    name: str
    origin: Origin
    size_bytes: int
    made_at: float


class BackupFolder:
    """The backups of `database` in `folder`: the newest `keep` of each origin, at least one."""

    def __init__(
        self,
        database: SqliteDatabase,
        folder: Path,
        keep: int,
        *,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._database = database
        self._folder = folder
        self._keep = max(keep, 1)
        self._now = now

    def all(self) -> list[Backup]:
        """Return the backups, the newest first."""
        backups = [
            known
            for origin, pattern in _PATTERNS.items()
            for path in self._folder.glob(pattern)
            if (known := _known(path, origin)) is not None
        ]
        return sorted(backups, key=lambda one: (one.made_at, one.name), reverse=True)

    def path(self, name: str) -> Path:
        """Return the path of the backup with this name.

        Raises:
            NotFound: no backup in the folder has this name.
        """
        if all(known.name != name for known in self.all()):
            raise NotFound(f"There is no backup called {name!r}.")
        return self._folder / name

    def make(self) -> Backup:
        """Back up the database as it is now, and remove old backups made on request.

        Raises:
            DatabaseError, StorageError: it could not be written; no partial file is left.
        """
        with self._turn():
            target = self._free_name("jobs-%Y-%m-%d-%H%M%S")
            backup.back_up(self._database, target)
            self._remove_old(Origin.ASKED, target)
        status = target.stat()
        return Backup(target.name, Origin.ASKED, status.st_size, status.st_mtime)

    def restore(self, source: Path) -> Path:
        """Replace the database with the backup at `source`, even while it is in use.

        Returns the new backup of the content before.

        Raises:
            As backup.restore.
        """
        with self._turn():
            kept = self._free_name("before-restore-%Y%m%d-%H%M%S")
            backup.restore(self._database, source, kept)
            self._remove_old(Origin.BEFORE_RESTORE, kept)
        return kept

    def _remove_old(self, origin: Origin, made: Path) -> None:
        # The new one need not be the newest by name, because clocks can be set back.
        others = sorted(path for path in self._folder.glob(_PATTERNS[origin]) if path != made)
        for old in others[: max(0, len(others) + 1 - self._keep)]:
            old.unlink()

    def _free_name(self, form: str) -> Path:
        """Return a name with the present second, or with the next one that is free."""
        at = self._now()
        while (path := self._folder / f"{datetime.fromtimestamp(at, UTC):{form}}.db").exists():
            at += 1
        return path

    @contextmanager
    def _turn(self) -> Iterator[None]:
        make_folder(self._folder)
        with storage_errors(self._folder), (self._folder / backup.LOCK).open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _known(path: Path, origin: Origin) -> Backup | None:
    try:
        status = path.stat()
    except FileNotFoundError:
        return None  # removed as too old after it was listed
    return Backup(path.name, origin, status.st_size, status.st_mtime)
