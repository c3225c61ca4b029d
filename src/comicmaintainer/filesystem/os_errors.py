"""Translates operating system errors to the product's error tree.

Every module that touches comic files translates `OSError` here, so that callers see a common set:
`DiskFull`, `ReadOnlyStorage`, `FileMissing`, `TargetExists`, `StorageFailed`.
"""

from __future__ import annotations

import errno
from dataclasses import dataclass
from pathlib import Path

from comicmaintainer.errors import (
    ComicMaintainerError,
    DiskFull,
    DiskReadOnly,
    FileMissing,
    InvalidInput,
    NotAComicPath,
    ReadOnlyStorage,
    StorageFailed,
    TargetExists,
)

ERROR_CLASSES: dict[int, type[ComicMaintainerError]] = {
    errno.ENOSPC: DiskFull,
    errno.EDQUOT: DiskFull,
    errno.EFBIG: DiskFull,
    errno.EROFS: DiskReadOnly,
    errno.EACCES: ReadOnlyStorage,
    errno.EPERM: ReadOnlyStorage,
    errno.ENOENT: FileMissing,
    errno.ENOTDIR: FileMissing,
    errno.EEXIST: TargetExists,
    errno.ENAMETOOLONG: InvalidInput,
    errno.EISDIR: NotAComicPath,
}

MEANINGS: dict[type[ComicMaintainerError], str] = {
    DiskFull: "no space is left for it",
    DiskReadOnly: "its disk is read-only now",
    ReadOnlyStorage: "it may not be read or written here",
    FileMissing: "it does not exist",
    TargetExists: "the name is already taken",
    InvalidInput: "the name is too long for this filesystem",
    NotAComicPath: "it is a folder",
    StorageFailed: "the storage failed",
}


def translated(error: OSError, path: Path) -> ComicMaintainerError:
    """The product's error for an `OSError` during work on `path`."""
    kind = ERROR_CLASSES.get(error.errno or 0, StorageFailed)
    return kind(f"{MEANINGS[kind]} ({error.strerror or error})", path=path)


@dataclass(frozen=True, slots=True)
class storage_errors:  # noqa: N801 - used like a function
    """Runs a block that works on `path`, and translates its `OSError`."""

    path: Path

    def __enter__(self) -> None:
        return

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: object
    ) -> None:
        if isinstance(error, OSError):
            raise translated(error, self.path) from error
