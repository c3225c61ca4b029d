"""Notes that the disk of a watched folder is missing: once, until it is back.

Runs in a thread of the worker process of its own, since looking at a disk that does not answer can
take long. What each host has seen is kept in `shared_values`.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable

from comicmaintainer.database import Database, shared_values
from comicmaintainer.errors import DatabaseError
from comicmaintainer.notifications import outbox
from comicmaintainer.notifications.event_facts import Entry, Topic

logger = logging.getLogger(__name__)

LOOK_S = 30.0
_PREFIX = "disk-missing:"


class DiskWatch:
    """Compares the disks that are missing now with those that were."""

    def __init__(
        self,
        database: Database,
        missing: Callable[[], Iterable[str]],
        *,
        now: Callable[[], float],
        host: str,
    ) -> None:
        """`missing` returns the watched folders whose disks are missing."""
        self._database = database
        self._missing = missing
        self._now = now
        self._host = host

    def run(self, stopping: threading.Event) -> None:
        """Look every LOOK_S seconds until told to stop."""
        while not stopping.wait(LOOK_S):
            try:
                self.look()
            except DatabaseError as error:
                logger.warning("Looking for missing disks is postponed: %s", error)

    def look(self) -> list[str]:
        """Look once; return the folders whose disks are newly missing."""
        missing = set(self._missing())
        prefix = f"{_PREFIX}{self._host}:"
        known = {
            row["name"].removeprefix(prefix)
            for row in shared_values.with_prefix(self._database, prefix)
        }
        if missing == known:
            return []
        new: list[str] = []
        with self._database.transaction() as transaction:
            for folder in sorted(known - missing):
                shared_values.remove(transaction, prefix + folder)
            for folder in sorted(missing - known):
                # Another process of this host may have noted it just now.
                if shared_values.shared_value(transaction, prefix + folder) is None:
                    shared_values.store(transaction, prefix + folder, folder, self._now())
                    outbox.note(transaction, Entry(Topic.DISK, folder, {"host": self._host}))
                    new.append(folder)
        return new
