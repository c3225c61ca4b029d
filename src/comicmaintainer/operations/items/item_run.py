"""Runs one item: finishes an earlier attempt, carries out the plan, updates the catalogue.

    journal the intents (one transaction) → touch the file → confirm (one transaction) → catalogue

A crash anywhere leaves open rows. The next attempt of the item, or the recovery at a worker's
start, finishes them: what was done counts as done, what was not is planned anew.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from comicmaintainer.errors import (
    ArchiveError,
    ComicMaintainerError,
    FileChanged,
    FileMissing,
    LeaseLost,
    TargetExists,
    UndoRefused,
)
from comicmaintainer.filesystem.folders import touch_folder
from comicmaintainer.filesystem.identity import FileIdentity
from comicmaintainer.jobs.model import ClaimedItem, ItemGuard, Outcome
from comicmaintainer.library.catalogue.model import FileState
from comicmaintainer.library.journal import Change, ChangeState
from comicmaintainer.operations.changes.file_change import ChangeType, FileChange, rename_change
from comicmaintainer.operations.changes.plan import Plan
from comicmaintainer.operations.changes.plan_batches import batches_of, changes_of
from comicmaintainer.operations.changes.proof import places_of
from comicmaintainer.operations.changes.steps import EditStep, device_of, finish_interrupted_change
from comicmaintainer.operations.context import OperationContext
from comicmaintainer.operations.items import catalogue_update
from comicmaintainer.operations.items.missing_disk import require_disk
from comicmaintainer.operations.names import holders, parked

ATTEMPTS = 4
"""How often another file may take the name between look and rename: items race for places."""

MARKING = frozenset({ChangeType.CONFLICT, ChangeType.DUPLICATE})
"""Types of change that may only mark the file: without a step on disk that tells of them."""

Planner = Callable[[OperationContext, Path, Mapping[str, Any]], Plan]
"""Looks at the file and says what would be changed, from the item's parameters. Touches nothing."""

ParamsRunner = Callable[[ClaimedItem, ItemGuard, Mapping[str, Any]], Outcome]
"""Runs one claimed item with these parameters, which are checked."""


