"""Files that step aside so that a circle of names can be opened, and their way home.

    at its old name ─step_aside→ at a name between ─finish_interrupted→ at its new or old name

The change is in the journal from before the file steps aside until it has a name again, with the
name between in its intent (`aside`); so whoever comes after a crash, or after the job was stopped,
finds the file. Its row in the catalogue goes with it. Where other files have taken both its names,
it gets its old one with a number.
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
"""In an intent: the row only tells where the file is; it never becomes a change of its own."""


@dataclass(frozen=True, slots=True)
class Placed:
    """Where the file is, and the receipt if that is where the change was to bring it."""

    path: Path
    receipt: dict[str, Any] | None


def step_aside(
    context: OperationContext,
    change: PlannedChange,
    *,
    expected: FileIdentity | None,
    guard: Callable[[], None],
) -> None:
    """Move the file away from its name, so that it can get the one of `change` later.

    Of the intent, `change` has only the notes; the rest is added here.

    Raises:
        FileChanged, FileMissing, StorageError, and whatever `guard` raises: nothing was moved.
    """
    source = Path(change.path_before)
    now = FileIdentity.of(source)
    aside = source.with_name(moving_name(source.name, new_token()))
    step = {"action": Action.MOVE, "identity": now.to_json(), "aside": str(aside)}
    (row,) = context.ledger.plan([replace(change, intent={**step, **change.intent})])
    context.reached("planned aside")
    try:
        move_file(source, aside, expected or now, guard=guard)
    except ComicMaintainerError:
        if os.path.lexists(source) and not os.path.lexists(aside):
            context.journal.abandon(row.change_id, "It was not begun.")
        raise
    context.reached("stepped aside")
    context.ledger.update(CatalogueUpdate(((str(source), str(aside)),)))
    context.ledger.finish()


def aside_of(change: Change) -> Path | None:
    """The name between, where the change has one."""
    aside = change.intent.get("aside")
    return None if aside is None else Path(aside)


def is_under_way(context: OperationContext, change: Change) -> bool:
    """True for a file that stands aside while its job goes on: the job brings it home."""
    return (
        aside_of(change) is not None
        and change.job_id is not None
        and change.seq is not None
        and context.peers.is_going_on(change.job_id, change.seq)
    )


def standing_aside(context: OperationContext, claim: ClaimedItem) -> Change | None:
    """The item's change whose file stands aside and finds both its names taken, if there is one."""
    for change in context.journal.changes_of_item(claim.job_id, claim.seq):
        aside = aside_of(change)
        if aside is None or change.state is not ChangeState.PLANNED:
            continue
        places = (str(aside), change.path_before, change.path_now)
        if all(os.path.lexists(place) for place in places):
            return change
    return None


def finish_interrupted(context: OperationContext, change: Change) -> Placed:
    """Bring the file of a change that is still `planned` to a name; running it again is fine.

    Where that is neither of its names, the journal has a further change for it. What only notes
    where the file is has no receipt.

    Raises:
        FileMissing: the file is under none of its names.
        FileBusy, StorageError: not now.
    """
    source, target = Path(change.path_before), Path(change.path_now)
    aside = Path(change.intent["aside"])
    expected = FileIdentity.from_json(change.intent["identity"])
    if not os.path.lexists(aside):
        found = _placed_without_aside(source, target, expected)
        context.catalogue.move(aside, found.path)
        return Placed(found.path, None) if NOTE in change.intent else found
    finish_interrupted_rename(source, aside, expected)
    made = missing_folders(target.parent)
    if _has_arrived(aside, target) or _bring(context, aside, target):
        return Placed(target, None if NOTE in change.intent else receipt_of(target, made))
    if _bring(context, aside, source):
        return Placed(source, None)
    return Placed(_bring_to_number(context, change, aside), None)


def _has_arrived(aside: Path, target: Path) -> bool:
    """True where a crash left the file, or its whole copy, at both names; one of them goes."""
    expected, now = FileIdentity.of(aside), FileIdentity.find(target)
    if now is None or (now.dev == expected.dev and now.ino != expected.ino):
        return False
    try:
        return finish_interrupted_move(aside, target, expected)
    except FileChanged:
        return False  # another file, of the same size and time


def _placed_without_aside(source: Path, target: Path, expected: FileIdentity) -> Placed:
    now = FileIdentity.find(target)
    if now is not None and _is_same(now, expected):
        return Placed(target, receipt_of(target, []))
    now = FileIdentity.find(source)
    if now is not None and _is_same(now, expected):
        return Placed(source, None)
    raise FileMissing(f"it is neither here nor at {target}", path=source)


def _bring(context: OperationContext, aside: Path, place: Path) -> bool:
    """Move the file to `place` unless another one is there."""
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


def _bring_to_number(context: OperationContext, change: Change, aside: Path) -> Path:
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
        if _bring(context, aside, place):
            context.journal.confirm(change_id, receipt_of(place, []))
            return place
        context.journal.abandon(change_id, "The name was taken meanwhile.")


def _is_same(now: FileIdentity, expected: FileIdentity) -> bool:
    """The same file, or its copy on another filesystem."""
    if now.dev == expected.dev:
        return now.ino == expected.ino
    return (now.size_bytes, now.mtime_ns) == (expected.size_bytes, expected.mtime_ns)
