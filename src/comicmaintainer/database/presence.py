"""Who has the database open: a shared lock per process, an exclusive one to repair or replace it.

The lock lies beside the database, not in it, so it outlives a database that is deleted. Opening a
connection (with schema and migration) is serialised by a second lock.
"""

from __future__ import annotations

import fcntl
import os
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_Identity = tuple[int, int]


class Presence:
    """This process's standing among those that use the database at `path`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._users_path = path.with_name(path.name + "-users")
        self._opening_path = path.with_name(path.name + "-opening")
        self._guard = threading.Lock()
        self._process_id: int | None = None
        self._known: tuple[_Identity | None, _Identity | None] = (None, None)

    @contextmanager
    def opening(self) -> Iterator[None]:
        """Serialise opening over threads and processes, and stay counted as a user from then on.

        A write-ahead log that is left of a database file which is gone is set aside: replayed into
        a new file it would corrupt it.
        """
        with self._guard, _locked(self._opening_path, fcntl.LOCK_EX):
            self._register()
            self._set_orphaned_log_aside()
            yield
            self._known = (_identity(self._path), _identity(self._wal))

    @contextmanager
    def alone(self) -> Iterator[bool]:
        """Yield whether no other process has the database open, and keep others out meanwhile."""
        with self._guard, _locked(self._opening_path, fcntl.LOCK_EX):
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

    @property
    def _wal(self) -> Path:
        return self._path.with_name(self._path.name + "-wal")

    def _register(self) -> None:
        if self._process_id == os.getpid():
            return
        # Held as long as the Database is there; a killed process lets go of it at once.
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


@contextmanager
def _locked(path: Path, how: int) -> Iterator[None]:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, how)
        yield
    finally:
        os.close(descriptor)
