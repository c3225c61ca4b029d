"""Makes sure that a copy is removed only while the kept copy stays.

Two items may want to remove each other's file. So whoever moves one holds, from the last check
until the file is gone, the file that goes alone, and the one that is kept together with others. In
a cycle of such items at least one can't get its holds, and tries again later.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from comicmaintainer.errors import FileBusy, FileChanged, FileMissing
from comicmaintainer.filesystem.os_errors import storage_errors
from comicmaintainer.filesystem.regular_files import open_regular
from comicmaintainer.library.journal import Change
from comicmaintainer.operations.changes.holds import HeldFile, Holds


@contextmanager
def held(holds: Holds, moved: Path, kept: Path, change: Change | None = None) -> Iterator[None]:
    """Prevent other items than that of `change` from moving `kept` during the block.

    Raises:
        FileChanged: `kept` does not exist, or is the same file as `moved`.
        FileBusy: another item holds one of the two, or one was just replaced.
        FileMissing, StorageError.
    """
    before = _inodes(moved, kept)
    files = [HeldFile(moved, before[0]), HeldFile(kept, before[1], is_shared=True)]
    with holds.hold(files, change):
        if _inodes(moved, kept) != before:
            raise FileBusy(f"it or {kept} was replaced at the same moment; try again", path=moved)
        yield


@contextmanager
def alone(holds: Holds, moved: Path, change: Change | None = None) -> Iterator[None]:
    """Prevent other items than that of `change` from moving or keeping this file in the block.

    Raises:
        FileBusy, FileMissing, StorageError.
    """
    with storage_errors(moved):
        status = moved.stat()
    with holds.hold([HeldFile(moved, (status.st_dev, status.st_ino))], change):
        yield


def require_at_rest(holds: Holds, moved: Path, change: Change) -> None:
    """Refuse a file that a process is about to move, even one that was stopped for long.

    An earlier attempt of the item of `change` on another host is not known.

    Raises:
        FileBusy, StorageError.
    """
    with suppress(FileMissing):
        with storage_errors(moved):
            status = moved.stat()
        with holds.hold([HeldFile(moved, (status.st_dev, status.st_ino), is_shared=True)], change):
            pass


def is_kept(kept: Path) -> bool:
    """Tell whether the copy to keep can still be opened.

    Raises:
        StorageError.
    """
    try:
        require_kept(kept)
    except FileChanged:
        return False
    return True


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
