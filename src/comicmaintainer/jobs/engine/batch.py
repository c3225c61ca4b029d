"""The claimed items of one item thread: waiting, done, to be given back, or claimed ahead.

The thread works from the front. The worker's watch thread may take waiting or done items at any
time, so that a slow item delays neither other items nor results. Each move is one atomic deque
operation.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from comicmaintainer.jobs.model import ClaimedItem, HandIn

LARGEST_BATCH = 400
_AHEAD_S = 0.05
"""So long before the end of a batch the next one is claimed on a server, or when its last items
begin."""
_LONGEST_AHEAD_S = 0.5
"""Slower items are not claimed ahead: it would gain nothing, and others may be idle."""
LONGEST_GROUP_S = 4.0
"""How long a group that shares its waits may take, where that makes more items a second: less than
a worker has to stop."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Pace:
    """How often a thread exchanges results for new items."""

    batch_s: float = 0.1
    """How long a batch should take: hundreds of cheap items, or one slow one."""
    longest_s: float = 0.5
    """After this time a batch hands in what is done and gives back items that have not started."""
    cheap: int = 32
    """From this batch size on, items are so cheap that threads would only compete for the
    interpreter: they take turns instead (decision 0104)."""
    waits_for_server: bool = False
    """Whether an exchange is mostly a wait, which needs no turn of the interpreter."""


OF_FILE = Pace()
OF_SERVER = Pace(batch_s=1.0, longest_s=2.0, cheap=320, waits_for_server=True)
"""A server may be some milliseconds away, several times for each batch."""


class Batch:
    """The items that one item thread holds."""

    def __init__(self, pace: Pace = OF_FILE) -> None:
        self._pace = pace
        self.waiting: deque[ClaimedItem] = deque()
        self.alone: deque[ClaimedItem] = deque()
        self.done: deque[HandIn] = deque()
        self.unrun: deque[ClaimedItem] = deque()
        self.ahead: deque[ClaimedItem] = deque()
        self.size = 1
        self._each_s: float | None = None
        self._began: float | None = None
        self._ran = 0

    def begin(self, claims: Iterable[ClaimedItem]) -> None:
        """Start with newly claimed items."""
        self._began = time.monotonic()
        self._ran = 0
        self.waiting.extend(claims)

    def next(self, most: Callable[[str], int]) -> list[ClaimedItem]:
        """Return the next items of one job to run together; none if all have run or were taken.

        `most` returns how many items of a kind may run together. Items that must run alone come
        first.
        """
        claims: list[ClaimedItem] = drained(self.alone, 1)
        if claims:
            return claims
        while not claims or len(claims) < most(claims[0].kind):
            try:
                claim = self.waiting.popleft()
            except IndexError:
                break
            if claims and claim.job_id != claims[0].job_id:
                self.waiting.appendleft(claim)
                break
            claims.append(claim)
        return claims

    def count(self, claims: Sequence[ClaimedItem]) -> None:
        """Count items that are going to run, by whose time the next size is chosen."""
        self._ran += len(claims)

    def end(self, group_size: int = 1) -> None:
        """Choose the next batch's size by its pace; grow fourfold at most.

        `group_size` items that share their waits may take longer.
        """
        if self._began is not None and self._ran:
            self._each_s = each_s = max((time.monotonic() - self._began) / self._ran, 1e-6)
            alone, together = int(self._pace.batch_s / each_s), int(LONGEST_GROUP_S / each_s)
            fitting = max(alone, min(group_size, together))
            self.size = max(1, min(fitting, self.size * 4, LARGEST_BATCH))
        self._began = None

    def is_overdue(self) -> bool:
        """Tell whether the batch has been running for too long."""
        began = self._began
        return began is not None and time.monotonic() - began > self._pace.longest_s

    def is_cheap(self) -> bool:
        """Tell whether its items hardly do anything but compute."""
        return self.size >= self._pace.cheap

    def is_nearly_done(self, claims: Sequence[ClaimedItem]) -> bool:
        """Tell whether the next items should be claimed while `claims`, which begin now, run."""
        if not self._pace.waits_for_server or self.is_cheap() or self._each_s is None:
            return False
        left_s = self._each_s * (len(claims) + len(self.waiting))
        return left_s <= (_AHEAD_S if self.waiting else _LONGEST_AHEAD_S)

    def job_ids(self) -> set[str]:
        """Return the jobs of the items that have not started."""
        return {claim.job_id for queue in (self.waiting, self.ahead) for claim in tuple(queue)}

    def give_up_waiting(self) -> None:
        """Mark items that have not started to be given back."""
        for queue in (self.alone, self.waiting, self.ahead):
            self.unrun.extend(drained(queue))


def drained(queue: deque[T], most: int | None = None) -> list[T]:
    """Take all items of `queue`, or up to `most`, even while another thread changes it."""
    taken: list[T] = []
    while most is None or len(taken) < most:
        try:
            taken.append(queue.popleft())
        except IndexError:
            break
    return taken
