"""Which item of a job holds the name that another item wants, and what follows from that.

A plan looks at one file and at the disk, and says what happens if the name is taken there: the file
is a duplicate or in conflict (`taken_names.resolve_taken_name`). Only the job knows whether the
file with the wanted name is about to move away, or gets the name first according to the preview:

    the name is free, but an earlier item wants it too → this item waits for that one
    it is free, but a file set aside had it or gets it → this item waits for that one
    the holder has no result yet    → this item waits for it, and is then planned again
    the holder moved away           → the plan, made after that, renames the file
    the holder stays                → the plan stands: a duplicate, or a conflict
    the holder failed               → its new name is unknown: this item fails with that reason

An item that applies a preview does what was shown, or fails.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

from comicmaintainer.comics.naming.name_clashes import place_key
from comicmaintainer.errors import TargetExists
from comicmaintainer.filesystem.identity import is_one_file
from comicmaintainer.filesystem.shared_steps import JointStep
from comicmaintainer.jobs.model import ClaimedItem, ItemState
from comicmaintainer.jobs.peers import Peer
from comicmaintainer.library.journal import Change
from comicmaintainer.operations.changes.plan import Plan, WantedName
from comicmaintainer.operations.context import OperationContext
from comicmaintainer.operations.names import set_aside


@dataclass(frozen=True, slots=True, eq=False)
class FreeName(JointStep[int | None]):
    """Asks which item of the job, if any, must run before one that wants a free name.

    A file set aside can only get names of its cycle. So the names that the cycle frees go to the
    cycle's own items first, one after the other.
    """

    stage: ClassVar[int] = 0
    context: OperationContext
    claim: ClaimedItem
    wanted: WantedName

    @classmethod
    def take_all(cls, steps: Sequence[Self]) -> Sequence[int | Exception | None]:
        journal, peers = steps[0].context.journal, steps[0].context.peers
        of_paths = journal.open_changes_of_paths([str(step.wanted.target) for step in steps])
        of_jobs = {
            job_id: journal.open_changes_of_job(job_id) if peers.has_waiting(job_id) else []
            for job_id in {step.claim.job_id for step in steps}
        }
        answers: list[int | Exception | None] = []
        for step in steps:
            open_changes = of_paths[str(step.wanted.target)], of_jobs[step.claim.job_id]
            try:
                answers.append(step.item_before(*open_changes))
            except Exception as error:  # noqa: BLE001 - raised again in the item
                answers.append(error)
        return answers

    def item_before(
        self, of_target: Sequence[Change], of_waiting_job: Sequence[Change]
    ) -> int | None:
        """Return the item by the open changes of the name, and of the job if any item waits."""
        context, claim = self.context, self.claim
        if claim.breaks_cycle:
            return None
        here = _aside_of(context, claim, of_target)
        next_ones = [
            context.peers.end_of_wait(claim.job_id, seq)
            for seq in (*here, *_aside_of(context, claim, of_waiting_job))
        ]
        if claim.seq in next_ones:
            return None
        if next_ones and (here or context.journal.has_moved_away(self.wanted.target, claim.job_id)):
            return next_ones[0]
        return _earlier_rival(context, claim, self.wanted)


async def resolve_name(
    context: OperationContext, claim: ClaimedItem, plan: Plan
) -> tuple[Plan, int | None]:
    """Return what to do with the item, and the seq of the item to wait for first, if any.

    Raises:
        TargetExists: the file with the name is an item that failed.
    """
    wanted = plan.wanted
    if wanted is None:
        return plan, None
    shown = claim.item_params.get("plan")
    if shown is not None and other_file(shown) is not None:
        return _shown_as_taken(context, claim, plan, wanted, shown)
    if wanted.is_free:
        return plan, await FreeName(context, claim, wanted)
    holder = holder_of(context, claim, wanted.target)
    if holder is None:
        return plan, None
    if not holder.has_ended:
        return wanted.if_free(), holder.seq
    if holder.state is ItemState.FAILED:
        raise failed_holder_error(plan.path, wanted.target, holder.item)
    return plan, None


def _aside_of(
    context: OperationContext, claim: ClaimedItem, changes: Iterable[Change]
) -> list[int]:
    """Return the other items of the job whose files are set aside by these open changes."""
    return [
        change.seq
        for change in changes
        if change.job_id == claim.job_id
        and change.seq is not None
        and change.seq != claim.seq
        and set_aside.is_left_to_its_job(context, change)
    ]


def _earlier_rival(context: OperationContext, claim: ClaimedItem, wanted: WantedName) -> int | None:
    """Return the first earlier item that wants the same name and has no result yet.

    What other files want comes from the catalogue, so this is as current as the catalogue.
    """
    if claim.item_params.get("plan") is not None or claim.seq == 0:
        return None
    earlier: dict[int, str] = {}
    for path in wanted.rivals.candidates():
        for peer in context.peers.named(claim.job_id, path):
            if peer.seq < claim.seq and not peer.has_ended and peer.item == path:
                earlier[peer.seq] = path
    for seq in sorted(earlier):
        if wanted.rivals.wants(Path(earlier[seq])):
            return seq
    return None


def holder_of(context: OperationContext, claim: ClaimedItem, target: Path) -> Peer | None:
    """Return the other item of the job whose file is at `target` now, or None."""
    for peer in context.peers.named(claim.job_id, str(target)):
        if peer.seq != claim.seq and is_one_file(Path(peer.item), target):
            return peer
    return None


def failed_holder_error(path: Path, target: Path, holder: str) -> TargetExists:
    """Return the error of a file whose name is held by a failed item."""
    name = "its name" if holder == str(target) else f"its name ({target})"
    return TargetExists(
        f"{holder} has {name}, and its own item failed; retry both once that is solved", path=path
    )


def other_file(details: Mapping[str, Any]) -> str | None:
    """Return the name that another file has or gets, from a result's details, or None."""
    return details.get("duplicate_of") or details.get("conflict_with")


def _shown_as_taken(
    context: OperationContext,
    claim: ClaimedItem,
    plan: Plan,
    wanted: WantedName,
    shown: Mapping[str, Any],
) -> tuple[Plan, int | None]:
    name = Path(other_file(shown) or "")
    moved_to = [
        change.get("to") for change in shown.get("changes", ()) if change.get("type") == "duplicate"
    ]
    place = Path(moved_to[0]) if moved_to and moved_to[0] else None
    if place is not None and os.path.lexists(place):
        place = None  # taken meanwhile, so the file can't go where the preview showed
    if place_key(str(name)) != place_key(str(wanted.target)):
        return plan, None
    after = shown.get("after")
    if after is not None:
        for peer in context.peers.named(claim.job_id, after):
            if peer.item == after and not peer.has_ended:
                return plan, peer.seq
    if not os.path.lexists(name):
        return plan, None
    return wanted.if_taken(name, name, place), None
