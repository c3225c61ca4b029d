"""The size of the database, its growth, and warnings about them.

One figure per day is kept in `shared_values`. Sizes are in bytes, days are UTC.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime

from comicmaintainer.database import shared_values
from comicmaintainer.database.connection import WAL_LIMIT_BYTES, SqliteDatabase
from comicmaintainer.database.interface import Database
from comicmaintainer.database.stored_values import stored_json

_NAME = "database:sizes"
_DAYS_KEPT = 31
_WEEK = 7
_MIB = 1 << 20
LITTLE_SPACE_BYTES = 500 * _MIB
GROWTH_WORTH_TELLING_BYTES = 200 * _MIB


@dataclass(frozen=True, slots=True)
class DatabaseSize:
    """The size of the database on disk now; `days` is (day, bytes), the oldest first.

    What is free on the disk of a server is not known here.
    """

    database_bytes: int
    wal_bytes: int
    free_bytes: int | None
    days: tuple[tuple[str, int], ...]

    @property
    def week_growth_bytes(self) -> int | None:
        """Growth over the last week of figures; None if there are fewer than two days."""
        recent = self.days[-(_WEEK + 1) :]
        return self.database_bytes - recent[0][1] if len(recent) > 1 else None

    def warnings(self) -> list[str]:
        """Return warnings for the user, one sentence each."""
        warnings = []
        if self.wal_bytes > 4 * WAL_LIMIT_BYTES:
            warnings.append(
                f"The database's log has grown to {self.wal_bytes // _MIB} MiB: a read of "
                "the database takes very long. Restart the service if this does not change."
            )
        if self.free_bytes is not None and self.free_bytes < max(
            LITTLE_SPACE_BYTES, self.database_bytes
        ):
            warnings.append(
                f"Only {self.free_bytes // _MIB} MiB are free on the disk of the database; "
                f"it takes {self.database_bytes // _MIB} MiB, and a backup as much again."
            )
        growth = self.week_growth_bytes
        if growth is not None and growth > max(
            GROWTH_WORTH_TELLING_BYTES, self.database_bytes // 2
        ):
            warnings.append(
                f"The database has grown by {growth // _MIB} MiB within a week. "
                "Look for a job that is submitted again and again, or lower HISTORY_DAYS."
            )
        return warnings


def size(database: Database) -> DatabaseSize:
    """Measure the database now."""
    stored = shared_values.shared_value(database, _NAME)
    days = () if stored is None else _days(stored)
    if not isinstance(database, SqliteDatabase):
        return DatabaseSize(database.size_bytes(), 0, None, days)
    wal = database.path.with_name(database.path.name + "-wal")
    status = os.statvfs(database.path.parent)
    return DatabaseSize(
        database_bytes=database.size_bytes(),
        wal_bytes=wal.stat().st_size if wal.exists() else 0,
        free_bytes=status.f_bavail * status.f_frsize,
        days=days,
    )


def record_day(database: Database, now: float) -> None:
    """Store today's size; a second call on the same day replaces it."""
    today = datetime.fromtimestamp(now, UTC).date().isoformat()
    current = size(database)
    days = [entry for entry in current.days if entry[0] != today]
    days.append((today, current.database_bytes))
    with database.transaction() as transaction:
        shared_values.store(transaction, _NAME, json.dumps(days[-_DAYS_KEPT:]), now)


def _days(stored: str) -> tuple[tuple[str, int], ...]:
    """Return the sizes by day; empty if the stored text has another form."""
    match stored_json(stored):
        case [*entries] if all(isinstance(each, list) and len(each) == 2 for each in entries):
            return tuple((day, count) for day, count in entries)
        case _:
            return ()
