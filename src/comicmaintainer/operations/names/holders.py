"""Names among the items of one job: who has the name that an item wants, and what that means.

A plan looks at one file and at the disk. Whether the file that has the wanted name is about to
move away itself, or was shown by the preview to get there first, only the job knows:

    nobody, but an earlier item wants it too    → this item waits for that one
    nobody, but a file that stands aside had it or gets it → this item waits for that one
    the holder has no result yet    → this item waits for it, and is planned anew then
    the holder moved away           → the name is free
    the holder stays                → this file is its duplicate, or in conflict with it
    the holder failed               → nobody knows what it wants: this item fails with that reason

An item that applies a preview does what was shown, or fails.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from comicmaintainer.comics.naming.name_clashes import place_key
from comicmaintainer.errors import TargetExists
from comicmaintainer.filesystem.identity import is_one_file
from comicmaintainer.jobs.model import ClaimedItem, ItemState
from comicmaintainer.jobs.peers import Peer
from comicmaintainer.library.journal import Change
from comicmaintainer.operations.changes.plan import Plan, WantedName
from comicmaintainer.operations.context import OperationContext
from comicmaintainer.operations.names import parked


def decide(context: OperationContext, claim: ClaimedItem, plan: Plan) -> tuple[Plan, int | None]:
    """Return what is to be done about the item, and the seq of the item to wait for before.

    Raises:
        TargetExists: the file that has the name is an item that failed.
    """
    wanted = plan.wanted
    if wanted is None:
        return plan, None
    shown = claim.item_params.get("plan")
    if shown is not None and other_file(shown) is not None:
        return _shown_as_taken(context, claim, plan, wanted, shown)
    if wanted.is_free:
        return plan, _goes_before(context, claim, wanted)
    holder = holder_of(context, claim, wanted.target)
    if holder is None:
        return plan, None
    if not holder.has_ended:
        return wanted.if_free(), holder.seq
    if holder.state is ItemState.FAILED:
        raise held_by_failed(plan.path, wanted.target, holder.item)
    return plan, None


def _goes_before(context: OperationContext, claim: ClaimedItem, wanted: WantedName) -> int | None:
    """The item that goes before this one, which wants a free name; None where none does.

    A file that stands aside has no names but those of its circle. So what the circle sets free goes
    to the circle's own items, one after the other, before anybody else gets it.
    """
    if claim.breaks_cycle:
        return None
    job_id, target = claim.job_id, wanted.target
    here = _aside_of(context, claim, context.journal.open_changes_of_path(target))
    others = (
        context.journal.open_changes_of_job(job_id) if context.peers.has_waiting(job_id) else ()
    )
    next_ones = [
        context.peers.end_of_wait(job_id, seq)
        for seq in (*here, *_aside_of(context, claim, others))
    ]
    if claim.seq in next_ones:
        return None
    if next_ones and (here or context.journal.has_moved_away(target, job_id)):
        return next_ones[0]
    return _earlier_rival(context, claim, wanted)


def _aside_of(
    context: OperationContext, claim: ClaimedItem, changes: Iterable[Change]
) -> list[int]:
    """The other items of the job whose files stand aside, among those of these open changes."""
    return [
        change.seq
        for change in changes
        if change.job_id == claim.job_id
        and change.seq is not None
        and change.seq != claim.seq
        and parked.is_under_way(context, change)
    ]


def _earlier_rival(context: OperationContext, claim: ClaimedItem, wanted: WantedName) -> int | None:
    """The first item of the job before this one that wants the same name and has no result yet.

    The catalogue tells what other files want, so this holds as far as it is up to date.
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
    """The other item of the job whose file is at `target` now."""
    for peer in context.peers.named(claim.job_id, str(target)):
        if peer.seq != claim.seq and is_one_file(Path(peer.item), target):
            return peer
    return None


def held_by_failed(path: Path, target: Path, holder: str) -> TargetExists:
    """The error of a file whose name is held by an item that failed."""
    called = "has its name" if holder == str(target) else f"has its name ({target})"
    return TargetExists(
        f"{holder} {called}, and its own item failed; retry both once that is solved", path=path
    )


def other_file(details: Mapping[str, Any]) -> str | None:
    """The name that another file has or gets, as a result's details show it, if there is one."""
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
        place = None  # taken meanwhile: another would be found, which is not what was shown
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
