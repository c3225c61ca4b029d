"""Finds the processes of this machine that lock a byte of a file, as far as this user may see.

/proc/locks does not name the processes of open file description locks, but fdinfo does:
https://man7.org/linux/man-pages/man5/proc_pid_fdinfo.5.html
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")
_STOPPED = frozenset({"T", "t"})


@dataclass(frozen=True, slots=True)
class Holder:
    """A process that holds the byte. `is_stopped`: by Ctrl-Z, SIGSTOP or a debugger."""

    pid: int
    command: str
    is_stopped: bool


def holders(path: Path, byte: int) -> list[Holder]:
    """Return the visible processes with a write lock on `byte` of the file."""
    try:
        status = path.stat()
    except OSError:
        return []
    file_id = (status.st_dev, status.st_ino)
    return [
        _holder(process)
        for process in _PROC.glob("[0-9]*")
        if any(_holds(page, byte) for page in _pages(process, file_id))
    ]


def _pages(process: Path, file_id: tuple[int, int]) -> Iterator[Path]:
    """The kernel's pages about a process's descriptors of a file."""
    try:
        for descriptor in (process / "fd").iterdir():
            status = descriptor.stat()
            if (status.st_dev, status.st_ino) == file_id:
                yield process / "fdinfo" / descriptor.name
    except OSError:
        return  # another user's process, or ended meanwhile


def _holds(page: Path, byte: int) -> bool:
    try:
        lines = page.read_text("utf-8").splitlines()
    except OSError:
        return False
    locks = (line.split() for line in lines if line.startswith("lock:"))
    return any(
        len(lock) == 9 and lock[4] == "WRITE" and _covers(lock[7], lock[8], byte) for lock in locks
    )


def _covers(first: str, last: str, byte: int) -> bool:
    return int(first) <= byte and (last == "EOF" or byte <= int(last))


def _holder(process: Path) -> Holder:
    try:
        words = (process / "cmdline").read_bytes().split(b"\0")
        state = (process / "stat").read_text("utf-8", "replace").rpartition(")")[2].split()[0]
    except OSError:
        words, state = [], ""
    command = " ".join(os.fsdecode(word) for word in words if word)
    return Holder(int(process.name), command, state in _STOPPED)
