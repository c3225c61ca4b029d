"""The jobs for files that have just arrived in the watched folders.

Used by the watcher. The settings say what happens to new files, and folders may differ from them.
What is written is identified first, if that is switched on, so that names are made of what was
found; a file that has to wait for a source is processed at once. Where a person is asked, a preview
waits to be applied. What arrives in an inbox is filed in the library instead.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from comicmaintainer.jobs.model import JobRequest, Priority, Trigger
from comicmaintainer.library.matches.decision_store import DecisionStore
from comicmaintainer.library.rule_book import RuleBook
from comicmaintainer.operations.declared.identify import KIND as IDENTIFY
from comicmaintainer.operations.declared.process import KIND as PROCESS
from comicmaintainer.services.chosen_settings import ChosenSettings
from comicmaintainer.services.filing import filing_request
from comicmaintainer.settings import IdentifyNew, NewFiles
from comicmaintainer.sources.sources import Sources

ASKING_TITLE = "New files, waiting for you"


class Arrivals:
    """Makes the requests for new files."""

    def __init__(
        self,
        settings: ChosenSettings,
        rule_book: RuleBook,
        sources: Sources,
        decisions: DecisionStore,
    ) -> None:
        self._settings = settings
        self._rule_book = rule_book
        self._sources = sources
        self._decisions = decisions

    def requests(self, paths: Sequence[str]) -> Iterator[JobRequest]:
        """Yield the requests in the order in which they should be submitted."""
        plan = self._rule_book.new_files(self._settings.new_files)
        chosen: dict[NewFiles, list[str]] = {each: [] for each in NewFiles}
        for path in paths:
            chosen[plan.of(Path(path))].append(path)
        written = {*chosen[NewFiles.PROCESS], *chosen[NewFiles.TAG]}
        yield from self._identifying([path for path in paths if path in written])
        yield from self._ordering(chosen[NewFiles.PROCESS])
        yield from _processing(chosen[NewFiles.TAG], rename=False)
        yield from self._ordering(chosen[NewFiles.ASK], preview=True)

    def _ordering(self, paths: Sequence[str], *, preview: bool = False) -> Iterator[JobRequest]:
        inboxes = self._rule_book.inboxes()
        yield from _processing(
            [path for path in paths if inboxes.of(Path(path)) is None], preview=preview
        )
        title = ASKING_TITLE if preview else None
        filing = filing_request(
            inboxes, paths, trigger=Trigger.WATCHER, preview=preview, title=title
        )
        if filing is not None:
            yield filing

    def _identifying(self, paths: Sequence[str]) -> Iterator[JobRequest]:
        identify = self._settings.identify_new
        identified = self._to_identify(paths, identify)
        if identified:
            yield JobRequest(
                kind=IDENTIFY.name,
                items=identified,
                params=IDENTIFY.validated({"decided_only": identify is IdentifyNew.DECIDED}),
                trigger=Trigger.WATCHER,
                priority=Priority.HIGH,
            )

    def _to_identify(self, paths: Sequence[str], identify: IdentifyNew) -> Sequence[str]:
        if identify is IdentifyNew.OFF or not self._sources.active():
            return ()
        if identify is IdentifyNew.ALL:
            return paths
        folders = self._decisions.folders_with_series({_folder(path) for path in paths})
        return [path for path in paths if _folder(path) in folders]


def _processing(
    paths: Sequence[str], *, rename: bool = True, preview: bool = False
) -> Iterator[JobRequest]:
    if paths:
        yield JobRequest(
            kind=PROCESS.name,
            items=paths,
            params=PROCESS.validated({"rename": rename}),
            trigger=Trigger.WATCHER,
            preview=preview,
            title=ASKING_TITLE if preview else None,
        )


def _folder(path: str) -> str:
    return os.fspath(path).rpartition("/")[0]
