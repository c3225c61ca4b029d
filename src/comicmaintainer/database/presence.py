"""The locks that show who has the database open: shared to use it, exclusive to repair it.

The lock file is beside the database, so it outlives a deleted database. A second lock serialises
the opening of connections (with schema and migration).
"""

from __future__ import annotations

import fcntl
import os
import threading
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_Identity = tuple[int, int]


class Presence:
    """This process as one of those that use the database at `path`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._users_path = path.with_name(path.name + "-users")
        self.opening_path = path.with_name(path.name + "-opening")
        self.waits_since: float | None = None
        """Since when (monotonic seconds) this process waits for another one that opens it."""
        self._guard = threading.Lock()
        self._process_id: int | None = None
        self._known: tuple[_Identity | None, _Identity | None] = (None, None)

    @contextmanager
    def opening(self) -> Iterator[None]:
        """Serialise opening across threads and processes, and register this process as a user.

        A write-ahead log whose database file is gone is set aside, because replaying it into a new
        file would corrupt that file.
        """
        with self._guard, self._opening_locked():
            self._register()
            self._set_orphaned_log_aside()
            yield
            self._known = (_identity(self._path), _identity(self._wal))

    @contextmanager
    def alone(self) -> Iterator[bool]:
        """Yield whether no other process has the database open; others can't open it meanwhile."""
        with self._guard, self._opening_locked():
            descriptor = os.open(self._users_path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                is_alone = True
            except BlockingIOError:
                is_alone = False
            try:
                yield is_alone
            finally:
                os.close(descriptor)

    @contextmanager
    def _opening_locked(self) -> Iterator[None]:
        descriptor = os.open(self.opening_path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            self.waits_since = time.monotonic()
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX)
            finally:
                self.waits_since = None
            yield
        finally:
            os.close(descriptor)

    @property
    def _wal(self) -> Path:
        return self._path.with_name(self._path.name + "-wal")

    def _register(self) -> None:
        if self._process_id == os.getpid():
            return
        # Held as long as the Database exists; the kernel releases it when the process is killed.
        descriptor = os.open(self._users_path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        weakref.finalize(self, os.close, descriptor).atexit = False
        fcntl.flock(descriptor, fcntl.LOCK_SH)
        self._process_id = os.getpid()

    def _set_orphaned_log_aside(self) -> None:
        wal = _identity(self._wal)
        if wal is None:
            return
        known_database, known_wal = self._known
        replaced = wal == known_wal and _identity(self._path) != known_database
        if replaced or not self._path.exists():
            for suffix in ("-wal", "-shm"):
                stale = self._path.with_name(self._path.name + suffix)
                if stale.exists():
                    stale.rename(stale.with_name(f"{stale.name}.orphan-{wal[1]}"))


def _identity(path: Path) -> _Identity | None:
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return (status.st_dev, status.st_ino)
