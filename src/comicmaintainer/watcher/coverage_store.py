"""The stored shortfall of the watcher: what keeps the kernel from watching all folders.

Written by the process that watches, read by health, doctor and the web pages. It is in
`shared_values`.
"""

from __future__ import annotations

import dataclasses
import json

from comicmaintainer.database import Database, shared_values
from comicmaintainer.watcher.coverage import Limit, Shortfall

_NAME = "watcher:shortfall"


class CoverageStore:
    """The one stored shortfall."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def save(self, shortfall: Shortfall | None, now: float) -> None:
        """Store the present shortfall; None if all folders are watched."""
        with self._database.transaction() as transaction:
            if shortfall is None:
                shared_values.remove(transaction, _NAME)
                return
            value = json.dumps(dataclasses.asdict(shortfall), ensure_ascii=False)
            shared_values.store(transaction, _NAME, value, now)

    def load(self) -> Shortfall | None:
        """Return what the watching process stored last, or None."""
        stored = shared_values.shared_value(self._database, _NAME)
        if stored is None:
            return None
        values = json.loads(stored)
        return Shortfall(**values | {"limit": Limit(values["limit"])})
