"""How many requests one process has under way, so that a silent source leaves threads for others.

Used by the desk before it takes a turn. One source has at most half of a process's threads, all
sources together leave one. Who finds no place waits a moment, since most requests are short; while
nothing comes back, the next ones do not even wait.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

MOMENT_S = 0.25


class UnderWay:
    """The requests that a process with `threads` threads has under way, by source."""

    def __init__(self, threads: int) -> None:
        self._most_of_one = max(1, threads // 2)
        self._most = max(1, threads - 1)
        self._counts: Counter[str] = Counter()
        self._is_stuck = False
        self._changed = threading.Condition()

    @contextmanager
    def place(self, source: str) -> Iterator[bool]:
        """Hold a place while a request of the source is made; False if there is none."""
        has_place = self._begin(source)
        try:
            yield has_place
        finally:
            if has_place:
                self._end(source)

    def _begin(self, source: str) -> bool:
        with self._changed:
            patience_s = 0.0 if self._is_stuck else MOMENT_S
            if not self._changed.wait_for(lambda: self._has_room(source), patience_s):
                self._is_stuck = True
                return False
            self._counts[source] += 1
            return True

    def _end(self, source: str) -> None:
        with self._changed:
            self._counts[source] -= 1
            self._is_stuck = False
            self._changed.notify_all()

    def _has_room(self, source: str) -> bool:
        return self._counts[source] < self._most_of_one and self._counts.total() < self._most
