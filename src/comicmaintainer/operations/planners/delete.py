"""Moves files from the library to the trash, and back."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from comicmaintainer.errors import UndoRefused
from comicmaintainer.filesystem.identity import FileIdentity
from comicmaintainer.jobs.model import ClaimedItem, ItemGuard, Outcome
from comicmaintainer.library.journal import Change, ChangeState
from comicmaintainer.library.rehearsal_copies import top_of_copy
from comicmaintainer.operations.changes.file_change import (
    ChangeType,
    restore_change,
    trash_change,
)
from comicmaintainer.operations.changes.plan import Plan
from comicmaintainer.operations.context import OperationContext
from comicmaintainer.operations.items.item_run import ItemRun, ParamsSteps, run_item


def plan_delete(context: OperationContext, path: Path, params: Mapping[str, Any]) -> Plan:
    """Plan the move of one file to the trash; touches nothing.

    Raises:
        FileMissing, StorageError.
    """
    identity = FileIdentity.of(path)
    reason = params.get("reason") or "It was deleted by request."
    change = trash_change(path, context.trash.place_for(path), reason)
    return Plan(path, identity, (change,), known=context.catalogue.by_path(path))


def delete_steps(context: OperationContext) -> ParamsSteps:
    """Return the steps of `delete` items."""

    async def run(claim: ClaimedItem, guard: ItemGuard, params: Mapping[str, Any]) -> Outcome:
        outcome = await run_item(context, claim, guard, plan=plan_delete, params=params)
        if not claim.preview:
            _remove_empty_folders(Path(claim.item))
        return outcome

    return run


def _remove_empty_folders(path: Path) -> None:
    """Remove the folders of a rehearsal that are empty now that its copy at `path` is gone."""
    top = top_of_copy(path)
    if top is None:
        return
    folder = path.parent
    while folder.is_relative_to(top):
        try:
            folder.rmdir()
        except OSError:
            return  # another copy is there, or the disk refuses; an empty folder is harmless
        folder = folder.parent


class Restore:
    """The steps of `restore` items, which are ids of the trash."""

    def __init__(self, context: OperationContext) -> None:
        self._context = context

    async def __call__(
        self, claim: ClaimedItem, guard: ItemGuard, _params: Mapping[str, Any]
    ) -> Outcome:
        """Move one file back to where it was.

        Raises:
            FileMissing: it is not, or no longer, in the trash.
            TargetExists: another file is now in its place.
            StorageError, ItemInterrupted.
        """
        journal = self._context.journal
        run = ItemRun(self._context, claim, guard)
        begun = journal.changes_of_item(claim.job_id, claim.seq)
        if begun:
            kept, original = Path(begun[0].path_before), Path(begun[0].path_now)
        else:
            entry = self._context.trash.get(claim.item)
            kept, original = Path(entry.kept_path), Path(entry.original_path)
        deletion = self._deletion(kept)
        path = run.resume(kept)
        changes = (restore_change(kept, original),) if path == kept else ()
        outcome = await run.carry_out(Plan(path, FileIdentity.of(path), changes))
        if deletion is not None:
            self._mark_undone(deletion, claim.job_id)
        return outcome

    def _deletion(self, kept: Path) -> Change | None:
        """Return the change that moved the file to the trash, if the journal still has it."""
        for change in self._context.journal.history(kept):
            if change.path_after == str(kept) and change.kind == ChangeType.TRASH:
                return change if change.state is ChangeState.APPLIED else None
        return None

    def _mark_undone(self, deletion: Change, job_id: str) -> None:
        """Mark the deletion as undone, so that its undo has nothing left to do."""
        journal = self._context.journal
        try:
            journal.mark_undone(deletion.change_id, by=job_id)
        except UndoRefused:
            if journal.get(deletion.change_id).state is not ChangeState.UNDONE:
                raise
