"""The jobs for files that have just arrived in the watched folders.

Used by the watcher. New files are identified first, if that is switched on, and then processed, so
that their names are made of what was found. One that has to wait for a source is processed at once.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

from comicmaintainer.jobs.model import JobRequest, Priority, Trigger
from comicmaintainer.library.matches.decision_store import DecisionStore
from comicmaintainer.operations.declared.identify import KIND as IDENTIFY
from comicmaintainer.operations.declared.process import KIND as PROCESS
from comicmaintainer.settings import IdentifyNew
from comicmaintainer.sources.sources import Sources


class Arrivals:
    """Makes the requests for new files."""

    def __init__(self, identify: IdentifyNew, sources: Sources, decisions: DecisionStore) -> None:
        self._identify = identify
        self._sources = sources
        self._decisions = decisions

    def requests(self, paths: Sequence[str]) -> Iterator[JobRequest]:
        """Yield the requests in the order in which they should be submitted."""
        identified = self._to_identify(paths)
        if identified:
            yield JobRequest(
                kind=IDENTIFY.name,
                items=identified,
                params=IDENTIFY.validated({"decided_only": self._identify is IdentifyNew.DECIDED}),
                trigger=Trigger.WATCHER,
                priority=Priority.HIGH,
            )
        yield JobRequest(
            kind=PROCESS.name, items=paths, params=PROCESS.validated({}), trigger=Trigger.WATCHER
        )

    def _to_identify(self, paths: Sequence[str]) -> Sequence[str]:
        if self._identify is IdentifyNew.OFF or not self._sources.active():
            return ()
        if self._identify is IdentifyNew.ALL:
            return paths
        folders = self._decisions.folders_with_series({_folder(path) for path in paths})
        return [path for path in paths if _folder(path) in folders]


def _folder(path: str) -> str:
    return os.fspath(path).rpartition("/")[0]
