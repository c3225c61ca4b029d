"""Notes what the threads of a process are working on, in a file that outlives the process.

After a process was killed or crashed, the next one learns from the notes where that happened. A
note costs two small writes to the page cache; if it can't be written, it is omitted. The file is
locked while its process runs, so the notes of a running process are never mistaken for those of a
dead one.
"""

from __future__ import annotations

import fcntl
import os
import struct
import uuid
from collections import deque
from contextlib import suppress
from pathlib import Path

from comicmaintainer.filesystem.lock_probe import is_lock_free

SUFFIX = ".notes"
SLOTS = 64
LENGTH = struct.Struct(">H")
SLOT_BYTES = LENGTH.size + 4096  # a path has no more bytes on Linux
NOTHING = LENGTH.pack(0)


class ProcessNotes:
    """The notes of this process, in a separate file in `folder`. Threads may share it."""

    def __init__(self, folder: Path) -> None:
        """Raises: OSError, if the file can't be created."""
        folder.mkdir(parents=True, exist_ok=True)
        self._path, self._descriptor = _locked_file(folder)
        self._free = deque(range(SLOTS))

    def noted(self, path: str) -> Note:
        """Run blocks that work on `path`; the note is removed after each in any case."""
        name = os.fsencode(path)[: SLOT_BYTES - LENGTH.size]
        return Note(self, LENGTH.pack(len(name)) + name)

    def _add(self, record: bytes) -> int | None:
        """Write a note; return its slot, None if all are in use."""
        try:
            slot = self._free.pop()
        except IndexError:
            return None
        self._write(record, slot * SLOT_BYTES)
        return slot

    def _remove(self, slot: int | None) -> None:
        if slot is not None:
            self._write(NOTHING, slot * SLOT_BYTES)
            self._free.append(slot)

    def close(self) -> None:
        """Remove the file, because the process ends normally, even if threads are still working."""
        if self._descriptor >= 0:
            self._path.unlink(missing_ok=True)
            os.close(self._descriptor)
            self._descriptor = -1

    def _write(self, record: bytes, at: int) -> None:
        with suppress(OSError):  # a full disk, or closed while a thread was still working
            os.pwrite(self._descriptor, record, at)


class Note:
    """The context in which a path is noted; it can be entered again after it was left."""

    __slots__ = ("_notes", "_record", "_slot")

    def __init__(self, notes: ProcessNotes, record: bytes) -> None:
        self._notes = notes
        self._record = record
        self._slot: int | None = None

    def __enter__(self) -> None:
        self._slot = self._notes._add(self._record)  # noqa: SLF001 - two halves of one class

    def __exit__(self, *_: object) -> None:
        self._notes._remove(self._slot)  # noqa: SLF001


def have_processes_died(folder: Path) -> bool:
    """Tell whether a dead process has left notes in `folder`."""
    return any(map(_is_left, folder.glob(f"*{SUFFIX}")))


def notes_of_dead_processes(folder: Path) -> list[str]:
    """Return what dead processes were working on at their end, and delete their notes."""
    paths: list[str] = []
    for path in sorted(folder.glob(f"*{SUFFIX}")):
        with suppress(OSError):  # removed by another process, or not ours to read
            paths += _read_and_remove(path)
    return paths


def _locked_file(folder: Path) -> tuple[Path, int]:
    """Create a file and lock it."""
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    while True:
        path = folder / f"{os.getpid()}-{uuid.uuid4().hex}{SUFFIX}"
        descriptor = os.open(path, flags, 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        if os.fstat(descriptor).st_nlink:
            return path, descriptor
        os.close(descriptor)  # removed as a dead process's, before it was locked


def _is_left(path: Path) -> bool:
    try:
        return is_lock_free(path)
    except OSError:
        return False


def _read_and_remove(path: Path) -> list[str]:
    descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        paths = []
        for slot in range(SLOTS):
            record = os.pread(descriptor, SLOT_BYTES, slot * SLOT_BYTES)
            if len(record) < LENGTH.size:
                break
            (length,) = LENGTH.unpack_from(record)
            if length:
                paths.append(os.fsdecode(record[LENGTH.size : LENGTH.size + length]))
        path.unlink()
    except BlockingIOError:  # its process is still running
        return []
    finally:
        os.close(descriptor)
    return paths
