"""The write turn: an advisory lock that processes and threads queue up for.

SQLite lets waiting writers back off and retry, which starves some of them for seconds. So they wait
in the kernel instead, for two bytes of a file that is never written: the next writer holds NEXT,
the current one holds TURN.

    take NEXT → take TURN → release NEXT → write → release TURN

With one lock, a writer that returns at once would take it before those that were woken but have no
processor yet; here it finds NEXT taken. The locks only order writers: if they were lost, SQLite's
own locking would still keep the database sound.
"""

from __future__ import annotations

import os
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from comicmaintainer.filesystem import byte_locks

TURN, NEXT = 0, 1


class WriteTurn:
    """One thread's place in the queue of writers."""

    __slots__ = ("__weakref__", "_close", "_descriptor", "waits_since")

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        # The descriptor is closed with its thread.
        self._close = weakref.finalize(self, os.close, self._descriptor)
        self._close.atexit = False
        self.waits_since: float | None = None
        """When the wait for the turn began (monotonic); None if the thread is not waiting."""

    @contextmanager
    def held(self) -> Iterator[None]:
        """Wait for the turn, and keep it for the length of the block."""
        self.waits_since = time.monotonic()
        try:
            byte_locks.lock(self._descriptor, NEXT)
            try:
                byte_locks.lock(self._descriptor, TURN)
            finally:
                byte_locks.unlock(self._descriptor, NEXT)
        finally:
            self.waits_since = None
        try:
            yield
        finally:
            byte_locks.unlock(self._descriptor, TURN)

    def close(self) -> None:
        """Close the descriptor."""
        self._close()
