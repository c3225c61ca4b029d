"""Holds on files for the time of a block: one block holds a file alone, or several together.

They are bytes of one file beside the database, at offsets derived from device and inode. So they
apply to a file under any of its paths, and on filesystems without locks, and end with the process.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from comicmaintainer.errors import FileBusy
from comicmaintainer.filesystem import byte_locks
from comicmaintainer.filesystem.folders import make_folder
from comicmaintainer.filesystem.os_errors import storage_errors

LOCK_NAME = "kept-copies.lock"
PLACES = 1 << 62


@dataclass(frozen=True, slots=True)
class HeldFile:
    """A file or folder to hold; `inode` is its device and inode."""

    path: Path
    inode: tuple[int, int]
    is_shared: bool = False


class Holds:
    """The holds of all processes that use the lock file `lock`."""

    def __init__(self, lock: Path) -> None:
        self._lock = lock

    @contextmanager
    def hold(self, files: Sequence[HeldFile]) -> Iterator[None]:
        """Hold all of these files during the block.

        Raises:
            FileBusy: another block holds one of them.
            StorageError.
        """
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


def _byte_of(inode: tuple[int, int]) -> int:
    digest = hashlib.blake2b(repr(inode).encode(), digest_size=8).digest()
    return int.from_bytes(digest) % PLACES
