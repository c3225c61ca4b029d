"""Hashing of passwords with Argon2id, at most one at a time in a process.

The cost comes from OWASP's Password Storage Cheat Sheet: 19 MiB, two passes, one lane. A hash takes
about 30 ms, and a web worker stays within its memory however many people sign in. Only a few
threads may wait, so that the others can serve requests that need no password.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from comicmaintainer.errors import TooManyAttempts

SHORTEST = 10
LONGEST = 1024
MOST_IN_QUEUE = 4


class Passwords:
    """Makes and checks hashes. Safe to share between threads."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
        self._turn = threading.Lock()
        self._queue = threading.BoundedSemaphore(MOST_IN_QUEUE)
        self._decoy: str | None = None

    @contextmanager
    def queue(self) -> Iterator[None]:
        """Take one of the few places in the queue for the length of the block.

        Raises:
            TooManyAttempts: the queue is full.
        """
        if not self._queue.acquire(blocking=False):
            raise TooManyAttempts("Too many people are signing in at this moment. Try again.")
        try:
            yield
        finally:
            self._queue.release()

    def hash(self, password: str) -> str:
        """Return the hash to store."""
        with self._turn:
            return self._hasher.hash(password)

    def verify(self, stored: str | None, password: str) -> bool:
        """Return whether `password` matches the stored hash.

        Without a stored hash (no such user) the check takes just as long and returns False.
        """
        if len(password) > LONGEST:
            return False
        if stored is None:
            if self._decoy is None:
                self._decoy = self.hash("a password that nobody has")
            self._matches(self._decoy, password)
            return False
        return self._matches(stored, password)

    def is_outdated(self, stored: str) -> bool:
        """Return whether a hash was made at another cost and should be renewed."""
        return self._hasher.check_needs_rehash(stored)

    def _matches(self, stored: str, password: str) -> bool:
        with self._turn:
            try:
                return self._hasher.verify(stored, password)
            except (VerifyMismatchError, InvalidHashError):
                return False
