"""What keeps the kernel from watching all folders, as stored for other processes (SQL only).

Written by the process that watches, read by health, doctor and the pages. Kept in `shared_values`.
"""

from __future__ import annotations

import dataclasses
import json

from comicmaintainer.database import Database
from comicmaintainer.watcher.coverage import Limit, Shortfall

_NAME = "watcher:shortfall"


class CoverageStore:
    """The one stored shortfall."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def save(self, found: Shortfall | None, now: float) -> None:
        """Store what is the case; None where all folders are watched."""
        with self._database.transaction() as transaction:
            if found is None:
                transaction.execute("DELETE FROM shared_values WHERE name = ?", (_NAME,))
                return
            transaction.execute(
                "INSERT INTO shared_values (name, value, updated_at) VALUES (?, ?, ?)"
                " ON CONFLICT (name) DO UPDATE SET value = excluded.value,"
                " updated_at = excluded.updated_at",
                (_NAME, json.dumps(dataclasses.asdict(found), ensure_ascii=False), now),
            )

    def load(self) -> Shortfall | None:
        """Return what the process that watches has stored last; None where that is nothing."""
        row = self._database.row("SELECT value FROM shared_values WHERE name = ?", (_NAME,))
        if row is None:
            return None
        values = json.loads(row["value"])
        return Shortfall(**values | {"limit": Limit(values["limit"])})
