"""The claimed items of one item thread: waiting, done, or to be given back.

The thread works from the front. The worker's watch thread may take waiting or done items at any
time, so that a slow item delays neither other items nor results. Each move is one atomic deque
operation.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from comicmaintainer.jobs.model import ClaimedItem, HandIn

BATCH_S = 0.1
"""How long a batch should take: hundreds of cheap items, or one slow one."""
LARGEST_BATCH = 400
LONGEST_GROUP_S = 4.0
"""How long a group that shares its waits may take, where that makes more items a second: less than
a worker has to stop."""

T = TypeVar("T")


class Batch:
    """The items that one item thread holds."""

    def __init__(self) -> None:
        self.waiting: deque[ClaimedItem] = deque()
        self.alone: deque[ClaimedItem] = deque()
        self.done: deque[HandIn] = deque()
        self.unrun: deque[ClaimedItem] = deque()
        self.size = 1
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
        """Choose the next batch's size so that it takes about BATCH_S; grow fourfold at most.

        `group_size` items that share their waits may take longer.
        """
        if self._began is not None and self._ran:
            each_s = max((time.monotonic() - self._began) / self._ran, 1e-6)
            fitting = max(int(BATCH_S / each_s), min(group_size, int(LONGEST_GROUP_S / each_s)))
            self.size = max(1, min(fitting, self.size * 4, LARGEST_BATCH))
        self._began = None

    def overdue(self, after_s: float) -> bool:
        """Tell whether the batch has been running for longer than `after_s`."""
        began = self._began
        return began is not None and time.monotonic() - began > after_s

    def give_up_waiting(self) -> None:
        """Mark items that have not started to be given back."""
        self.unrun.extend(drained(self.alone))
        self.unrun.extend(drained(self.waiting))


def drained(queue: deque[T], most: int | None = None) -> list[T]:
    """Take all items of `queue`, or up to `most`, even while another thread changes it."""
    taken: list[T] = []
    while most is None or len(taken) < most:
        try:
            taken.append(queue.popleft())
        except IndexError:
            break
    return taken
