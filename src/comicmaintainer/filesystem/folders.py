"""Makes folders durable: a name is on disk only after its folder has been synced."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from comicmaintainer.errors import FileMissing
from comicmaintainer.filesystem.os_errors import storage_errors, translated

# CIFS and some FUSE filesystems can't sync a folder, and there is no other way to do it.
SYNC_NOT_SUPPORTED = {errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOTTY}


def sync_folder(folder: Path) -> None:
    """Make the entries of `folder` durable, if its filesystem supports that.

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
    """Make the removal of a file from `folder` durable; the folder itself may be gone by now.

    Raises:
        ReadOnlyStorage, StorageFailed.
    """
    while True:
        try:
            sync_folder(folder)
        except FileMissing:
            folder = folder.parent  # then the folder's removal must be made durable
        else:
            return


def make_folder(folder: Path, *, mode: int = 0o777) -> None:
    """Create `folder` and its missing parents durably; it may exist already.

    `mode` applies only to `folder`, minus the umask.

    Raises:
        DiskFull, ReadOnlyStorage, StorageFailed.
    """
    target, missing = folder, []
    while not folder.is_dir() and folder != folder.parent:
        missing.append(folder)
        folder = folder.parent
    for one in reversed(missing):
        with storage_errors(one):
            one.mkdir(mode if one == target else 0o777, exist_ok=True)
        sync_folder(one.parent)


@contextmanager
def opened_below(top: Path, folder: Path) -> Iterator[int]:
    """Open `folder`, which is `top` or lies below it, and give its descriptor.

    No symbolic link below `top` is followed, so nobody can put another folder in its place.

    Raises:
        OSError: ENOTDIR or ELOOP where a link is in the way.
    """
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
    descriptor = os.open(top, flags)
    try:
        for name in folder.relative_to(top).parts:
            below = os.open(name, flags | os.O_NOFOLLOW, dir_fd=descriptor)
            os.close(descriptor)
            descriptor = below
        yield descriptor
    finally:
        os.close(descriptor)


def touch_folder(folder: Path) -> None:
    """Set the folder's mtime to now, because readers such as Komga scan only changed folders.

    Raises:
        FileMissing, ReadOnlyStorage, StorageFailed.
    """
    with storage_errors(folder):
        os.utime(folder)
