"""Runs one item: finishes an earlier attempt, carries out the plan, updates the catalogue.

    journal the intents (one transaction) → touch the file → confirm (one transaction) → catalogue

A crash anywhere leaves open rows. `open_changes` finishes them: changes that were made are
confirmed, the others abandoned. It is called by the next attempt of the item, which then plans
again, by another item that meets the file, by an undo, or by `recovery`; and at once after an error
within a batch, unless the claim was lost.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from comicmaintainer.errors import (
    ArchiveError,
    ComicMaintainerError,
    FileChanged,
    LeaseLost,
    TargetExists,
)
from comicmaintainer.filesystem.folders import touch_folder
from comicmaintainer.filesystem.identity import FileIdentity
from comicmaintainer.filesystem.shared_steps import Alone, GuardCheck, Steps
from comicmaintainer.jobs.model import ClaimedItem, ItemGuard, Outcome
from comicmaintainer.library.catalogue.model import FileState
from comicmaintainer.library.job_changes import of_comic
from comicmaintainer.library.journal import Change, ChangeState
from comicmaintainer.operations.changes.conversion_proof import conversion_paths
from comicmaintainer.operations.changes.file_change import (
    ChangeType,
    FileChange,
    rename_change,
    written_by,
)
from comicmaintainer.operations.changes.plan import Plan
from comicmaintainer.operations.changes.plan_batches import batches_of, changes_of, fit_in_group
from comicmaintainer.operations.changes.steps import EditStep
from comicmaintainer.operations.context import OperationContext
from comicmaintainer.operations.items import catalogue_update, server_order
from comicmaintainer.operations.items.open_changes import finish_open_changes
from comicmaintainer.operations.names import name_holders, set_aside
from comicmaintainer.operations.names.following_files import with_sidecar

ATTEMPTS = 4
"""How often an item is planned again because another file took its name before the rename."""

MARKING = frozenset({ChangeType.CONFLICT, ChangeType.DUPLICATE})
"""Types of change that may only mark the file, which leaves no trace on disk."""

Planner = Callable[[OperationContext, Path, Mapping[str, Any]], Plan]
"""Reads the file and returns what would be changed, by the item's parameters. Touches nothing."""

ParamsRunner = Callable[[ClaimedItem, ItemGuard, Mapping[str, Any]], Outcome]
"""Runs one claimed item with checked parameters."""

ParamsSteps = Callable[[ClaimedItem, ItemGuard, Mapping[str, Any]], Steps[Outcome]]
"""The same as steps that can be shared with other items."""


