"""Opens an archive for a change: exclusively locked, and checked to be the planned file.

Two processes that change one archive take turns through `flock`; the second then finds another
identity than it planned for. The lock is advisory; other programs are noticed by identity.
"""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from comicmaintainer.errors import FileBusy, FileChangedMeanwhile, UnsupportedArchive
from comicmaintainer.filesystem.identity import FileIdentity
from comicmaintainer.filesystem.os_errors import storage_errors, translated
from comicmaintainer.filesystem.regular_files import open_regular

LOCK_NOT_SUPPORTED = {errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL, errno.EBADF}


@contextmanager
def locked(path: Path, *, for_writing: bool) -> Iterator[int]:
    """The regular file at `path`, open and locked until the block ends.

    Raises:
        FileBusy: another process is changing it.
        FileChangedMeanwhile: it was replaced while it was opened.
        UnsupportedArchive: it is a symbolic link.
        NotAComicPath: it is not a regular file.
        FileMissing, ReadOnlyStorage, StorageFailed.
    """
    mode = os.O_RDWR if for_writing else os.O_RDONLY
    try:
        descriptor = open_regular(path, mode | os.O_NOFOLLOW)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise UnsupportedArchive(
                "it is a symbolic link, and files are not written through links", path=path
            ) from error
        raise translated(error, path) from error
    lock: int | None = None
    try:
        if not _lock(descriptor, path) and not for_writing:
            lock = _locked_for_writing(path)
        status = os.fstat(descriptor)
        if FileIdentity.of(path) != FileIdentity.of_stat(status):
            raise FileChangedMeanwhile("it was replaced while it was being opened", path=path)
        yield descriptor
    finally:
        for each in (descriptor, lock):
            if each is not None:
                os.close(each)


def _locked_for_writing(path: Path) -> int | None:
    """Return a descriptor for writing that is locked, None if there can't be one.

    NFS grants exclusive locks only on files that are open for writing.
    """
    try:
        descriptor = open_regular(path, os.O_RDWR | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        is_locked = _lock(descriptor, path)
    except BaseException:
        os.close(descriptor)
        raise
    if is_locked:
        return descriptor
    os.close(descriptor)
    return None


def _lock(descriptor: int, path: Path) -> bool:
    """Lock the file; return whether it could be locked."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise FileBusy("another process is changing it", path=path) from error
    except OSError as error:
        # Some network filesystems have no locks; there, only the identity check protects the file.
        if error.errno not in LOCK_NOT_SUPPORTED:
            raise translated(error, path) from error
        return False
    return True


def require_identity(descriptor: int, path: Path, expected: FileIdentity) -> None:
    """Refuse a file whose name or content is no longer that of the planned file.

    Raises:
        FileChangedMeanwhile, FileMissing.
    """
    with storage_errors(path):
        current = FileIdentity.of_stat(os.fstat(descriptor))
    if current != expected or FileIdentity.of(path) != expected:
        raise FileChangedMeanwhile(
            "it was changed by someone else since it was looked at", path=path
        )
