"""Finds the files that came to a root after its first scan had begun.

Used by recorder.py. The change time (ctime) decides, within the accuracy of clocks: decision
0105. In doubt a file was there before, and is only catalogued.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable

LEEWAY_S = 2.0
"""How far a file server's clock may be ahead; filesystems round by as much."""


class Arrivals:
    """The files that came after a first scan began at `began_at` (UTC epoch seconds).

    With `is_resumed` an earlier run began it, so later changes of the clock are unknown.
    """

    def __init__(
        self,
        began_at: float,
        *,
        is_resumed: bool,
        now: Callable[[], float],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._began_at = began_at
        self._is_resumed = is_resumed
        self._now = now
        self._clock = clock
        self._started = clock()

    def among(self, paths: Iterable[str]) -> set[str]:
        """Return the paths that came since then; missing files don't count."""
        now_at = self._now()
        since_at = self._began_at
        if not self._is_resumed:
            since_at = max(since_at, now_at - (self._clock() - self._started))
        return {
            path for path in paths if since_at <= _changed_at(path, since_at) <= now_at + LEEWAY_S
        }


def _changed_at(path: str, since_at: float) -> float:
    try:
        return os.lstat(path).st_ctime
    except OSError:
        return since_at - 1
