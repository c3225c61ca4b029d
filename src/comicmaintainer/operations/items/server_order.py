"""Name and contents of a comic apart, for media servers that recognise a book by either.

    tags → the server looks at the file → new name → the server looks again

Used by items and undos. What they may do now is decided by what is stored of the servers (see
keeping). Making a converted file, and going to the trash, are no changes that could wait: what a
server knows of such comics is carried over.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Self

from comicmaintainer.errors import ComicMaintainerError
from comicmaintainer.filesystem.shared_steps import JointStep
from comicmaintainer.jobs.model import ClaimedItem
from comicmaintainer.library.journal import Change
from comicmaintainer.media_servers.book_model import Trait
from comicmaintainer.media_servers.keeping import Keeping, PutOff
from comicmaintainer.media_servers.order_store import Wait
from comicmaintainer.operations.changes.file_change import ChangeType, FileChange
from comicmaintainer.operations.changes.steps import Action, EditStep, FilingStep, MoveStep

LEAVING = frozenset({ChangeType.TRASH, ChangeType.RESTORE})
_TRAITS: Mapping[str, Trait] = {
    Action.EDIT: Trait.CONTENTS,
    Action.MOVE: Trait.NAME,
    Action.FILE: Trait.NAME,
}


@dataclass(frozen=True, slots=True, eq=False)
class NotedWait(JointStep[None]):
    """Note that an item waits until servers have seen its file; items of a group in one commit.

    Raises:
        DatabaseError: no item of the group is noted.
    """

    stage: ClassVar[int] = 5
    keeping: Keeping
    wait: Wait

    @classmethod
    def of(cls, keeping: Keeping, claim: ClaimedItem, path: Path) -> Self:
        """Return the step for the item of `claim`, whose file is at `path`."""
        return cls(keeping, Wait(claim.job_id, claim.seq, str(path)))

    @classmethod
    def take_all(cls, steps: Sequence[Self]) -> Sequence[Exception | None]:
        """Note them all."""
        try:
            steps[0].keeping.note_waits([step.wait for step in steps])
        except ComicMaintainerError as error:
            return [error] * len(steps)
        return [None] * len(steps)


def must_wait(keeping: Keeping, path: Path, changes: Sequence[FileChange]) -> PutOff | None:
    """Return until when the first of these changes of the file at `path` has to wait, or None."""
    trait = next((each for change in changes if (each := _trait_of(change))), None)
    return None if trait is None else keeping.must_wait(str(path), trait)


def undo_must_wait(keeping: Keeping, change: Change) -> PutOff | None:
    """Return until when an applied change may not be undone, or None."""
    if change.kind in LEAVING or change.is_beside:
        return None
    trait = _TRAITS.get(change.intent.get("action", ""))
    if trait is None:
        return None
    return keeping.must_wait(change.path_now, trait, undoes=change.change_id)


def first_part(keeping: Keeping, path: Path, changes: Sequence[FileChange]) -> Sequence[FileChange]:
    """Return those of an item's changes that are made before a server has to look."""
    traits = [_trait_of(change) for change in changes]
    own = [each for each in traits if each is not None]
    if len(set(own)) < 2 or None in traits or not keeping.is_to_see(str(path)):
        return changes
    return changes[: traits.index(own[0].other)]


def _trait_of(change: FileChange) -> Trait | None:
    if change.type in LEAVING:
        return None
    match change.step:
        case EditStep():
            return Trait.CONTENTS
        case MoveStep() | FilingStep():
            return Trait.NAME
    return None
