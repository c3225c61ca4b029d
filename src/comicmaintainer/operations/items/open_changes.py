"""Finishes open changes: rows of the journal that are still `planned`, usually after a crash.

Whoever meets such rows first finishes them: the next attempt of their item or another item that
meets the file (`ItemRun.resume`), an undo of the change or the next attempt of an undo
(`planners/undo`), or `recovery`: at the start of the main worker, and later if the job has stopped.
An item whose change fails finishes its own rows at once (`ItemRun`). What was done is found out by
`changes/steps`, or by `names/set_aside` for a file under a temporary name. Nothing is planned here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from comicmaintainer.comics.archives.edits.edit import Edit
from comicmaintainer.errors import FileChanged, FileMissing, UndoRefused
from comicmaintainer.library.journal import Change, ChangeState
from comicmaintainer.operations.changes.holds import Item
from comicmaintainer.operations.changes.steps import (
    device_of,
    finish_given_up_move,
    finish_interrupted_step,
)
from comicmaintainer.operations.context import OperationContext
from comicmaintainer.operations.items.missing_disk import require_disk
from comicmaintainer.operations.names import set_aside


def finish_open_changes(context: OperationContext, changes: Sequence[Change]) -> None:
    """Finish those that are open: confirm the changes that were made, abandon the others.

    `changes` are of one item, oldest first. Another process may finish rows at the same time.

    Raises:
        FileBusy, StorageError: it can't be done now (a disk is missing, say); the rows stay.
    """
    gone_to: dict[Path, Path] = {}
    edits = [Edit.from_json(each.intent["edit"]) for each in changes if "edit" in each.intent]
    # Newest first: an edit must be looked for where a later move has put the file.
    for change in reversed(changes):
        source, target = Path(change.path_before), Path(change.path_now)
        receipt: Mapping[str, Any] | None = None
        reason = "It was not begun."
        if change.state is ChangeState.PLANNED:
            try:
                if set_aside.aside_path(change) is not None:
                    placed = set_aside.give_name(context, change)
                    target, receipt = placed.path, placed.receipt
                    gone_to[source] = target
                    reason = "It was set aside for other files and is back."
                else:
                    receipt = finish_interrupted_step(
                        context.comics,
                        change,
                        _at(source, gone_to),
                        tools=context.step_tools(),
                        edits=edits,
                    )
            except (FileChanged, FileMissing) as error:
                require_disk(context, source, error, seen_on=device_of(change))
                reason = str(error)
            _note(context, change, receipt, reason)
        is_done = receipt is not None or change.state is ChangeState.APPLIED
        if is_done and source != target:
            gone_to[source] = target


def settle_given_up(context: OperationContext, item: Item) -> None:
    """Note what a dead process did for an item after its changes had been given up.

    Raises:
        DatabaseError, TargetExists, StorageError.
    """
    changes = context.journal.changes_of_item(*item)
    applied = {change.path_now for change in changes if change.state is ChangeState.APPLIED}
    for change in changes:
        receipt = None if change.path_now in applied else finish_given_up_move(change)
        if receipt is not None:
            context.journal.confirm_abandoned(change.applied(receipt))


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
