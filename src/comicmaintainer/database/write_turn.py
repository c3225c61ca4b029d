"""Whose turn it is to write: an advisory lock that processes and threads queue up for.

SQLite lets waiting writers back off and retry, which starves some of them for seconds. A blocking
`flock` wakes them in order instead. Each thread needs a descriptor of its own, since locks on one
description do not exclude each other. The lock only orders writers: if it were lost, SQLite's own
locking would still keep the database sound. A killed process lets go of it at once.
"""

from __future__ import annotations

import fcntl
import os
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class WriteTurn:
    """One thread's place in the queue of writers."""

    __slots__ = ("__weakref__", "_close", "_descriptor")

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        # A thread's turn goes with the thread.
        self._close = weakref.finalize(self, os.close, self._descriptor)
        self._close.atexit = False

    @contextmanager
    def held(self) -> Iterator[None]:
        """Wait for the turn, and keep it for the length of the block."""
        fcntl.flock(self._descriptor, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(self._descriptor, fcntl.LOCK_UN)

    def close(self) -> None:
        """Give the descriptor back."""
        self._close()
