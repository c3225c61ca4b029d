"""Folders made durable: a name is on disk only when the folder that holds it has been synced."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from comicmaintainer.errors import FileMissing
from comicmaintainer.filesystem.os_errors import storage_errors, translated

# CIFS and some FUSE filesystems can't sync a folder: there is nothing more we could do there.
SYNC_NOT_SUPPORTED = {errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOTTY}


def sync_folder(folder: Path) -> None:
    """Make the entries of `folder` durable, where its filesystem can.

    Raises:
        FileMissing, ReadOnlyStorage, StorageFailed.
    """
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        if error.errno not in SYNC_NOT_SUPPORTED:
            raise translated(error, folder) from error


def sync_left_folder(folder: Path) -> None:
    """Make durable that a file has left `folder`, which may be gone itself by now.

    Raises:
        ReadOnlyStorage, StorageFailed.
    """
    while True:
        try:
            sync_folder(folder)
        except FileMissing:
            folder = folder.parent  # then its own leaving is to be made durable
        else:
            return


def make_folder(folder: Path, *, mode: int = 0o777) -> None:
    """Create `folder` and its missing parents durably; one that exists is fine.

    `mode` is that of `folder` alone, less the umask.

    Raises:
        DiskFull, ReadOnlyStorage, StorageFailed.
    """
    wanted, missing = folder, []
    while not folder.is_dir() and folder != folder.parent:
        missing.append(folder)
        folder = folder.parent
    for one in reversed(missing):
        with storage_errors(one):
            one.mkdir(mode if one == wanted else 0o777, exist_ok=True)
        sync_folder(one.parent)


def touch_folder(folder: Path) -> None:
    """Set the folder's mtime to now: readers such as Komga look into a folder only when it moved.

    Raises:
        FileMissing, ReadOnlyStorage, StorageFailed.
    """
    with storage_errors(folder):
        os.utime(folder)