class ItemRun:
    """The work on one claimed item that names a file."""

    def __init__(self, context: OperationContext, claim: ClaimedItem, guard: ItemGuard) -> None:
        self._context = context
        self._claim = claim
        self._guard = guard
        self._done: list[Change] = []
        self._has_rows = claim.attempt > 1

    @property
    def must_run_alone(self) -> bool:
        """Whether other items can't run beside this one.

        It applies a preview, opens a circle of names, or a change of an earlier attempt is open.
        """
        claim = self._claim
        if claim.breaks_cycle or "plan" in claim.item_params:
            return True
        if claim.attempt == 1:
            return False
        earlier = self._context.journal.changes_of_item(claim.job_id, claim.seq)
        return any(change.state is ChangeState.PLANNED for change in earlier)

    async def attempt(
        self, plan: Planner, params: Mapping[str, Any], *, marks_failed: bool
    ) -> Outcome:
        """Plan the file and carry the plan out, unless another item must come first.

        Raises:
            TargetExists: another file has got the planned name meanwhile.
            ComicMaintainerError: see `carry_out`.
        """
        claim, context = self._claim, self._context
        waits_for = self.holder_in_the_way() if claim.attempt > 1 else None
        if waits_for is not None:
            return Outcome(False, waits_for=waits_for, makes_way=True)
        path = self.resume()
        try:
            planned = self.remainder(path) if self.is_trashed else plan(context, path, params)
            planned, waits_for = await name_holders.resolve_name(context, claim, planned)
            planned = with_sidecar(planned, self._done)
            if waits_for is not None and not claim.breaks_cycle:
                return Outcome(False, waits_for=waits_for)
            planned = self.as_previewed(planned)
            waits = await self._in_order(planned)
            if waits is not None:
                return waits
            if waits_for is None:
                return await self.carry_out(planned)
            if planned.changes[-1].type is ChangeType.RENAME:
                return await self.move_aside(planned, waits_for)
            return Outcome(False, waits_for=waits_for)
        except ArchiveError as error:
            if marks_failed:
                context.catalogue.set_state(path, FileState.FAILED, reason=error.beside(path))
            raise

    async def _in_order(self, plan: Plan) -> Outcome | None:
        """Make the changes that servers must see before the rest; return the outcome if so."""
        keeping, claim = self._context.keeping, self._claim
        changes = changes_of(plan)
        put_off = server_order.must_wait(keeping, plan.path, changes)
        if put_off is not None:
            await server_order.NotedWait.of(keeping, claim, plan.path)
            return Outcome(False, error=put_off.reason, not_before=put_off.until)
        first = server_order.first_part(keeping, plan.path, changes)
        if len(first) == len(changes):
            return None
        path = await self._make(replace(plan, mark=None, contents=None), first, "first part")
        await server_order.NotedWait.of(keeping, claim, path)
        rest = server_order.must_wait(keeping, path, changes[len(first) :])
        not_before = self._context.now() if rest is None else rest.until
        reason = "It goes on." if rest is None else rest.reason
        return Outcome(False, error=reason, not_before=not_before)

    def resume(self, path: Path | None = None) -> Path:
        """Finish the changes of earlier attempts; return where the file is now.

        `path` is where the item's file was originally, by default the item itself.

        Raises:
            FileBusy, StorageError: they can't be finished now; nothing new was started.
        """
        claim, journal = self._claim, self._context.journal
        path = path or Path(claim.item)
        earlier: Sequence[Change] = ()
        if self._has_rows:  # else the journal can't have any of this item
            earlier = journal.changes_of_item(claim.job_id, claim.seq)
        if any(change.state is ChangeState.PLANNED for change in earlier):
            finish_open_changes(self._context, earlier)
            earlier = journal.changes_of_item(claim.job_id, claim.seq)
        self._done = [change for change in earlier if change.state is ChangeState.APPLIED]
        foreign = [
            change
            for change in journal.open_changes_of_path(path)
            if not set_aside.is_left_to_its_job(self._context, change)
        ]
        if foreign:
            finish_open_changes(self._context, foreign)
        for done in self._done:
            if Path(done.path_before) == path and done.kind not in catalogue_update.COPYING:
                path = Path(done.path_now)
        return path

    @property
    def is_trashed(self) -> bool:
        """Whether an earlier attempt has already moved the file to the trash."""
        return any(done.kind in catalogue_update.LEAVING for done in self._done)

    def done_earlier(self, types: Collection[str]) -> Mapping[str, Any] | None:
        """Return the summary of the first change of these types by an earlier attempt, or None."""
        return next((done.summary for done in self._done if done.kind in types), None)

    def remainder(self, path: Path) -> Plan:
        """Return the rest of a plan whose file went to the trash, where it is at `path`.

        A CBZ converted from a file that had the name of a CBZ gets that name, if it is free.
        """
        nothing = Plan(path, FileIdentity.of(path))
        made = next((done for done in self._done if done.kind == ChangeType.CONVERT), None)
        if made is None or self._done[-1].kind not in catalogue_update.LEAVING:
            return nothing
        source, target = Path(made.path_before), Path(made.path_now)
        final = conversion_paths(source)[1]
        if target == final or os.path.lexists(final) or not os.path.lexists(target):
            return nothing
        return Plan(target, FileIdentity.of(target), (rename_change(target, final),))

    @property
    def _last_identity(self) -> FileIdentity | None:
        """The file's identity after earlier attempts, None if none touched it."""
        return catalogue_update.last_identity(
            [done for done in of_comic(self._done) if done.kind not in catalogue_update.COPYING]
        )

    def as_previewed(self, plan: Plan) -> Plan:
        """Check the plan against the preview that the item applies; return what is left to do.

        Raises:
            FileChanged: the file, or the changes it would get, differ from the preview.
        """
        previewed = self._claim.item_params.get("plan")
        if previewed is None:
            return plan
        if self._last_identity is not None:
            if not self.is_trashed and plan.identity != self._last_identity:
                raise FileChanged("it was changed since this job started on it", path=plan.path)
        elif not self._is_of(previewed, plan.identity):
            raise FileChanged("it was changed since the preview; preview it again", path=plan.path)
        shown = list(previewed.get("changes", ()))
        done = [dict(one.summary) for one in self._done]
        if done and done == shown:
            return replace(plan, changes=(), beside=())
        planned = [*done, *(change.summary for change in plan.all_changes)]
        if _of_comics(planned) != _of_comics(shown):
            raise FileChanged(
                "applying it now would not do what the preview showed, because "
                "other files or settings have changed since; preview it again",
                path=plan.path,
            )
        return plan

    def _is_of(self, previewed: Mapping[str, Any], identity: FileIdentity) -> bool:
        """Tell whether a stored preview was made of the file with this identity."""
        stored = previewed.get("identity")
        is_foreign = previewed.get("host") not in (None, self._context.host)
        return (
            stored is not None and FileIdentity.from_json(stored, is_foreign=is_foreign) == identity
        )

    def holder_in_the_way(self) -> int | None:
        """Return the seq of the item that blocks the new name of this item's file, set aside.

        None if no item blocks it: then `resume` renames the file.
        """
        change = set_aside.blocked_change(self._context, self._claim)
        if change is None:
            return None
        holder = name_holders.holder_of(self._context, self._claim, Path(change.path_now))
        return None if holder is None or holder.has_ended else holder.seq

    async def move_aside(self, plan: Plan, waits_for: int) -> Outcome:
        """Carry out the plan except the rename, and set the file aside to free its old name.

        Raises:
            ComicMaintainerError: changes made until then are confirmed, the rest abandoned.
        """
        *before, last = changes_of(plan)
        for batch in batches_of(before):
            await self._do(batch)
        await set_aside.move_aside(
            self._context,
            last.noted(self._claim.job_id, self._claim.seq),
            expected=None if before else plan.identity,
            guard=self._guard.check,
        )
        return Outcome(False, waits_for=waits_for, makes_way=True)

    async def carry_out(self, plan: Plan) -> Outcome:
        """Carry out the plan, journaled; return the item's outcome.

        Raises:
            ComicMaintainerError: changes made until then are confirmed, the rest abandoned.
        """
        changes = changes_of(self._without_marks_set(plan))
        path = await self._make(plan, [*changes, *plan.beside], "catalogued")
        return Outcome(True, self._details(plan, path))

    async def _make(self, plan: Plan, changes: Sequence[FileChange], point: str) -> Path:
        """Make changes of the plan and catalogue the file; return where it is now.

        `point` is what tests call the end.
        """
        batches = batches_of(changes)
        if not fit_in_group(batches):
            await Alone()
        for batch in batches:
            await self._do(batch)
        of_its_own = of_comic(self._done)
        path = catalogue_update.path_after(of_its_own, plan.path)
        catalogue_update.after_item(self._context, plan, of_its_own, path)
        self._context.journal_batch.finish()
        self._context.reached(point)
        return path

    def _without_marks_set(self, plan: Plan) -> Plan:
        """Leave out marks of an earlier attempt, which the catalogue may not show yet."""
        if not self._done:
            return plan
        done = [one.summary for one in self._done]
        left = [
            change
            for change in plan.changes
            if change.type not in MARKING or change.summary not in done
        ]
        return replace(plan, changes=tuple(left))

    async def _do(self, changes: Sequence[FileChange]) -> None:
        context, claim = self._context, self._claim
        await GuardCheck(self._guard.check)
        rows = await context.journal_batch.plan(
            [each.planned(claim.job_id, claim.seq) for each in changes]
        )
        self._has_rows = True
        context.reached("planned")
        done: list[Change] = []
        try:
            for row, change in zip(rows, changes, strict=True):
                tools = context.step_tools(row)
                receipt = await change.apply(guard=self._guard.check, tools=tools)
                done.append(row.applied(receipt))
                self._done.append(done[-1])
                context.reached(f"applied {change.type}")
        except ComicMaintainerError as error:
            context.journal_batch.confirm(done)
            context.journal_batch.flush()
            if not isinstance(error, LeaseLost):  # else the item's new worker finishes the rest
                journal = context.journal
                finish_open_changes(
                    context, [journal.get(row.change_id) for row in rows[len(done) :]]
                )
            raise
        context.journal_batch.confirm(done)
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


