"""Batches the journal and catalogue writes of many items into shared commits.

Before a file is touched its intents must be on disk: an item that awaits `plan` goes on when they
are. The items of a group share one commit, and so do concurrent threads. The confirmation of a
change or of its undo, and the update of its catalogue row, go into the next commit; `flush` writes
them at the latest before the item's result is handed in. A crash in between leaves `planned` rows
of changes that were carried out, which the recovery confirms, and `applied` rows of changes that
were undone, which the next attempt of the undo finds out.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

from comicmaintainer.database import Database, Turn
from comicmaintainer.errors import FolderProtected
from comicmaintainer.filesystem.shared_steps import JointStep
from comicmaintainer.library.catalogue.model import FileMark, SeenFile
from comicmaintainer.library.catalogue.writer import CatalogueWriter
from comicmaintainer.library.journal import (
    Change,
    ChangeState,
    JournalWriter,
    PlannedChange,
    host_of,
)
from comicmaintainer.library.matches.identified_store import IdentifiedFile, put_identified
from comicmaintainer.library.protected_folders import ProtectedFolders, Protection
from comicmaintainer.operations.changes.steps import written_paths


@dataclass(frozen=True, slots=True)
class CatalogueUpdate:
    """An update for one file: its moves, its current content and its state.

    Without a `mark` the state stays. `sound` is the file as its pages were all found sound.
    """

    moves: tuple[tuple[str, str], ...] = ()
    seen: SeenFile | None = None
    mark: FileMark | None = None
    sound: SeenFile | None = None


@dataclass(frozen=True, slots=True, eq=False)
class StoredIntents(JointStep[Sequence[Change]]):
    """Intents that an item waits to have stored durably; the answer is their rows, in order.

    Raises:
        FolderProtected: one would write into a protected folder; none of the item is stored.
        DatabaseError: they are not stored.
    """

    stage: ClassVar[int] = 1
    batch: JournalBatch
    changes: Sequence[PlannedChange]

    @classmethod
    def take_all(cls, steps: Sequence[Self]) -> Sequence[Sequence[Change] | Exception]:
        batch = steps[0].batch
        protection = batch.protected.now()
        refusals = [_refusal(protection, step.changes) for step in steps]
        allowed = [
            step.changes for step, refusal in zip(steps, refusals, strict=True) if refusal is None
        ]
        stored = iter(batch.store(allowed) if allowed else ())
        return [next(stored) if refusal is None else refusal for refusal in refusals]


def _refusal(protection: Protection, changes: Sequence[PlannedChange]) -> FolderProtected | None:
    try:
        protection.require(path for each in changes for path in written_paths(each))
    except FolderProtected as error:
        return error
    return None


@dataclass(slots=True, eq=False)
class _Request:
    """Intents of several items that a thread waits to have stored."""

    intents: Sequence[Sequence[PlannedChange]]
    rows: Sequence[Sequence[Change]] = ()
    is_stored: bool = False


class JournalBatch:
    """The batch that all threads of a process share; with `deferred`, only `flush` commits."""

    def __init__(
        self, database: Database, *, now: Callable[[], float], deferred: bool = False
    ) -> None:
        self.protected = ProtectedFolders(database)
        self._database = database
        self._now = now
        self._deferred = deferred
        self._turn = threading.Lock()
        # The thread that holds the lock takes from the front; all threads may append.
        self._requests: list[_Request] = []
        self._confirmed: list[Change] = []
        self._undone: list[tuple[int, str | None]] = []
        self._updates: list[CatalogueUpdate] = []
        self._identified: list[tuple[int, IdentifiedFile]] = []

    def plan(self, changes: Sequence[PlannedChange]) -> StoredIntents:
        """Return the step that stores the intents of one item."""
        return StoredIntents(self, changes)

    def store(self, intents: Sequence[Sequence[PlannedChange]]) -> Sequence[Sequence[Change]]:
        """Store the intents of several items durably and return their rows, in order.

        Raises:
            DatabaseError: none is stored.
        """
        request = _Request(intents)
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
        """Add changes that were carried out, with their receipts, to the next commit."""
        self._confirmed.extend(changes)

    def mark_undone(self, change_id: int, *, by: str) -> None:
        """Add that a change was undone by a job to the next commit."""
        self._undone.append((change_id, by))

    def update(self, update: CatalogueUpdate) -> None:
        """Add an update of the catalogue to the next commit."""
        self._updates.append(update)

    def identify(self, file_id: int, file: IdentifiedFile) -> None:
        """Add what is going to be written to a file to the next commit, that of its intents."""
        self._identified.append((file_id, file))

    def finish(self) -> None:
        """Commit at the end of an item, unless commits are deferred to `flush`."""
        if not self._deferred:
            self.flush()

    def flush(self) -> None:
        """Commit everything that was added.

        Raises:
            DatabaseError: it is kept for the next commit.
        """
        with self._turn:
            if any(
                (self._requests, self._confirmed, self._undone, self._updates, self._identified)
            ):
                self._commit()

    def _commit(self) -> None:
        requests, updates = list(self._requests), list(self._updates)
        confirmed, undone = list(self._confirmed), list(self._undone)
        identified = list(self._identified)
        stored: list[list[list[Change]]] = []
        with self._database.transaction(Turn.LIBRARY) as transaction:
            now_at = self._now()
            journal = JournalWriter(transaction, now_at, host_of(self._database))
            if confirmed:
                _confirm(journal, confirmed)
            if undone:
                journal.mark_undone(undone)
            if updates:
                _write(CatalogueWriter(transaction, now_at), updates)
            if identified:
                put_identified(transaction, identified, now=now_at)
            stored = [
                [[journal.plan(change) for change in changes] for changes in request.intents]
                for request in requests
            ]
        for request, rows in zip(requests, stored, strict=True):
            request.rows = rows
            request.is_stored = True
        del self._requests[: len(requests)]
        del self._confirmed[: len(confirmed)]
        del self._undone[: len(undone)]
        del self._updates[: len(updates)]
        del self._identified[: len(identified)]


def _confirm(journal: JournalWriter, changes: Sequence[Change]) -> None:
    """Confirm changes, even those whose rows another worker has abandoned meanwhile.

    That happens if this worker stalled and was considered dead. The change was made, so it must be
    in the journal, or it could not be undone.
    """
    if journal.confirm_all(changes) == len(changes):
        return
    for change in changes:
        if journal.state(change.change_id) is ChangeState.ABANDONED:
            journal.confirm_abandoned(change)


def _write(writer: CatalogueWriter, updates: Sequence[CatalogueUpdate]) -> None:
    """Write the updates in order, and what was seen of many files at once."""
    seen: dict[str, SeenFile] = {}
    marks: dict[str, FileMark] = {}

    def write_seen() -> None:
        if seen:
            writer.upsert(list(seen.values()), marks)
        seen.clear()
        marks.clear()

    for update in updates:
        paths = {path for move in update.moves for path in move}
        if update.seen is not None:
            paths.add(update.seen.path)
        if not seen.keys().isdisjoint(paths):
            write_seen()
        for old, new in update.moves:
            writer.move(old, new, is_reindexed=update.seen is None)
        if update.seen is not None:
            seen[update.seen.path] = update.seen
            if update.mark is not None:
                marks[update.seen.path] = update.mark
    write_seen()
    writer.mark_sound([update.sound for update in updates if update.sound is not None])
