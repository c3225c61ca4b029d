"""Tells a runner, right before its last step, whether its items are still its own to change.

Used by worker. It asks the database each time, so that a host that is cut off changes nothing.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass

from comicmaintainer.errors import ItemInterrupted, JobStopped, LeaseLost
from comicmaintainer.jobs.engine.item_store import ItemStore
from comicmaintainer.jobs.model import ClaimedItem, ItemGuard


@dataclass(frozen=True, slots=True)
class Guards:
    """The GroupGuard of claims of one job."""

    items: ItemStore
    stopping: threading.Event

    def of(self, claim: ClaimedItem) -> ItemGuard:
        """See GroupGuard.of."""
        return Guard(self.items, claim, self.stopping)

    def check(self, claims: Sequence[ClaimedItem]) -> Sequence[ItemInterrupted | None]:
        """See GroupGuard.check."""
        held = set() if self.stopping.is_set() else self.items.held(claims)
        return [None if claim.seq in held else self._interruption(claim) for claim in claims]

    def _interruption(self, claim: ClaimedItem) -> ItemInterrupted | None:
        try:
            self.of(claim).check()
        except ItemInterrupted as interruption:
            return interruption
        return None


@dataclass(frozen=True, slots=True)
class Guard:
    """The ItemGuard of one claim."""

    items: ItemStore
    claim: ClaimedItem
    stopping: threading.Event

    def check(self) -> None:
        """See ItemGuard.check."""
        if self.stopping.is_set():
            raise JobStopped("the worker is shutting down")
        if self.items.holds(self.claim):
            return
        if self.items.still_claimed(self.claim):
            raise JobStopped("the job was paused, cancelled or deleted")
        raise LeaseLost("another worker has taken over")
