"""The server's clock, on which all hosts agree.

It is asked now and then and carried on by this host's monotonic clock, so that a wrong or jumping
clock of a host has no effect.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from comicmaintainer.errors import DatabaseError

logger = logging.getLogger(__name__)

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
        begun = self._monotonic()
        if self._asked_at is None:
            with self._turn:
                if self._asked_at is None:
                    self._read(begun)
        elif begun - self._asked_at >= ASKED_EVERY_S and self._turn.acquire(blocking=False):
            # One thread asks; the others, and all if there is no answer, go on as before.
            try:
                self._read(begun)
            except DatabaseError as error:
                self._asked_at = begun
                logger.warning("The time of the server could not be asked: %s", error)
            finally:
                self._turn.release()
        return self._monotonic() + self._offset_s

    def _read(self, begun: float) -> None:
        there = self._ask()
        ended = self._monotonic()
        # The answer was made about halfway through the round trip.
        self._offset_s = there - (begun + ended) / 2
        self._asked_at = ended
