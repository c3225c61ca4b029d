"""The journal: one row per change of a file, stored before the file is touched.

    planned ─confirm→ applied ─mark_undone→ undone
       └────abandon→ abandoned

A change that is still `planned` after a crash may have been made: `open_changes` lists such rows,
and operations confirm it if it was made, and abandon it otherwise. The journal only stores and
orders intents and receipts; operations define their content. Rows outlive their job, so `job_id` is
not a foreign key.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from typing import Any, Self

from comicmaintainer.database import Database, Transaction, Turn
from comicmaintainer.database.stored_values import known_member, stored_object
from comicmaintainer.errors import ChangeNotFound, UndoRefused

MAX_PAGE_SIZE = 1000
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


class ChangeState(StrEnum):
    """The state of a change; see the drawing in the module's docstring."""

    PLANNED = "planned"
    APPLIED = "applied"
    UNDONE = "undone"
    ABANDONED = "abandoned"


@dataclass(frozen=True, slots=True)
class PlannedChange:
    """A change that is going to be made to one file.

    `intent` is for recovery after a crash (old and new path, file identity, ...), `summary` is for
    people. Both are JSON values. `path_after` is None if the path stays. The intent of a change to
    a file that is no comic names the comic beside it for whose item it is made, as `beside`.
    """

    kind: str
    path_before: str
    path_after: str | None = None
    intent: Mapping[str, Any] = field(default_factory=dict)
    summary: Mapping[str, Any] = field(default_factory=dict)
    job_id: str | None = None
    seq: int | None = None

    @property
    def path_now(self) -> str:
        """The path of the file once the change is applied."""
        return self.path_after or self.path_before

    @property
    def item(self) -> tuple[str, int] | None:
        """The id of the job and the seq of its item that makes the change, None if no item does."""
        return None if self.job_id is None or self.seq is None else (self.job_id, self.seq)

    @property
    def is_beside(self) -> bool:
        """Whether the file is no comic, but lies beside the comic of the item."""
        return "beside" in self.intent


@dataclass(frozen=True, slots=True, kw_only=True)
class Change(PlannedChange):
    """A row of the journal. `receipt` is for undo, and set when the change is confirmed."""

    change_id: int
    state: ChangeState
    planned_at: float
    receipt: Mapping[str, Any] = field(default_factory=dict)
    reason: str | None = None
    applied_at: float | None = None
    undone_at: float | None = None
    undone_by: str | None = None
    host: str | None = None
    """The host that wrote the receipt, or else the intent, if several share the database."""
    is_foreign: bool = False
    """Whether that is another host, so that its inodes mean nothing here."""

    def applied(self, receipt: Mapping[str, Any]) -> Self:
        """The change after it was made here; its row follows with `confirm`."""
        return replace(self, state=ChangeState.APPLIED, receipt=receipt, is_foreign=False)

    @classmethod
    def of_row(cls, row: Any, here: str | None) -> Self:
        """Make the value of a row of `changes`; `here` is this host, as `host_of` says."""
        values = {name: row[name] for name in _COLUMNS}
        values["is_foreign"] = row["host"] != here
        for name in ("intent", "receipt", "summary"):
            values[name] = stored_object(values[name]) if values[name] else {}
        values["state"] = known_member(ChangeState, values["state"], ChangeState.ABANDONED)
        return cls(**values)


_PLANNED = tuple(column.name for column in fields(PlannedChange))
_COLUMNS = tuple(column.name for column in fields(Change) if column.name != "is_foreign")
CHANGES = f"SELECT {', '.join(_COLUMNS)} FROM changes"
"""Selects what `Change.of_row` reads."""


def host_of(database: Database) -> str | None:
    """Return what this host is called in the journal, None if there is no other."""
    return database.host if database.is_shared else None


