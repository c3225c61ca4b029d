"""Locks that make sure that a copy is removed only while the kept copy stays.

Two items may want to remove each other's file. So whoever moves one holds, from the last check
until the file is gone, an exclusive lock on the file that goes and a shared lock on the one that is
kept. In a cycle of such items at least one can't get its locks, and tries again later.

The locks are bytes of one file beside the database, at offsets derived from device and inode. So
they apply to a file under any of its paths, and on filesystems without locks.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from comicmaintainer.errors import FileBusy, FileChanged, FileMissing
from comicmaintainer.filesystem import byte_locks
from comicmaintainer.filesystem.folders import make_folder
from comicmaintainer.filesystem.os_errors import storage_errors
from comicmaintainer.filesystem.regular_files import open_regular

LOCK_NAME = "kept-copies.lock"
PLACES = 1 << 62


@contextmanager
def held(lock: Path, moved: Path, kept: Path) -> Iterator[None]:
    """Prevent other users of this lock file from moving `kept` during the block.

    Raises:
        FileChanged: `kept` does not exist, or is the same file as `moved`.
        FileBusy: another item holds one of the two, or one was just replaced.
        FileMissing, StorageError.
    """
    with _opened(lock) as descriptor:
        before = _inodes(moved, kept)
        _lock(descriptor, moved, before[0])
        _lock(descriptor, kept, before[1], is_shared=True)
        if _inodes(moved, kept) != before:
            raise FileBusy(f"it or {kept} was replaced at the same moment; try again", path=moved)
        yield


@contextmanager
def alone(lock: Path, moved: Path) -> Iterator[None]:
    """Prevent others from moving or keeping this file during the block.

    Raises:
        FileBusy, FileMissing, StorageError.
    """
    with _opened(lock) as descriptor:
        with storage_errors(moved):
            status = moved.stat()
        _lock(descriptor, moved, (status.st_dev, status.st_ino))
        yield


def require_kept(kept: Path) -> None:
    """Check that the copy to keep can still be opened.

    It is really opened, because a network filesystem may answer anything less from its cache.

    Raises:
        FileChanged, StorageError.
    """
    try:
        with storage_errors(kept):
            os.close(open_regular(kept))
    except FileMissing as error:
        raise FileChanged("the copy to keep does not exist any more", path=kept) from error


@contextmanager
def _opened(lock: Path) -> Iterator[int]:
    make_folder(lock.parent)
    with storage_errors(lock):
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _inodes(moved: Path, kept: Path) -> tuple[tuple[int, int], tuple[int, int]]:
    with storage_errors(moved):
        here = moved.stat()
    try:
        with storage_errors(kept):
            there = kept.stat()
    except FileMissing as error:
        raise FileChanged("the copy to keep does not exist any more", path=kept) from error
    if os.path.samestat(here, there):
        raise FileChanged(
            f"it was not moved, because it and {kept} are the same file under two paths", path=moved
        )
    return (here.st_dev, here.st_ino), (there.st_dev, there.st_ino)


def _lock(descriptor: int, path: Path, inode: tuple[int, int], *, is_shared: bool = False) -> None:
    digest = hashlib.blake2b(repr(inode).encode(), digest_size=8).digest()
    place = int.from_bytes(digest) % PLACES
    with storage_errors(path):
        is_held = byte_locks.try_lock(descriptor, place, is_shared=is_shared)
    if not is_held:
        raise FileBusy("another job is moving it or keeping it", path=path)
