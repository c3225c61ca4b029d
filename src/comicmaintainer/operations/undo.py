"""Changes taken back, newest first, from what the journal holds of them.

An item is the id of a change. The later changes of the same file that belong to the same job's
item are taken back before it, so that the items of an undo may run in any order. What other jobs
or other hands did since makes it refuse, with the reason.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from comicmaintainer.errors import FileMissing, InvalidInput, UndoRefused
from comicmaintainer.filesystem.folders import touch_folder
from comicmaintainer.jobs.model import ClaimedItem, ItemGuard, Outcome
from comicmaintainer.library.journal import Change, ChangeState
from comicmaintainer.operations import catalogue_update
from comicmaintainer.operations.context import OperationContext
from comicmaintainer.operations.item_run import settle_changes
from comicmaintainer.operations.missing_disk import require_disk
from comicmaintainer.operations.steps import take_back

LOCKS = 64


class Undo:
    """The runner of `undo` items."""

    def __init__(self, context: OperationContext) -> None:
        self._context = context
        # Threads that undo changes of one item take turns; of several processes, the journal and
        # the file locks let one win.
        self._turns = [threading.Lock() for _ in range(LOCKS)]

    def __call__(self, claim: ClaimedItem, guard: ItemGuard) -> Outcome:
        """Take one change back.

        Raises:
            InvalidInput: the item is no change's id.
            FileMissing: there is no such change (any more).
        DiskMissing: the disk with the file is not there.
            UndoRefused: it can't be taken back; the reason is kept with the change.
            FileBusy, StorageError: not now.
        """
        if not claim.item.isdecimal():
            raise InvalidInput(f"{claim.item!r} is not the id of a change.")
        change = self._context.journal.get(int(claim.item))
        with self._turns[hash((change.job_id, change.seq)) % LOCKS]:
            try:
                return self._take_back(change.change_id, claim, guard)
            except UndoRefused as refusal:
                self._context.journal.refuse_undo(change.change_id, str(refusal))
                raise

    def _take_back(self, change_id: int, claim: ClaimedItem, guard: ItemGuard) -> Outcome:
        journal = self._context.journal
        change = journal.get(change_id)
        if change.state is ChangeState.PLANNED:
            settle_changes(self._context, [change])
            change = journal.get(change_id)
        if change.state is not ChangeState.APPLIED:
            why = {"undo": f"the change is {change.state} already"}
            return Outcome(True, _details(change, (), why, Path(change.path_before)))
        self._take_back_later(change, claim, guard)
        newer = journal.newer_change(change)
        if newer is not None:
            raise UndoRefused(
                f"{change.path_now}: change {newer.change_id} ({newer.kind}) was made to it "
                "since; undo that first"
            )
        at = Path(change.path_now)
        if not os.path.lexists(at):
            require_disk(self._context, at, FileMissing(f"{at}: it does not exist"))
        path = take_back(change, guard=guard.check)
        self._context.reached("taken back")
        try:
            journal.mark_undone(change_id, by=claim.job_id)
        except UndoRefused:
            if journal.get(change_id).state is not ChangeState.UNDONE:
                raise
        if path.parent.is_dir():
            touch_folder(path.parent)
        catalogue_update.after_undo(self._context, change, path)
        return Outcome(True, _details(change, (_reversed(change.summary),), {}, path))

    def _take_back_later(self, change: Change, claim: ClaimedItem, guard: ItemGuard) -> None:
        if change.job_id is None or change.seq is None:
            return
        for later in reversed(self._context.journal.changes_of_item(change.job_id, change.seq)):
            if later.change_id > change.change_id and later.state is ChangeState.APPLIED:
                self._take_back(later.change_id, claim, guard)


def _reversed(summary: Mapping[str, Any]) -> dict[str, Any]:
    """The change that an undo is, as a difference from now to what was before."""
    shown = dict(summary)
    if "fields" in shown:
        shown["fields"] = [
            {**each, "before": each["after"], "after": each["before"]} for each in shown["fields"]
        ]
    if "from" in shown and "to" in shown:
        shown["from"], shown["to"] = shown["to"], shown["from"]
    elif "fields" not in shown:
        return {"type": "undo", "of": shown}
    return shown


def _details(
    change: Change, changes: tuple[Mapping[str, Any], ...], why: Mapping[str, str], path: Path
) -> dict[str, Any]:
    return {
        "changes": list(changes),
        "path": str(path),
        "unchanged": not changes,
        "change_id": change.change_id,
        "exists": os.path.lexists(path),
        **({"why": dict(why)} if why else {}),
    }
