"""What the threads of a process are at work on, in a file that outlives it.

Whoever comes after a process that was killed, or that crashed, learns from it where that happened.
A note costs two small writes to the page cache; where it can't be written, none is kept. The file
is locked while its process lives: notes of the living are never taken for those of the dead.
"""

from __future__ import annotations

import fcntl
import os
import struct
import uuid
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

SUFFIX = ".notes"
SLOTS = 64
LENGTH = struct.Struct(">H")
SLOT_BYTES = LENGTH.size + 4096  # a path has no more bytes on Linux
NOTHING = LENGTH.pack(0)


class ProcessNotes:
    """The notes of this process, in a file of its own in `folder`. Threads may share it."""

    def __init__(self, folder: Path) -> None:
        """Raises: OSError, where the file can't be made."""
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / f"{os.getpid()}-{uuid.uuid4().hex}{SUFFIX}"
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        self._descriptor = os.open(self._path, flags, 0o600)
        fcntl.flock(self._descriptor, fcntl.LOCK_EX)
        self._free = deque(range(SLOTS))

    @contextmanager
    def noted(self, path: str) -> Iterator[None]:
        """Run a block that works on `path`; the note is gone after it, however it ends."""
        name = os.fsencode(path)
        try:
            slot = self._free.pop()
        except IndexError:
            yield
            return
        at = slot * SLOT_BYTES
        try:
            if len(name) <= SLOT_BYTES - LENGTH.size:
                self._write(LENGTH.pack(len(name)) + name, at)
            yield
        finally:
            self._write(NOTHING, at)
            self._free.append(slot)

    def close(self) -> None:
        """Remove the file: the process ends as it should, whatever its threads still do."""
        if self._descriptor >= 0:
            self._path.unlink(missing_ok=True)
            os.close(self._descriptor)
            self._descriptor = -1

    def _write(self, record: bytes, at: int) -> None:
        with suppress(OSError):  # a full disk; or closed while a thread was still at work
            os.pwrite(self._descriptor, record, at)


def left_behind(folder: Path) -> list[str]:
    """Return what processes that are gone were at work on in the end, and forget it."""
    found: list[str] = []
    for path in sorted(folder.glob(f"*{SUFFIX}")):
        with suppress(FileNotFoundError):
            found += _read_and_remove(path)
    return found


def _read_and_remove(path: Path) -> list[str]:
    descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        found = []
        for slot in range(SLOTS):
            record = os.pread(descriptor, SLOT_BYTES, slot * SLOT_BYTES)
            if len(record) < LENGTH.size:
                break
            (length,) = LENGTH.unpack_from(record)
            if length:
                found.append(os.fsdecode(record[LENGTH.size : LENGTH.size + length]))
        path.unlink()
    except BlockingIOError:  # its process lives
        return []
    finally:
        os.close(descriptor)
    return found
