"""The server's clock, on which all hosts agree.

It is asked now and then and carried on by this host's monotonic clock, so that a wrong or jumping
clock of a host has no effect.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

ASKED_EVERY_S = 30.0


class ServerClock:
    """The time of the server (UTC epoch seconds); `ask` asks it. Thread-safe."""

    def __init__(
        self, ask: Callable[[], float], monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._ask = ask
        self._monotonic = monotonic
        self._turn = threading.Lock()
        self._offset_s = 0.0
        self._asked_at: float | None = None

    def now(self) -> float:
        """Return the time.

        Raises:
            DatabaseError: the server did not answer, and never has.
        """
        with self._turn:
            begun = self._monotonic()
            if self._asked_at is None or begun - self._asked_at >= ASKED_EVERY_S:
                self._read(begun)
            return self._monotonic() + self._offset_s

    def _read(self, begun: float) -> None:
        there = self._ask()
        ended = self._monotonic()
        # The answer was made about halfway through the round trip.
        self._offset_s = there - (begun + ended) / 2
        self._asked_at = ended
