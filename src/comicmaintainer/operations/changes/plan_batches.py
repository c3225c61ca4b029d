"""Groups the changes of a plan into batches that are journaled together.

Also tells which plans can be carried out amid those of other items.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from comicmaintainer.filesystem.identity import FileIdentity, device_above
from comicmaintainer.operations.changes.file_change import FileChange
from comicmaintainer.operations.changes.plan import Plan
from comicmaintainer.operations.changes.steps import (
    CreateStep,
    EditStep,
    FilingStep,
    MoveStep,
    WriteStep,
)


def changes_of(plan: Plan) -> list[FileChange]:
    """Return the changes of the comic in order, completed with the state of the file when planned.

    A first move gets the identity it expects, and every intent gets the catalogue's mark, which
    undo restores.
    """
    state = {} if plan.known is None else {"state_before": plan.known.mark.to_json()}
    changes: list[FileChange] = []
    is_touched = False
    for change in plan.changes:
        step = change.step
        if isinstance(step, MoveStep | FilingStep) and not is_touched:
            step = replace(step, expected=plan.identity)
        is_touched = is_touched or isinstance(step, EditStep | MoveStep | FilingStep)
        changes.append(replace(change, step=step, notes={**state, **change.notes}))
    return changes


def batches_of(changes: Sequence[FileChange]) -> list[list[FileChange]]:
    """Group changes that can be journaled together.

    A replacement makes a new file, and a move to another filesystem is recognised after a crash by
    size and time. So a change after the first, or a move of the second sort, starts a new batch,
    journaled with the file as it is then. A file beside the comic has a batch of its own.
    """
    batches: list[list[FileChange]] = []
    for change in changes:
        starts_batch = (
            not batches
            or _makes_new_file(batches[-1][-1])
            or _crosses(change)
            or isinstance(change.step, WriteStep)
        )
        if starts_batch:
            batches.append([change])
        else:
            batches[-1].append(change)
    return batches


def fit_in_group(batches: Sequence[Sequence[FileChange]]) -> bool:
    """Tell whether the changes are quick, so that they can be made amid those of other items.

    They are if they append to an archive, rename it, or only mark it.
    """
    if not batches:
        return True
    batch = batches[0]
    return (
        len(batches) == 1
        and not _crosses(batch[0])  # the others do not, or they would start a batch
        and not any(_makes_new_file(change) or _keeps_copy(change) for change in batch)
    )


def _makes_new_file(change: FileChange) -> bool:
    step = change.step
    is_replace = isinstance(step, EditStep) and step.edit.strategy.makes_new_file
    return is_replace or isinstance(step, CreateStep | WriteStep)


def _keeps_copy(change: FileChange) -> bool:
    return isinstance(change.step, MoveStep) and change.step.kept is not None


def _crosses(change: FileChange) -> bool:
    """Tell whether a change moves to another filesystem.

    A file that an earlier change makes is on its folder's filesystem.
    """
    if not isinstance(change.step, MoveStep):
        return isinstance(change.step, FilingStep)
    source = FileIdentity.find(change.source)
    device = device_above(change.source) if source is None else source.dev
    return device_above(change.target) != device
