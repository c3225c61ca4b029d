"""The promise that a copy goes only while the one that is kept instead stays.

Two items may want to drop each other's file. So whoever moves one holds, from the last look until
the file is gone, the file that goes (alone) and the one that is kept (with others): of a circle of
such items one at least finds what it needs held, and tries again later.

The locks are bytes of one file beside the database, placed by device and inode: so they hold for a
file under any of its paths and on filesystems without locks of their own.
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
    """Keep all who go by this lock file from taking `kept` away, for the length of the block.

    Raises:
        FileChanged: `kept` is not there, or is the very file at `moved`.
        FileBusy: one of the two is held by an item that needs the other, or was just replaced.
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
    """Keep off whoever moves this file, or keeps it, for the length of the block.

    Raises:
        FileBusy, FileMissing, StorageError.
    """
    with _opened(lock) as descriptor:
        with storage_errors(moved):
            status = moved.stat()
        _lock(descriptor, moved, (status.st_dev, status.st_ino))
        yield


def require_kept(kept: Path) -> None:
    """Refuse where the copy to keep can't be opened (any more).

    It is opened, since a network filesystem may answer any less from what it remembers.

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
