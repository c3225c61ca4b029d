"""What items write to the database, gathered so that a commit serves many of them.

Before a file is touched its intents must be on disk: `plan` returns when they are, and threads that
ask at the same time share one commit. What follows a change, its confirmation and the catalogue's
row, rides along with the next commit; `flush` brings it to disk at the latest before the item's
result is handed in. A crash in between leaves rows `planned` that were carried out, which the
recovery confirms.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from comicmaintainer.database import Database
from comicmaintainer.library.catalogue.model import FileMark, SeenFile
from comicmaintainer.library.catalogue.writer import CatalogueWriter
from comicmaintainer.library.journal import Change, ChangeState, JournalWriter, PlannedChange


@dataclass(frozen=True, slots=True)
class CatalogueUpdate:
    """What became of one file: paths it went through, what is in it now, its state.

    Without a `mark` the state stays as it is.
    """

    moves: tuple[tuple[str, str], ...] = ()
    seen: SeenFile | None = None
    mark: FileMark | None = None


@dataclass(slots=True, eq=False)
class _Request:
    """Intents that a thread waits for."""

    changes: Sequence[PlannedChange]
    rows: list[Change] = field(default_factory=list)
    is_stored: bool = False


class Ledger:
    """Shared by all threads of a process; if `deferred`, `finish` leaves the commit to `flush`."""

    def __init__(
        self, database: Database, *, now: Callable[[], float], deferred: bool = False
    ) -> None:
        self._database = database
        self._now = now
        self._deferred = deferred
        self._turn = threading.Lock()
        # Whoever holds the turn takes from the fronts; all may append.
        self._requests: list[_Request] = []
        self._confirmed: list[Change] = []
        self._updates: list[CatalogueUpdate] = []

    def plan(self, changes: Sequence[PlannedChange]) -> list[Change]:
        """Store intents durably and return their rows, in order.

        Raises:
            DatabaseError: they are not stored.
        """
        request = _Request(changes)
        self._requests.append(request)
        with self._turn:
            if not request.is_stored:
                try:
                    self._commit()
                except BaseException:
                    self._requests.remove(request)
                    raise
        return request.rows

    def confirm(self, changes: Sequence[Change]) -> None:
        """Note changes with their receipts as carried out; on disk with the next commit."""
        self._confirmed.extend(changes)

    def update(self, update: CatalogueUpdate) -> None:
        """Note what the catalogue shall say of a file; on disk with the next commit."""
        self._updates.append(update)

    def finish(self) -> None:
        """An item has ended: commit, unless that is left to `flush`."""
        if not self._deferred:
            self.flush()

    def flush(self) -> None:
        """Bring everything that was noted to disk.

        Raises:
            DatabaseError: it is kept and comes with the next commit.
        """
        with self._turn:
            if self._requests or self._confirmed or self._updates:
                self._commit()

    def _commit(self) -> None:
        requests, confirmed, updates = (
            list(self._requests),
            list(self._confirmed),
            list(self._updates),
        )
        stored: list[list[Change]] = []
        with self._database.transaction() as transaction:
            now_at = self._now()
            journal = JournalWriter(transaction, now_at)
            for change in confirmed:
                _confirm(journal, change)
            if updates:
                _write(CatalogueWriter(transaction, now_at), updates)
            stored = [[journal.plan(change) for change in each.changes] for each in requests]
        for request, rows in zip(requests, stored, strict=True):
            request.rows = rows
            request.is_stored = True
        del self._requests[: len(requests)]
        del self._confirmed[: len(confirmed)]
        del self._updates[: len(updates)]


def _confirm(journal: JournalWriter, change: Change) -> None:
    """Confirm a change, also where another worker has abandoned its row meanwhile.

    That happens to a worker that stood still and was taken for dead. What was done is done: it
    must be in the journal, or it could not be undone.
    """
    if journal.confirm(change.change_id, change.receipt):
        return
    if journal.state(change.change_id) is ChangeState.ABANDONED:
        journal.confirm(journal.plan(change).change_id, change.receipt)


def _write(writer: CatalogueWriter, updates: Sequence[CatalogueUpdate]) -> None:
    for update in updates:
        for old, new in update.moves:
            writer.move(old, new, is_reindexed=update.seen is None)
        if update.seen is not None:
            writer.upsert([update.seen], update.mark)