def _of_comics(summaries: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Leave out what goes along with a comic if there is room for it."""
    return [dict(each) for each in summaries if each["type"] != ChangeType.SIDECAR_RENAME]


async def run_item(
    context: OperationContext,
    claim: ClaimedItem,
    guard: ItemGuard,
    *,
    plan: Planner,
    params: Mapping[str, Any],
    marks_failed: bool = False,
) -> Outcome:
    """Plan one item and, unless it is a preview, carry out the plan.

    With `marks_failed`, a comic that can't be read is marked as failed in the catalogue. If another
    item of the job holds the item's new name, the item waits for that one. In a cycle of waiting
    items, the file of the one with `breaks_cycle` is set aside.
    """
    if claim.preview:
        planned = with_sidecar(plan(context, Path(claim.item), params))
        context.protected.require(written_by(changes_of(planned)))
        host = {} if context.host is None else {"host": context.host}
        return Outcome(True, {**planned.details(), **host})
    run = ItemRun(context, claim, guard)
    if run.must_run_alone:
        await Alone()
    for _ in range(ATTEMPTS):
        try:
            return await run.attempt(plan, params, marks_failed=marks_failed)
        except TargetExists:
            if "plan" in claim.item_params:
                raise
            # Another item took the name meanwhile. Planned again, this one is its duplicate or in
            # conflict with it.
    return await run.attempt(plan, params, marks_failed=marks_failed)
