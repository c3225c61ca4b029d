"""Undoes changes, newest first, from the journal.

An item is the id of a change. Later changes of the same file by the same item are undone before it
(a file beside a comic is another file, so that its undo, or a refusal of it, stands by itself),
so that the items of an undo may run in any order: it waits for those that are items of the undo,
and undoes the others itself. If another item will move the file that holds the old name, the item
waits for that one; of files that hold each other's old names, one is set aside. If another job or
someone else has changed the file since, the undo is refused with the reason.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from comicmaintainer.errors import FileMissing, InvalidInput, UndoRefused
from comicmaintainer.filesystem.folders import touch_folder
from comicmaintainer.filesystem.shared_steps import Alone
from comicmaintainer.jobs.model import ClaimedItem, ItemGuard, ItemState, Outcome
from comicmaintainer.jobs.peers import Peer
from comicmaintainer.library.journal import Change, ChangeState, PlannedChange
from comicmaintainer.operations.changes.file_change import ChangeType
from comicmaintainer.operations.changes.steps import device_of, undo_change, written_paths
from comicmaintainer.operations.context import OperationContext
from comicmaintainer.operations.items import catalogue_update, server_order
from comicmaintainer.operations.items.missing_disk import require_disk
from comicmaintainer.operations.items.open_changes import finish_open_changes
from comicmaintainer.operations.names import set_aside


class Undo:
    """The steps of `undo` items."""

    def __init__(self, context: OperationContext) -> None:
        self._context = context

    async def __call__(
        self, claim: ClaimedItem, guard: ItemGuard, _params: Mapping[str, Any]
    ) -> Outcome:
        """Undo one change.

        Raises:
            InvalidInput: the item is not the id of a change.
            FileMissing: there is no such change, or no longer.
            DiskMissing: the disk with the file is missing.
            UndoRefused: it can't be undone; the reason is stored with the change.
            FileBusy, StorageError: it can't be done now.
        """
        if not claim.item.isdecimal():
            raise InvalidInput(f"{claim.item!r} is not the id of a change.")
        if claim.breaks_cycle:
            await Alone()
        if claim.attempt > 1 and self._asides(claim):
            await Alone()
            waits_for = self._resume(claim)
            if waits_for is not None:
                return Outcome(False, waits_for=waits_for, makes_way=True)
        change_id = int(claim.item)
        try:
            return await self._take_back(change_id, claim, guard)
        except UndoRefused as refusal:
            self._context.journal_batch.flush()
            if self._context.journal.get(change_id).state is ChangeState.UNDONE:
                return await self._take_back(change_id, claim, guard)  # another job was faster
            self._context.journal.refuse_undo(change_id, str(refusal))
            raise

    async def _take_back(self, change_id: int, claim: ClaimedItem, guard: ItemGuard) -> Outcome:
        journal = self._context.journal
        change = journal.get(change_id)
        if change.state is ChangeState.PLANNED:
            finish_open_changes(self._context, [change])
            change = journal.get(change_id)
        if change.state is ChangeState.UNDONE and change.undone_by == claim.job_id:
            reversal = (_reversed(change.summary),)  # by an earlier attempt, or with another item
            return Outcome(True, _details(change, reversal, {}, Path(change.path_before)))
        if change.state is not ChangeState.APPLIED:
            why = {"undo": f"the change is already {change.state}"}
            return Outcome(True, _details(change, (), why, Path(change.path_before)))
        waits = await self._take_back_later(change, claim, guard)
        if waits is not None:
            return waits
        newer = journal.newer_change(change)
        if newer is not None:
            first = self._item_of(newer, claim)
            is_in_cycle = claim.breaks_cycle and first and first.state is ItemState.WAITING
            if first is not None and not is_in_cycle:
                return Outcome(False, waits_for=first.seq)
            raise UndoRefused(
                f"change {newer.change_id} ({newer.kind}) was made to it since; undo that first",
                path=change.path_now,
            )
        at = Path(change.path_now)
        self._require_there(change, at)
        put_off = server_order.undo_must_wait(self._context.keeping, change)
        if put_off is not None:
            await server_order.NotedWait.of(self._context.keeping, claim, at)
            return Outcome(False, error=put_off.reason, not_before=put_off.until)
        waits_for = self._holder(change, claim)
        if waits_for is not None:
            if claim.breaks_cycle:
                self._context.keeping.hold(change.change_id, change.path_now)
                await self._move_aside(change, claim, guard)
            return Outcome(False, waits_for=waits_for, makes_way=claim.breaks_cycle)
        self._context.protected.require(sorted(written_paths(change), key=str))
        if not change.is_beside:
            self._context.keeping.hold(change.change_id, change.path_now)
        self._context.reached("held")
        path = await undo_change(change, guard=guard.check, trash=self._context.trash.place_for)
        self._context.reached("taken back")
        if path.parent.is_dir():
            touch_folder(path.parent)
        self._context.journal_batch.mark_undone(change_id, by=claim.job_id)
        catalogue_update.after_undo(self._context, change, path)
        self._context.journal_batch.finish()
        return Outcome(True, _details(change, (_reversed(change.summary),), {}, path))

    def _require_there(self, change: Change, at: Path) -> None:
        """Check that the file exists, or is already back.

        Raises:
            DiskMissing, UndoRefused.
        """
        if os.path.lexists(at):
            return
        missing = FileMissing("it does not exist", path=at)
        require_disk(self._context, at, missing, seen_on=device_of(change))
        if change.kind == ChangeType.TRASH and not os.path.lexists(change.path_before):
            raise UndoRefused("it was deleted for good from the trash", path=change.path_before)

    async def _take_back_later(
        self, change: Change, claim: ClaimedItem, guard: ItemGuard
    ) -> Outcome | None:
        """Undo the item's later changes to its file; return the outcome if that must wait."""
        if change.job_id is None or change.seq is None:
            return None
        later = [
            each
            for each in self._context.journal.changes_of_item(change.job_id, change.seq)
            if each.change_id > change.change_id
            and each.state is ChangeState.APPLIED
            and each.is_beside == change.is_beside
        ]
        for each in reversed(later):
            first = self._item_of(each, claim)
            if first is not None:
                return Outcome(False, waits_for=first.seq)
        for each in reversed(later):
            await Alone()
            outcome = await self._take_back(each.change_id, claim, guard)
            if not outcome.is_result:
                return outcome
            self._context.journal_batch.flush()
        return None

    def _item_of(self, change: Change, claim: ClaimedItem) -> Peer | None:
        """Return the other item of the job that undoes `change`, None if it has its result."""
        for peer in self._context.peers.named(claim.job_id, str(change.change_id)):
            if peer.seq != claim.seq and not peer.has_ended:
                return peer
        return None

    # --- names that are held by files of other items --------------------------------------------

    def _holder(self, change: Change, claim: ClaimedItem) -> int | None:
        """Return the seq of the item that will move away the file with the old name, or None."""
        old, now = Path(change.path_before), Path(change.path_now)
        if old == now or not (os.path.lexists(old) and os.path.lexists(now)):
            return None
        arrival = self._context.journal.arrival(old)
        if arrival is None or arrival.change_id == change.change_id or old.samefile(now):
            return None
        holder = self._item_of(arrival, claim)
        return None if holder is None else holder.seq

    async def _move_aside(self, change: Change, claim: ClaimedItem, guard: ItemGuard) -> None:
        way_back = PlannedChange(
            kind="undo",
            path_before=change.path_now,
            path_after=change.path_before,
            intent={set_aside.NOTE: True},
            summary={"type": "undo", "from": change.path_now, "to": change.path_before},
            job_id=claim.job_id,
            seq=claim.seq,
        )
        await set_aside.move_aside(self._context, way_back, expected=None, guard=guard.check)

    def _resume(self, claim: ClaimedItem) -> int | None:
        """Finish an earlier attempt; return the seq of the item it must wait for, if any."""
        standing = set_aside.blocked_change(self._context, claim)
        if standing is not None:
            arrival = self._context.journal.arrival(standing.path_now)
            holder = None if arrival is None else self._item_of(arrival, claim)
            if holder is not None:
                return holder.seq
        if any(row.state is ChangeState.PLANNED for row in self._asides(claim)):
            finish_open_changes(self._context, self._asides(claim))
        return None

    def _asides(self, claim: ClaimedItem) -> list[Change]:
        return self._context.journal.changes_of_item(claim.job_id, claim.seq)


def _reversed(summary: Mapping[str, Any]) -> dict[str, Any]:
    """Return the summary of the undo: the difference from now to before the change."""
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