class ItemRun:
    """The work on one claimed item that names a file."""

    def __init__(self, context: OperationContext, claim: ClaimedItem, guard: ItemGuard) -> None:
        self._context = context
        self._claim = claim
        self._guard = guard
        self._done: list[Change] = []

    def resume(self, path: Path | None = None) -> Path:
        """Finish what earlier attempts began; returns where the file is now.

        `path` is where the item's file was at first; by default the item names it.

        Raises:
            FileBusy, StorageError: it can't be finished now; nothing was begun.
        """
        claim, journal = self._claim, self._context.journal
        path = path or Path(claim.item)
        earlier = journal.changes_of_item(claim.job_id, claim.seq)
        if any(change.state is ChangeState.PLANNED for change in earlier):
            finish_interrupted_changes(self._context, earlier)
            earlier = journal.changes_of_item(claim.job_id, claim.seq)
        self._done = [change for change in earlier if change.state is ChangeState.APPLIED]
        foreign = [
            change
            for change in journal.open_changes_of_path(path)
            if not parked.is_under_way(self._context, change)
        ]
        if foreign:
            finish_interrupted_changes(self._context, foreign)
        for done in self._done:
            if Path(done.path_before) == path and done.kind not in catalogue_update.COPYING:
                path = Path(done.path_now)
        return path

    @property
    def has_left(self) -> bool:
        """True where an earlier attempt has put the file into the trash: nothing is left to do."""
        return any(done.kind in catalogue_update.LEAVING for done in self._done)

    def done_earlier(self, types: Collection[str]) -> Mapping[str, Any] | None:
        """The first change of one of these types that an earlier attempt has made, as shown."""
        return next((done.summary for done in self._done if done.kind in types), None)

    def remainder(self, path: Path) -> Plan:
        """What is left of a plan whose file has gone to the trash; `path` is where it is there.

        A CBZ that was made of a file with the name of a CBZ gets that name, if it is free.
        """
        nothing = Plan(path, FileIdentity.of(path))
        made = next((done for done in self._done if done.kind == ChangeType.CONVERT), None)
        if made is None or self._done[-1].kind not in catalogue_update.LEAVING:
            return nothing
        source, target = Path(made.path_before), Path(made.path_now)
        final = places_of(source)[1]
        if target == final or os.path.lexists(final) or not os.path.lexists(target):
            return nothing
        return Plan(target, FileIdentity.of(target), (rename_change(target, final),))

    @property
    def _left(self) -> FileIdentity | None:
        """The item's file as an earlier attempt left it, None where none touched it."""
        return catalogue_update.left_by(
            [done for done in self._done if done.kind not in catalogue_update.COPYING]
        )

    def as_previewed(self, plan: Plan) -> Plan:
        """Where the item applies a preview: what of it is left to do, which must be the plan.

        Raises:
            FileChanged: the file, or what would be done to it, is another by now.
        """
        previewed = self._claim.item_params.get("plan")
        if previewed is None:
            return plan
        if self._left is not None:
            if not self.has_left and plan.identity != self._left:
                raise FileChanged("it was changed since this job started on it", path=plan.path)
        elif not _is_of(previewed, plan.identity):
            raise FileChanged("it was changed since the preview; preview it again", path=plan.path)
        shown = list(previewed.get("changes", ()))
        done = [dict(one.summary) for one in self._done]
        if done and done == shown:
            return replace(plan, changes=())
        if [*done, *(change.summary for change in plan.changes)] != shown:
            raise FileChanged(
                "applying it now would not do what the preview showed, because "
                "other files or settings have changed; preview it again",
                path=plan.path,
            )
        return plan

    def awaited(self) -> int | None:
        """The seq of the item that the file of an earlier attempt, which stands aside, waits for.

        None where it has nobody to wait for: `resume` brings it home then.
        """
        change = parked.standing_aside(self._context, self._claim)
        if change is None:
            return None
        holder = holders.holder_of(self._context, self._claim, Path(change.path_now))
        return None if holder is None or holder.has_ended else holder.seq

    def step_aside(self, plan: Plan, waits_for: int) -> Outcome:
        """Do what is planned but the last, the new name, and make way for those who want the old.

        Raises:
            ComicMaintainerError: what was done until then is confirmed, the rest abandoned.
        """
        *before, last = changes_of(plan)
        for batch in batches_of(before):
            self._do(batch)
        parked.step_aside(
            self._context,
            last.noted(self._claim.job_id, self._claim.seq),
            expected=None if before else plan.identity,
            guard=self._guard.check,
        )
        return Outcome(False, waits_for=waits_for, makes_way=True)

    def carry_out(self, plan: Plan) -> Outcome:
        """Do what is planned, journaled; returns the item's outcome.

        Raises:
            ComicMaintainerError: what was done until then is confirmed, the rest abandoned.
        """
        for batch in batches_of(changes_of(self._without_marks_set(plan))):
            self._do(batch)
        path = catalogue_update.path_after(self._done, plan.path)
        catalogue_update.after_item(self._context, plan, self._done, path)
        self._context.ledger.finish()
        self._context.reached("catalogued")
        return Outcome(True, self._details(plan, path))

    def _without_marks_set(self, plan: Plan) -> Plan:
        """Leave out a mark that an earlier attempt has set: the catalogue may not show it yet."""
        done = [one.summary for one in self._done]
        left = [
            change
            for change in plan.changes
            if change.type not in MARKING or change.summary not in done
        ]
        return replace(plan, changes=tuple(left))

    def _do(self, changes: Sequence[FileChange]) -> None:
        context, claim = self._context, self._claim
        self._guard.check()
        rows = context.ledger.plan([each.planned(claim.job_id, claim.seq) for each in changes])
        context.reached("planned")
        done: list[Change] = []
        try:
            for row, change in zip(rows, changes, strict=True):
                receipt = change.apply(guard=self._guard.check, keep=context.keep_dir)
                done.append(row.applied(receipt))
                self._done.append(done[-1])
                context.reached(f"applied {change.type}")
        except ComicMaintainerError as error:
            context.ledger.confirm(done)
            context.ledger.flush()
            if not isinstance(error, LeaseLost):  # its new holder finishes what is left
                journal = context.journal
                finish_interrupted_changes(
                    context, [journal.get(row.change_id) for row in rows[len(done) :]]
                )
            raise
        context.ledger.confirm(done)
        context.reached("confirmed")
        for folder in {each.target.parent for each in changes if isinstance(each.step, EditStep)}:
            touch_folder(folder)

    def _details(self, plan: Plan, path: Path) -> dict[str, Any]:
        changes = [done.summary for done in self._done]
        return plan.details() | {
            "changes": changes,
            "path": str(path),
            "unchanged": not changes,
        }


