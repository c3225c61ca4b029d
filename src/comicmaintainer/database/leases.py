"""Leases: what only one process of all hosts may do at a time, and which one does it.

A holder renews its lease before it ends; after that anybody may take it. Times are those of the
database (UTC epoch seconds).
"""

from __future__ import annotations

from collections.abc import Callable

from comicmaintainer.database.interface import Database
from comicmaintainer.database.turns import Turn


class Lease:
    """The lease called `name`, as `holder` sees it; `now` is the database's time."""

    def __init__(
        self, database: Database, name: str, holder: str, *, now: Callable[[], float]
    ) -> None:
        self._database = database
        self._name = name
        self._holder = holder
        self._now = now

    def take(self, for_s: float) -> bool:
        """Take or renew it; return whether it is held now."""
        now = self._now()
        with self._database.transaction(Turn.ROWS) as transaction:
            changed = transaction.execute(
                "INSERT INTO leases (name, holder, until) VALUES (?1, ?2, ?3)"
                " ON CONFLICT (name) DO UPDATE SET holder = ?2, until = ?3"
                " WHERE leases.holder = ?2 OR leases.until <= ?4",
                (self._name, self._holder, now + for_s, now),
            )
        return changed == 1

    def give_up(self) -> None:
        """Let another one take it, if it is held."""
        with self._database.transaction(Turn.ROWS) as transaction:
            transaction.execute(
                "DELETE FROM leases WHERE name = ? AND holder = ?", (self._name, self._holder)
            )