class Journal:
    """The journal in `database`; `now` returns the time for new records."""

    def __init__(self, database: Database, *, now: Callable[[], float]) -> None:
        self._database = database
        self._now = now
        self.host = host_of(database)

    # --- writing ---------------------------------------------------------------------------------

    def plan(self, change: PlannedChange) -> int:
        """Store one change durably and return its id."""
        with self._database.transaction(Turn.LIBRARY) as transaction:
            writer = JournalWriter(transaction, self._now(), self.host)
            return writer.plan(change).change_id

    def confirm(self, change_id: int, receipt: Mapping[str, Any]) -> None:
        """Note that a planned change was made, with the receipt for its undo.

        Raises:
            UndoRefused: the change is not `planned` (any more).
        """
        with self._database.transaction(Turn.LIBRARY) as transaction:
            writer = JournalWriter(transaction, self._now(), self.host)
            is_confirmed = writer.confirm(change_id, receipt)
            _require_one(is_confirmed, change_id, "confirmed")

    def confirm_abandoned(self, change: Change) -> None:
        """See JournalWriter."""
        with self._database.transaction(Turn.LIBRARY) as transaction:
            JournalWriter(transaction, self._now(), self.host).confirm_abandoned(change)

    def abandon(self, change_id: int, reason: str) -> None:
        """Note that a planned change was not made, or was undone by recovery.

        Raises:
            UndoRefused: the change is not `planned` (any more).
        """
        with self._database.transaction(Turn.LIBRARY) as transaction:
            changed = transaction.execute(
                "UPDATE changes SET state = 'abandoned', reason = ? "
                "WHERE change_id = ? AND state = 'planned'",
                (reason, change_id),
            )
            _require_one(changed, change_id, "abandoned")

    def mark_undone(self, change_id: int, *, by: str | None = None) -> None:
        """Note that an applied change was undone, `by` a job or person.

        Raises:
            UndoRefused: the change is not `applied` (any more).
        """
        with self._database.transaction(Turn.LIBRARY) as transaction:
            changed = transaction.execute(_MARK_UNDONE, (self._now(), by, change_id))
            _require_one(changed, change_id, "undone")

    def refuse_undo(self, change_id: int, reason: str) -> None:
        """Store with an applied change why it could not be undone."""
        with self._database.transaction(Turn.LIBRARY) as transaction:
            transaction.execute(
                "UPDATE changes SET reason = ? WHERE change_id = ? AND state = 'applied'",
                (reason, change_id),
            )

    def expire(self, before_at: float, *, limit: int = MAX_PAGE_SIZE) -> list[Change]:
        """Delete up to `limit` changes planned before that time and return them, oldest first.

        Their receipts name the kept files, which can be deleted now. Planned changes stay, because
        they must still be completed. Call again until nothing is returned.
        """
        with self._database.transaction(Turn.LIBRARY) as transaction:
            rows = transaction.rows(
                f"{CHANGES} WHERE planned_at < ? AND state <> 'planned' "
                "ORDER BY planned_at, change_id LIMIT ?",
                (before_at, limit),
            )
            transaction.execute_many(
                "DELETE FROM changes WHERE change_id = ?", [(row["change_id"],) for row in rows]
            )
        return [Change.of_row(row, self.host) for row in rows]

    # --- reading ---------------------------------------------------------------------------------

    def get(self, change_id: int) -> Change:
        """Return one change.

        Raises:
            ChangeNotFound: the journal does not have the id (any more).
        """
        row = self._database.row(f"{CHANGES} WHERE change_id = ?", (change_id,))
        if row is None:
            raise ChangeNotFound(f"The journal has no change {change_id}; it may have expired.")
        return Change.of_row(row, self.host)

    def open_changes(self, *, after_id: int = 0, limit: int = MAX_PAGE_SIZE) -> list[Change]:
        """Return changes that are neither confirmed nor abandoned, in planning order."""
        rows = self._database.rows(
            f"{CHANGES} WHERE state = 'planned' AND change_id > ? ORDER BY change_id LIMIT ?",
            (after_id, limit),
        )
        return [Change.of_row(row, self.host) for row in rows]

    def open_changes_of_path(self, path: str | os.PathLike[str]) -> list[Change]:
        """Return the planned changes from or to `path`, in planning order."""
        name = os.fspath(path)
        return self.open_changes_of_paths([name])[name]

    def open_changes_of_paths(self, paths: Sequence[str]) -> dict[str, list[Change]]:
        """Return the planned changes from or to each of the paths, in planning order."""
        rows = self._database.rows(
            f"{CHANGES} WHERE state = 'planned' "
            "AND (path_before IN (SELECT value FROM json_each(?1)) "
            "OR path_after IN (SELECT value FROM json_each(?1))) ORDER BY change_id",
            (json.dumps(paths),),
        )
        found: dict[str, list[Change]] = {path: [] for path in paths}
        for row in rows:
            change = Change.of_row(row, self.host)
            for path in {change.path_before, change.path_now} & found.keys():
                found[path].append(change)
        return found

    def ahead(self, paths: Sequence[str]) -> Journal:
        """Return the journal for items of these files that are planned together, right now.

        It has read their open changes in one query.
        """
        return _JournalAhead(self._database, self.open_changes_of_paths(paths), now=self._now)

    def open_changes_of_job(self, job_id: str) -> list[Change]:
        """Return the planned changes of a job's items, in planning order."""
        rows = self._database.rows(
            f"{CHANGES} INDEXED BY idx_changes_open "
            "WHERE state = 'planned' AND job_id = ? ORDER BY change_id",
            (job_id,),
        )
        return [Change.of_row(row, self.host) for row in rows]

    def has_moved_away(self, path: str | os.PathLike[str], job_id: str) -> bool:
        """Whether a job has moved a file away from `path`, or is about to."""
        sql = (
            "SELECT 1 FROM changes WHERE path_before = ? AND job_id = ? "
            "AND path_after IS NOT NULL AND state IN ('planned', 'applied') LIMIT 1"
        )
        return self._database.row(sql, (os.fspath(path), job_id)) is not None

    def changes_of_item(self, job_id: str, seq: int) -> list[Change]:
        """Return all changes of one item of a job, in planning order."""
        rows = self._database.rows(
            f"{CHANGES} WHERE job_id = ? AND seq = ? ORDER BY change_id", (job_id, seq)
        )
        return [Change.of_row(row, self.host) for row in rows]

    def changes_of_job(
        self,
        job_id: str,
        *,
        before_id: int | None = None,
        limit: int = 100,
        state: ChangeState | None = None,
    ) -> list[Change]:
        """Return a page of a job's changes, newest first (the order of undo).

        `before_id` continues after a page: the id of its last change.
        """
        rows = self._database.rows(
            f"{CHANGES} WHERE job_id = ?1 AND (?2 IS NULL OR change_id < ?2) "
            "AND (?3 IS NULL OR state = ?3) ORDER BY change_id DESC LIMIT ?4",
            (job_id, before_id, state, min(limit, MAX_PAGE_SIZE)),
        )
        return [Change.of_row(row, self.host) for row in rows]

    def paths_of(self, change_ids: Iterable[int]) -> dict[int, str]:
        """Return the paths of the files before these changes, by change id."""
        rows = self._database.rows(
            "SELECT change_id, path_before FROM changes"
            " WHERE change_id IN (SELECT CAST(value AS BIGINT) FROM json_each(?))",
            (json.dumps(list(change_ids)),),
        )
        return {row["change_id"]: row["path_before"] for row in rows}

    def count_of_job(self, job_id: str) -> dict[ChangeState, int]:
        """Return how many changes of a job are in each state."""
        rows = self._database.rows(
            "SELECT state, count(*) AS n FROM changes WHERE job_id = ? GROUP BY state", (job_id,)
        )
        return {ChangeState(row["state"]): row["n"] for row in rows}

    def newer_change(self, change: Change) -> Change | None:
        """Return an applied change that was made to the same file after `change`, if any.

        Then `change` can't be undone, because undo goes newest first. A change at that path by
        another item of the same job was made to another file: names were swapped.
        """
        row = self._database.row(
            f"{CHANGES} WHERE path_before = ?1 AND change_id > ?2 "
            "AND state = 'applied' AND (job_id IS NULL OR ?3 IS NULL OR job_id <> ?3 "
            "OR seq IS NULL OR ?4 IS NULL OR seq = ?4) "
            "ORDER BY change_id LIMIT 1",
            (change.path_now, change.change_id, change.job_id, change.seq),
        )
        return None if row is None else Change.of_row(row, self.host)

    def arrival(self, path: str | os.PathLike[str]) -> Change | None:
        """Return the newest applied change that gave a file this path, if any."""
        row = self._database.row(
            f"{CHANGES} WHERE path_after = ? AND state = 'applied' ORDER BY change_id DESC LIMIT 1",
            (os.fspath(path),),
        )
        return None if row is None else Change.of_row(row, self.host)

    def history(self, path: str | os.PathLike[str], *, limit: int = 200) -> list[Change]:
        """Return the changes of the file that is, or last was, at `path`, newest first.

        Follows its renames back; undone and abandoned ones are listed but not followed.
        """
        history: list[Change] = []
        swapped: list[Change] = []
        name, below_id = os.fspath(path), None
        while len(history) < limit:
            row = self._database.row(_LAST_TOUCHING, {"path": name, "below_id": below_id})
            if row is None:
                break
            change = Change.of_row(row, self.host)
            below_id = change.change_id
            if change.state in (ChangeState.UNDONE, ChangeState.ABANDONED):
                if change.path_before == name:
                    history.append(change)
                continue
            if not history and change.path_now != name and self._was_swapped(change):
                swapped.append(change)
            if _is_of_other_item(change, history) or _is_of_item(change, swapped):
                continue
            if change.path_now != name and history:
                # An earlier file left this name: that is the history of another file.
                break
            history.append(change)
            name = change.path_before
        return history

    def _was_swapped(self, change: Change) -> bool:
        """Whether another item of the same job put its file where `change` took one away."""
        arrival = self.arrival(change.path_before)
        return arrival is not None and _is_of_other_item(arrival, [change])


