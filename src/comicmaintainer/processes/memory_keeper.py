"""Returns unused memory to the system.

Used by the worker process, which runs for months. A comic with very large tags leaves cycles of
objects that Python collects late, and free blocks that the C library keeps. Both are released once
the process has grown by `GROWTH_BYTES`.
"""

from __future__ import annotations

import ctypes
import gc
import threading
import time
from collections.abc import Callable

from comicmaintainer.filesystem.resident_memory import resident_bytes

LOOK_EVERY_S = 2.0
GROWTH_BYTES = 16 << 20
FIRST_AGAIN_AFTER_S = 10.0
LAST_AGAIN_AFTER_S = 600.0
"""Work that still used the memory may have ended by then: try again, less and less often."""


def give_back() -> None:
    """Collect unreachable objects and release the C library's free memory."""
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # glibc only
    if trim is not None:
        trim(0)


class MemoryKeeper:
    """Checks the size of this process from time to time."""

    def __init__(
        self,
        resident: Callable[[], int] = resident_bytes,
        give_back: Callable[[], None] = give_back,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._resident = resident
        self._give_back = give_back
        self._clock = clock
        self._smallest = self._last = resident()
        self._again_at = 0.0
        self._again_after_s = FIRST_AGAIN_AFTER_S

    def run(self, stopping: threading.Event) -> None:
        """Check every `LOOK_EVERY_S` seconds until `stopping` is set."""
        while not stopping.wait(LOOK_EVERY_S):
            self.look()

    def look(self) -> None:
        """Release memory if the process has grown, or may still hold memory from earlier growth."""
        now = self._resident()
        self._smallest = min(self._smallest, now)
        self._last = min(self._last, now)
        if now - self._last > GROWTH_BYTES:
            self._again_after_s = FIRST_AGAIN_AFTER_S
        elif now - self._smallest <= GROWTH_BYTES or self._clock() < self._again_at:
            return
        self._give_back()
        self._last = self._resident()
        self._again_at = self._clock() + self._again_after_s
        self._again_after_s = min(self._again_after_s * 2, LAST_AGAIN_AFTER_S)
