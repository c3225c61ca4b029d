"""Holds on files for the time of a block: one block holds a file alone, or several together.

Processes of one host use bytes of a file (`LocalHolds`), hosts that share a database use rows of it
(`shared_holds`). Whoever holds a file asks for nothing else meanwhile, so nobody waits: a hold that
can't be had is refused.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from comicmaintainer.errors import FileBusy
from comicmaintainer.filesystem import byte_locks
from comicmaintainer.filesystem.folders import make_folder
from comicmaintainer.filesystem.os_errors import storage_errors
from comicmaintainer.library.journal import Change

LOCK_NAME = "kept-copies.lock"
PLACES = 1 << 62

Item = tuple[str, int]
"""The id of a job and the seq of its item."""


@dataclass(frozen=True, slots=True)
class HeldFile:
    """A file or folder to hold; `inode` is its device and inode."""

    path: Path
    inode: tuple[int, int]
    is_shared: bool = False


class Holds(Protocol):
    """The holds of all who work on the library."""

    def hold(
        self, files: Sequence[HeldFile], change: Change | None = None
    ) -> AbstractContextManager[None]:
        """Hold all of these files during the block, in which `change` is made.

        An earlier attempt of its item that may still be alive on another host is no obstacle.

        Raises:
            FileBusy: another block holds one of them.
            StorageError, DatabaseError.
        """

    def end_dead(self, settle: Callable[[Item], None]) -> None:
        """End the holds of processes of this host that are certainly gone.

        `settle` is called first for the item of each: nobody can go on with that attempt any more.

        Raises:
            DatabaseError, and whatever `settle` raises; that hold stays.
        """


class LocalHolds:
    """Bytes of the file `lock`, at offsets derived from device and inode.

    So they apply to a file under any of its paths, and on filesystems without locks, and end with
    the process.
    """

    def __init__(self, lock: Path) -> None:
        self._lock = lock

    @contextmanager
    def hold(self, files: Sequence[HeldFile], change: Change | None = None) -> Iterator[None]:
        """See Holds."""
        del change  # an earlier attempt of its item on this host must have ended
        make_folder(self._lock.parent)
        with storage_errors(self._lock):
            descriptor = os.open(self._lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            for file in files:
                with storage_errors(file.path):
                    is_held = byte_locks.try_lock(
                        descriptor, _byte_of(file.inode), is_shared=file.is_shared
                    )
                if not is_held:
                    raise FileBusy("another job is moving it or keeping it", path=file.path)
            yield
        finally:
            os.close(descriptor)

    def end_dead(self, settle: Callable[[Item], None]) -> None:
        """See Holds; the kernel has ended them."""


def _byte_of(inode: tuple[int, int]) -> int:
    digest = hashlib.blake2b(repr(inode).encode(), digest_size=8).digest()
    return int.from_bytes(digest) % PLACES