def run_item(
    context: OperationContext,
    claim: ClaimedItem,
    guard: ItemGuard,
    *,
    plan: Planner,
    params: Mapping[str, Any],
    marks_failed: bool = False,
) -> Outcome:
    """Run one item by planning and, unless it is a preview, carrying the plan out.

    With `marks_failed`, a comic that can't be read is shown as failed in the catalogue. An item
    whose name another item of the job has at this moment waits for that one; of items that wait for
    each other, the one that is told so steps aside.
    """
    if claim.preview:
        return Outcome(True, plan(context, Path(claim.item), params).details())
    run = ItemRun(context, claim, guard)

    def attempt() -> Outcome:
        waits_for = run.awaited() if claim.attempt > 1 else None
        if waits_for is not None:
            return Outcome(False, waits_for=waits_for, makes_way=True)
        path = run.resume()
        try:
            planned = run.remainder(path) if run.has_left else plan(context, path, params)
            planned, waits_for = holders.decide(context, claim, planned)
            if waits_for is not None and not claim.breaks_cycle:
                return Outcome(False, waits_for=waits_for)
            planned = run.as_previewed(planned)
            if waits_for is None:
                return run.carry_out(planned)
            if planned.changes[-1].type is ChangeType.RENAME:
                return run.step_aside(planned, waits_for)
            return Outcome(False, waits_for=waits_for)
        except ArchiveError as error:
            if marks_failed:
                context.catalogue.set_state(path, FileState.FAILED, reason=error.beside(path))
            raise

    for _ in range(ATTEMPTS):
        try:
            return attempt()
        except TargetExists:
            if "plan" in claim.item_params:
                raise
            # Another item took the name since it was looked at: planned anew, with what is done
            # already, this one is the other's duplicate or in conflict with it.
    return attempt()


def _is_of(previewed: Mapping[str, Any], identity: FileIdentity) -> bool:
    """Tell whether a stored preview was made of the file with this identity."""
    stored = previewed.get("identity")
    return stored is not None and FileIdentity.from_json(stored) == identity


def finish_interrupted_changes(context: OperationContext, changes: Sequence[Change]) -> None:
    """Bring planned rows to their end: confirmed where carried out, abandoned where not.

    `changes` are of one item, oldest first. Rows that another process finished meanwhile are fine.

    Raises:
        FileBusy, StorageError: not now (its disk is not there, say); the rows stay.
    """
    gone_to: dict[Path, Path] = {}
    # Newest first: an edit is looked for where the move after it has put the file.
    for change in reversed(changes):
        source, target = Path(change.path_before), Path(change.path_now)
        receipt: Mapping[str, Any] | None = None
        reason = "It was not begun."
        if change.state is ChangeState.PLANNED:
            try:
                if parked.aside_of(change) is not None:
                    placed = parked.finish_interrupted(context, change)
                    target, receipt = placed.path, placed.receipt
                    gone_to[source] = target
                    reason = "It stepped aside for other files and is back."
                else:
                    receipt = finish_interrupted_change(
                        context.comics, change, _at(source, gone_to), keep=context.keep_dir
                    )
            except (FileChanged, FileMissing) as error:
                require_disk(context, source, error, seen_on=device_of(change))
                reason = str(error)
            _note(context, change, receipt, reason)
        is_done = receipt is not None or change.state is ChangeState.APPLIED
        if is_done and source != target:
            gone_to[source] = target


def _note(
    context: OperationContext, change: Change, receipt: Mapping[str, Any] | None, reason: str
) -> None:
    try:
        if receipt is None:
            context.journal.abandon(change.change_id, reason)
        else:
            context.journal.confirm(change.change_id, receipt)
    except UndoRefused:
        # The recovery of another worker came first.
        if context.journal.get(change.change_id).state is ChangeState.PLANNED:
            raise


def _at(path: Path, gone_to: Mapping[Path, Path]) -> Path:
    seen = {path}
    while path in gone_to and gone_to[path] not in seen:
        path = gone_to[path]
        seen.add(path)
    return path
