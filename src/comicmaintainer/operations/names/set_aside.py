"""Files set aside under a temporary name, so that files can exchange their names.

    at its old name ─move_aside→ at a temporary name ─give_name→ at its new or old name

The change is in the journal from before the file is set aside until it has a proper name again,
with the temporary name in its intent (`aside`). So the file is found after a crash, or after its
job was stopped. Its row in the catalogue moves with it. If other files have taken both its names,
it gets its old name with a number.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from comicmaintainer.errors import ComicMaintainerError, FileChanged, FileMissing, TargetExists
from comicmaintainer.filesystem.folders import make_folder
from comicmaintainer.filesystem.identity import FileIdentity
from comicmaintainer.filesystem.renames import finish_interrupted_rename, move
from comicmaintainer.filesystem.temporaries import moving_name, new_token
from comicmaintainer.jobs.model import ClaimedItem
from comicmaintainer.library.journal import Change, ChangeState, PlannedChange
from comicmaintainer.operations.changes.journal_batch import CatalogueUpdate
from comicmaintainer.operations.changes.moves import (
    finish_interrupted_move,
    missing_folders,
    move_file,
    receipt_of,
)
from comicmaintainer.operations.changes.steps import Action
from comicmaintainer.operations.context import OperationContext
from comicmaintainer.operations.names.taken_names import free_place

NOTE = "note"
"""In an intent: the row only records where the file is; it never becomes a change itself."""


@dataclass(frozen=True, slots=True)
class Location:
    """Where the file is, and the receipt if that is the target of the change."""

    path: Path
    receipt: dict[str, Any] | None


async def move_aside(
    context: OperationContext,
    change: PlannedChange,
    *,
    expected: FileIdentity | None,
    guard: Callable[[], None],
) -> None:
    """Move the file to a temporary name, so that it can get the name of `change` later.

    The intent of `change` has only the notes; the rest is added here.

    Raises:
        FileChanged, FileMissing, StorageError, and whatever `guard` raises: nothing was moved.
    """
    source = Path(change.path_before)
    now = FileIdentity.of(source)
    aside = source.with_name(moving_name(source.name, new_token()))
    step = {"action": Action.MOVE, "identity": now.to_json(), "aside": str(aside)}
    (row,) = await context.journal_batch.plan([replace(change, intent={**step, **change.intent})])
    context.reached("planned aside")
    try:
        await move_file(source, aside, expected or now, guard=guard)
    except ComicMaintainerError:
        if os.path.lexists(source) and not os.path.lexists(aside):
            context.journal.abandon(row.change_id, "It was not begun.")
        raise
    context.reached("stepped aside")
    context.journal_batch.update(CatalogueUpdate(((str(source), str(aside)),)))
    context.journal_batch.finish()


def aside_path(change: Change) -> Path | None:
    """Return the temporary name of the change's file, if it was set aside."""
    aside = change.intent.get("aside")
    return None if aside is None else Path(aside)


def is_left_to_its_job(context: OperationContext, change: Change) -> bool:
    """Tell whether the file is set aside and its job, which continues, will rename it."""
    return (
        aside_path(change) is not None
        and change.job_id is not None
        and change.seq is not None
        and context.peers.is_going_on(change.job_id, change.seq)
    )


def blocked_change(context: OperationContext, claim: ClaimedItem) -> Change | None:
    """Return the item's change whose file is set aside and has both its names taken, or None."""
    for change in context.journal.changes_of_item(claim.job_id, claim.seq):
        aside = aside_path(change)
        if aside is None or change.state is not ChangeState.PLANNED:
            continue
        places = (str(aside), change.path_before, change.path_now)
        if all(os.path.lexists(place) for place in places):
            return change
    return None


def give_name(context: OperationContext, change: Change) -> Location:
    """Give the file of a change that is still `planned` a proper name. May run repeatedly.

    If that is neither of its names, the journal has another change for it. A row that only records
    where the file is has no receipt.

    Raises:
        FileMissing: the file has none of its names.
        FileBusy, StorageError: it can't be done now.
    """
    source, target = Path(change.path_before), Path(change.path_now)
    aside = Path(change.intent["aside"])
    expected = FileIdentity.from_json(change.intent["identity"], is_foreign=change.is_foreign)
    if not os.path.lexists(aside):
        location = _find_elsewhere(source, target, expected)
        context.catalogue.move(aside, location.path)
        return Location(location.path, None) if NOTE in change.intent else location
    finish_interrupted_rename(source, aside, expected)
    made = missing_folders(target.parent)
    if _has_arrived(aside, target) or _move_to(context, aside, target):
        return Location(target, None if NOTE in change.intent else receipt_of(target, made))
    if _move_to(context, aside, source):
        return Location(source, None)
    return Location(_move_to_numbered_name(context, change, aside), None)


def _has_arrived(aside: Path, target: Path) -> bool:
    """If a crash left the file, or its whole copy, at both names, remove one; True if it did."""
    expected, now = FileIdentity.of(aside), FileIdentity.find(target)
    if now is None or (now.dev == expected.dev and now.ino != expected.ino):
        return False
    try:
        return finish_interrupted_move(aside, target, expected)
    except FileChanged:
        return False  # another file of the same size and time


def _find_elsewhere(source: Path, target: Path, expected: FileIdentity) -> Location:
    now = FileIdentity.find(target)
    if now is not None and _is_same(now, expected):
        return Location(target, receipt_of(target, []))
    now = FileIdentity.find(source)
    if now is not None and _is_same(now, expected):
        return Location(source, None)
    raise FileMissing(f"it is neither here nor at {target}", path=source)


def _move_to(context: OperationContext, aside: Path, place: Path) -> bool:
    """Move the file to `place` unless another file is there."""
    if os.path.lexists(place):
        return False
    make_folder(place.parent)
    try:
        move(aside, place)
    except TargetExists:
        return False
    context.reached("brought home")
    context.catalogue.move(aside, place)
    return True


def _move_to_numbered_name(context: OperationContext, change: Change, aside: Path) -> Path:
    source = Path(change.path_before)
    while True:
        place = free_place(source.parent, source.name)
        numbered = PlannedChange(
            kind=change.kind,
            path_before=str(source),
            path_after=str(place),
            intent=change.intent,
            summary={"type": change.kind, "from": str(source), "to": str(place)},
            job_id=change.job_id,
            seq=change.seq,
        )
        change_id = context.journal.plan(numbered)
        if _move_to(context, aside, place):
            context.journal.confirm(change_id, receipt_of(place, []))
            return place
        context.journal.abandon(change_id, "The name was taken meanwhile.")


def _is_same(now: FileIdentity, expected: FileIdentity) -> bool:
    """Tell whether this is the same file, or its copy on another filesystem."""
    if now.dev == expected.dev and not expected.is_foreign:
        return now.ino == expected.ino
    return now.looks_like(expected)
