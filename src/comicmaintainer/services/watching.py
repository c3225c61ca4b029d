"""What keeps the watched folders from being watched as they should be, for all who tell of it.

Used by health, the System page and `doctor`. The process that watches stores what it lacks; while
none is alive, that says nothing.
"""

from __future__ import annotations

from comicmaintainer.database import Database
from comicmaintainer.jobs.engine.workforce import Workforce
from comicmaintainer.settings import Settings
from comicmaintainer.watcher.coverage import Shortfall
from comicmaintainer.watcher.coverage_store import CoverageStore


class Watching:
    """How the library is watched at present."""

    def __init__(self, settings: Settings, database: Database, workforce: Workforce) -> None:
        self._settings = settings
        self._store = CoverageStore(database)
        self._workforce = workforce

    def shortfall(self) -> Shortfall | None:
        """Return why folders are scanned instead of watched; None where nobody watches, too.

        Raises:
            DatabaseError: the database can't be read.
        """
        if not self._settings.is_watching or not self._workforce.is_served():
            return None
        return self._store.load()
