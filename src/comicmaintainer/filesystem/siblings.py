"""Writes a temporary file beside the file it will become, and publishes it.

Used for every write that is not an append: `with SiblingFile.create(target) as new:` write,
`keep_attributes_of`, `sync`, then publish. Leaving the block without publishing removes the file.
The target is untouched until then.
"""

from __future__ import annotations

import errno
import fcntl
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from comicmaintainer.filesystem.folders import sync_folder
from comicmaintainer.filesystem.os_errors import storage_errors, translated
from comicmaintainer.filesystem.temporaries import new_token, temporary_name

LOGGER = logging.getLogger(__name__)

COPY_CHUNK_BYTES = 8 << 20
NEW_FILE_MODE = 0o666  # reduced by the process's umask
# The errors for copy_file_range between some filesystems, or for some files.
COPY_RANGE_REFUSED = {errno.EXDEV, errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP, errno.EPERM}
ATTRIBUTE_REFUSED = {errno.EPERM, errno.EACCES, errno.EOPNOTSUPP, errno.EINVAL, errno.ENODATA}


class SiblingFile:
    """One temporary file, open for writing at its end and locked against sweeps."""

    def __init__(self, target: Path, path: Path, descriptor: int) -> None:
        self.target = target
        self.path = path
        self.descriptor = descriptor
        self.size_bytes = 0
        self._is_published = False

    @classmethod
    def create(cls, target: Path, *, token: str | None = None) -> Self:
        """Create the temporary for `target`; with `token`, its name is known beforehand.

        Raises:
            TargetExists: a temporary with this token exists.
            DiskFull, ReadOnlyStorage, FileMissing (the folder), StorageFailed.
        """
        path = target.with_name(temporary_name(target.name, token or new_token()))
        with storage_errors(path):
            descriptor = os.open(
                path,
                os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC,
                NEW_FILE_MODE,
            )
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            # A sweep locked it before us, or locks don't work here at all.
            if error.errno == errno.EWOULDBLOCK:
                os.close(descriptor)
                raise translated(error, path) from error
        return cls(target, path, descriptor)

    def append(self, data: bytes | memoryview) -> None:
        """Write `data` at the end."""
        view = memoryview(data)
        with storage_errors(self.path):
            while view:
                written = os.pwrite(self.descriptor, view, self.size_bytes)
                self.size_bytes += written
                view = view[written:]

    def overwrite(self, offset: int, data: bytes) -> None:
        """Write `data` over bytes that were appended earlier."""
        with storage_errors(self.path):
            if os.pwrite(self.descriptor, data, offset) != len(data):
                raise OSError(errno.EIO, "short write")

    def append_range(self, source: int, offset: int, length: int) -> None:
        """Copy `length` bytes of the open file `source` from `offset` to the end, in the kernel.

        Raises:
            StorageFailed: the source ends early.
        """
        end = offset + length
        with storage_errors(self.path):
            while offset < end:
                count = self._copy_some(source, offset, min(end - offset, COPY_CHUNK_BYTES))
                if count == 0:
                    raise OSError(errno.EIO, "the source ends early")
                offset += count
                self.size_bytes += count

    def _copy_some(self, source: int, offset: int, length: int) -> int:
        try:
            return os.copy_file_range(source, self.descriptor, length, offset, self.size_bytes)
        except OSError as error:
            if error.errno not in COPY_RANGE_REFUSED:
                raise
        data = os.pread(source, length, offset)
        return os.pwrite(self.descriptor, data, self.size_bytes)

    def keep_attributes_of(self, source: int, *, times: bool = False) -> None:
        """Copy owner, mode, ACLs and extended attributes (and times) of the open `source`.

        If this process may not set the owner, the file keeps the process's owner.
        """
        status = os.fstat(source)
        with storage_errors(self.path):
            for owner, group in ((status.st_uid, -1), (-1, status.st_gid)):
                with _tolerated():
                    os.fchown(self.descriptor, owner, group)
            os.fchmod(self.descriptor, status.st_mode & 0o7777)
            # ACLs are the attributes system.posix_acl_access and _default.
            for name in _attribute_names(source):
                with _tolerated():
                    os.setxattr(self.descriptor, name, os.getxattr(source, name))
            if times:
                os.utime(self.descriptor, ns=(status.st_atime_ns, status.st_mtime_ns))

    def sync(self) -> None:
        """Make the content durable."""
        with storage_errors(self.path):
            os.fsync(self.descriptor)

    def replace_target(self) -> None:
        """Replace the target by this file, atomically and durably. Call `sync` before."""
        with storage_errors(self.target):
            self.path.replace(self.target)
        self.published()
        sync_folder(self.target.parent)

    def published(self) -> None:
        """Note that the file has its final name, so that leaving the block keeps it."""
        self._is_published = True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if not self._is_published:
                self.path.unlink(missing_ok=True)
        except OSError as failure:
            # The sweep removes it later. The error that led here matters more.
            LOGGER.warning("temporary %s stays: %s", self.path, failure)
        finally:
            os.close(self.descriptor)


@contextmanager
def _tolerated() -> Iterator[None]:
    """Ignore attributes that this process may not set, or that the filesystem lacks."""
    try:
        yield
    except OSError as error:
        if error.errno not in ATTRIBUTE_REFUSED:
            raise


def _attribute_names(source: int) -> list[str]:
    try:
        return os.listxattr(source)
    except (AttributeError, OSError):  # unsupported by the system or the filesystem
        return []
