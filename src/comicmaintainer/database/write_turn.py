"""Whose turn it is to write: an advisory lock that processes and threads queue up for.

SQLite lets waiting writers back off and retry, which starves some of them for seconds. A blocking
`flock` wakes them in order instead. Each thread needs a descriptor of its own, since locks on one
description do not exclude each other. The lock only orders writers: if it were lost, SQLite's own
locking would still keep the database sound. A killed process lets go of it at once; one that was
stopped in the middle of a transaction does not, so nobody waits for ever.
"""

from __future__ import annotations

import fcntl
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from comicmaintainer.errors import DatabaseBusy

LONGEST_WAIT_S = 30.0


class WriteTurn:
    """One thread's place in the queue of writers."""

    __slots__ = ("_descriptor", "_longest_wait_s", "_path")

    def __init__(self, path: Path, longest_wait_s: float = LONGEST_WAIT_S) -> None:
        self._path = path
        self._longest_wait_s = longest_wait_s
        self._descriptor = self._opened()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Wait for the turn, and keep it for the length of the block.

        Raises:
            DatabaseBusy: it did not come in time; nothing has been done.
        """
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._queue()
        try:
            yield
        finally:
            fcntl.flock(self._descriptor, fcntl.LOCK_UN)

    def close(self) -> None:
        """Give the descriptor back."""
        os.close(self._descriptor)

    def _queue(self) -> None:
        """Wait in the kernel's queue, which knows no time limit: a thread waits there for us."""
        waiter = _Waiter(self._descriptor)
        threading.Thread(target=waiter.wait, name="write-turn", daemon=True).start()
        if waiter.came_within(self._longest_wait_s):
            return
        # The waiter closes the old descriptor when its turn comes after all.
        self._descriptor = self._opened()
        raise DatabaseBusy(
            f"The database could not be written for {self._longest_wait_s:.0f} s: another process "
            "is in the middle of a change and stands still. Nothing was changed; try again, and "
            "look for a stopped process if it stays so."
        )

    def _opened(self) -> int:
        return os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


class _Waiter:
    """Waits for the lock in a thread of its own, and lets go of it if nobody wants it any more."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._came = threading.Event()
        self._guard = threading.Lock()
        self._unwanted = False

    def wait(self) -> None:
        fcntl.flock(self._descriptor, fcntl.LOCK_EX)
        with self._guard:
            if self._unwanted:
                os.close(self._descriptor)
            else:
                self._came.set()

    def came_within(self, longest_wait_s: float) -> bool:
        if self._came.wait(longest_wait_s):
            return True
        with self._guard:
            self._unwanted = not self._came.is_set()
            return not self._unwanted
