"""Appends to a CBZ, and cuts off an append that fails.

`editing` cuts off what a crash left unfinished (`_repair_tail`), and what is undone (`undo_edit`).

Order of an append: body → fsync → end record (22 bytes within one sector) → fsync. In every torn
state the old end record is the last complete one, so every reader sees the old archive. The cost
does not depend on the archive's size.
"""

from __future__ import annotations

import errno
import logging
import os
from collections.abc import Callable
from pathlib import Path

from comicmaintainer.comics.archives.edits.zip_layout import Tail
from comicmaintainer.errors import FileChangedMeanwhile, StorageError
from comicmaintainer.filesystem.identity import FileIdentity
from comicmaintainer.filesystem.os_errors import storage_errors
from comicmaintainer.filesystem.shared_steps import FileSync, GuardCheck

LOGGER = logging.getLogger(__name__)


async def append(descriptor: int, tail: Tail, *, path: Path, guard: Callable[[], None]) -> None:
    """Write `tail` after the old end of the locked file; durable on return.

    `guard` is checked right before the end record makes the new archive valid. When it raises, or
    the disk is full, the file is cut back to its old length.

    Raises:
        FileChangedMeanwhile: the file was replaced or linked meanwhile.
        DiskFull, StorageFailed, and whatever `guard` raises.
    """
    old_size_bytes = os.fstat(descriptor).st_size
    try:
        with storage_errors(path):
            _write(descriptor, tail.body, tail.offset)
        await FileSync(descriptor, path)
        await GuardCheck(guard)
        _require_only_name(descriptor, path)
        with storage_errors(path):
            _write(descriptor, tail.end_record, tail.offset + len(tail.body))
        await FileSync(descriptor, path)
    except BaseException:
        _cut_back(descriptor, old_size_bytes, path)
        raise


def truncate(descriptor: int, size_bytes: int, *, path: Path) -> None:
    """Cut the open file to `size_bytes`, durably.

    Raises:
        StorageFailed, ReadOnlyStorage.
    """
    with storage_errors(path):
        os.ftruncate(descriptor, size_bytes)
        os.fsync(descriptor)


def is_ours_or_zeros(descriptor: int, old_size_bytes: int, tail: Tail) -> bool:
    """True if only `tail`, possibly with zeros for missing parts, follows the old end.

    Only then may an unfinished tail be cut off. Other programs' data must stay.
    """
    expected = bytes(tail.offset - old_size_bytes) + tail.body + tail.end_record
    size = os.fstat(descriptor).st_size
    if not old_size_bytes < size <= old_size_bytes + len(expected):
        return False
    tail_bytes = os.pread(descriptor, len(expected), old_size_bytes)
    return all(
        byte in (0, expected_byte)
        for byte, expected_byte in zip(tail_bytes, expected, strict=False)
    )


def _require_only_name(descriptor: int, path: Path) -> None:
    """Refuse a file that was replaced or linked while it was being written."""
    status = os.fstat(descriptor)
    is_there = FileIdentity.of(path).place == FileIdentity.of_stat(status).place
    if not is_there or status.st_nlink > 1:
        raise FileChangedMeanwhile(
            "it was replaced or linked while it was being written", path=path
        )


def _cut_back(descriptor: int, size_bytes: int, path: Path) -> None:
    """Undo a failed append. If the cut fails too, the unfinished tail that stays is harmless."""
    try:
        truncate(descriptor, size_bytes, path=path)
    except StorageError as error:
        LOGGER.warning("%s: an unfinished tail stays until the next repair: %s", path, error)


def _write(descriptor: int, data: bytes, offset: int) -> None:
    view = memoryview(data)
    while view:
        written = os.pwrite(descriptor, view, offset)
        if written == 0:
            raise OSError(errno.EIO, "nothing was written")
        offset += written
        view = view[written:]
