"""Reports why folders can't be watched and are scanned instead.

Used by health, the System page and `doctor`. The watching process stores what it lacks; the stored
value means nothing while no process that could watch is alive.
"""

from __future__ import annotations

from comicmaintainer.database import Database
from comicmaintainer.jobs.engine.workforce import Workforce
from comicmaintainer.settings import Settings
from comicmaintainer.watcher.coverage import Shortfall
from comicmaintainer.watcher.coverage_store import CoverageStore


class Watching:
    """How well the library is being watched."""

    def __init__(self, settings: Settings, database: Database, workforce: Workforce) -> None:
        self._settings = settings
        self._store = CoverageStore(database)
        self._workforce = workforce

    def shortfall(self) -> Shortfall | None:
        """Return why folders are scanned instead of watched, or None (also if nothing watches).

        Raises:
            DatabaseError: the database can't be read.
        """
        if not self._settings.is_watching or not self._workforce.has_main():
            return None
        return self._store.load()