def _is_of_other_item(change: Change, changes: Sequence[Change]) -> bool:
    """Whether another item of the job that changed the file made the change."""
    return None not in (change.job_id, change.seq) and any(
        known.job_id == change.job_id and known.seq not in (None, change.seq) for known in changes
    )


def _is_of_item(change: Change, changes: Sequence[Change]) -> bool:
    return any((known.job_id, known.seq) == (change.job_id, change.seq) for known in changes)


_CONFIRM = """
    UPDATE changes SET state = 'applied', receipt = ?, applied_at = ?, host = ?
    WHERE change_id = ? AND state = 'planned'"""
_MARK_UNDONE = """
    UPDATE changes SET state = 'undone', undone_at = ?, undone_by = ?, reason = NULL
    WHERE change_id = ? AND state = 'applied'"""
_LAST_TOUCHING = f"""
    {CHANGES} WHERE (path_before = :path OR path_after = :path)
    AND (:below_id IS NULL OR change_id < :below_id) ORDER BY change_id DESC LIMIT 1"""


class JournalWriter:
    """The journal's writes in one transaction, together with writes to other tables."""

    def __init__(self, transaction: Transaction, now_at: float, host: str | None) -> None:
        self._transaction = transaction
        self._now_at = now_at
        self._host = host

    def plan(self, change: PlannedChange) -> Change:
        """Store one change, before anything is done, and return its row."""
        rows = self._transaction.rows(
            "INSERT INTO changes (job_id, seq, kind, path_before, path_after, state, intent, "
            "summary, planned_at, host) VALUES (?, ?, ?, ?, ?, 'planned', ?, ?, ?, ?)"
            " RETURNING change_id",
            (
                change.job_id, change.seq, change.kind, change.path_before, change.path_after,
                _json(change.intent), _json(change.summary), self._now_at, self._host,
            ),
        )  # fmt: skip
        planned = {name: getattr(change, name) for name in _PLANNED}
        return Change(
            **planned,
            change_id=rows[0]["change_id"],
            state=ChangeState.PLANNED,
            planned_at=self._now_at,
            host=self._host,
        )

    def confirm(self, change_id: int, receipt: Mapping[str, Any]) -> bool:
        """Note that a planned change was made; False if it is not `planned` (any more)."""
        values = (_json(receipt), self._now_at, self._host, change_id)
        return self._transaction.execute(_CONFIRM, values) == 1

    def confirm_all(self, changes: Sequence[Change]) -> int:
        """Note that changes were made, with their receipts; return how many were `planned`."""
        return self._transaction.execute_many(
            _CONFIRM,
            [
                (_json(change.receipt), self._now_at, self._host, change.change_id)
                for change in changes
            ],
        )

    def confirm_abandoned(self, change: Change) -> None:
        """Note that a change was made after it had been abandoned, in a row of its own.

        Both its process and whoever finds it dead may note a move; it gets one row.
        """
        noted = self._transaction.row(
            "SELECT 1 FROM changes WHERE job_id = ? AND seq = ? AND change_id > ?"
            " AND path_before = ? AND path_after = ? AND state IN ('applied', 'undone')",
            (change.job_id, change.seq, change.change_id, change.path_before, change.path_after),
        )
        if noted is None:
            self.confirm(self.plan(change).change_id, change.receipt)

    def mark_undone(self, changes: Sequence[tuple[int, str | None]]) -> None:
        """Note that applied changes (their ids) were undone, each by a job or person.

        Those that are not `applied` (any more) stay as they are.
        """
        self._transaction.execute_many(
            _MARK_UNDONE, [(self._now_at, by, change_id) for change_id, by in changes]
        )

    def state(self, change_id: int) -> ChangeState | None:
        """Return the state of a change, None if the journal does not have the id (any more)."""
        row = self._transaction.row("SELECT state FROM changes WHERE change_id = ?", (change_id,))
        return None if row is None else ChangeState(row["state"])


def _json(value: Mapping[str, Any]) -> str:
    return _ENCODER.encode(dict(value))


def _require_one(changed: int | bool, change_id: int, verb: str) -> None:
    if changed != 1:
        raise UndoRefused(
            f"Change {change_id} can't be {verb}: it is not, or no longer, in a state for that."
        )


class _JournalAhead(Journal):
    """The journal for files that are planned together, by one thread; see `Journal.ahead`."""

    def __init__(
        self, database: Database, found: dict[str, list[Change]], *, now: Callable[[], float]
    ) -> None:
        super().__init__(database, now=now)
        self._found = found

    def open_changes_of_path(self, path: str | os.PathLike[str]) -> list[Change]:
        """See Journal. What was read ahead is returned once: it may change."""
        name = os.fspath(path)
        return self._found.pop(name) if name in self._found else super().open_changes_of_path(name)
