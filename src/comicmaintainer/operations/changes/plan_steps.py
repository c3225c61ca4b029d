"""From a plan to the steps that carry it out."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from comicmaintainer.operations.changes.plan import (
    CompactChange,
    ConflictChange,
    ConvertChange,
    DuplicateChange,
    FileChange,
    HealChange,
    MoveChange,
    PageChange,
    Plan,
    RebuildChange,
    TagChange,
    TrashChange,
)
from comicmaintainer.operations.changes.steps import CreateStep, EditStep, MarkStep, MoveStep, Step


def steps_of(plan: Plan) -> list[Step]:
    """The steps of all changes, in order."""
    notes = _notes(plan)
    steps: list[Step] = []
    for change in plan.changes:
        is_touched = any(isinstance(step, EditStep | MoveStep) for step in steps)
        steps.append(_step(change, plan, is_touched, notes))
    return steps


def batches_of(steps: Sequence[Step]) -> list[list[Step]]:
    """Group steps that can be journaled together.

    A replace makes a new file, and a move to another filesystem is recognised after a crash by
    size and time: what follows the one, or is the other, must be journaled for the file as it is
    then.
    """
    batches: list[list[Step]] = []
    for step in steps:
        starts_anew = not batches or _makes_new_file(batches[-1][-1]) or _crosses(step)
        if starts_anew:
            batches.append([step])
        else:
            batches[-1].append(step)
    return batches


def _step(change: FileChange, plan: Plan, is_touched: bool, notes: Mapping[str, Any]) -> Step:
    summary = change.to_json()
    expected = None if is_touched else plan.identity
    match change:
        case TagChange() | PageChange() | CompactChange() | HealChange() | RebuildChange():
            return EditStep(change.type, change.edit, summary, notes)
        case MoveChange():
            return MoveStep(change.type, change.source, change.target, expected, summary, notes)
        case DuplicateChange():
            marked = {**notes, "of": str(change.of), "by": str(change.by)}
            if change.target is None:
                return MarkStep(change.type, change.source, summary, marked)
            return MoveStep(
                change.type,
                change.source,
                change.target,
                expected,
                summary,
                marked,
                beside=change.kept,
            )
        case ConflictChange():
            marked = {**notes, "with": str(change.other), "reason": change.reason}
            return MarkStep(change.type, change.source, summary, marked)
        case TrashChange():
            return MoveStep(
                change.type,
                change.source,
                change.target,
                expected,
                summary,
                {**notes, "reason": change.reason},
                beside=change.kept,
            )
        case ConvertChange():
            return CreateStep(
                change.type,
                change.source,
                change.target,
                change.token,
                change.write,
                change.keeps_pages,
                summary,
                notes,
            )


def _notes(plan: Plan) -> dict[str, Any]:
    """What undo needs to give the catalogue's row its state back."""
    if plan.known is None:
        return {}
    return {"state_before": plan.known.mark.to_json()}


def _makes_new_file(step: Step) -> bool:
    is_replace = isinstance(step, EditStep) and step.edit.strategy.makes_new_file
    return is_replace or isinstance(step, CreateStep)


def _crosses(step: Step) -> bool:
    """True for a move to another filesystem. What a step before makes lies in its folder's."""
    if not isinstance(step, MoveStep):
        return False
    is_there = os.path.lexists(step.source)
    source = step.source.lstat() if is_there else step.source.parent.stat()
    return _existing(step.target.parent).stat().st_dev != source.st_dev


def _existing(folder: Path) -> Path:
    while not folder.is_dir() and folder != folder.parent:
        folder = folder.parent
    return folder
