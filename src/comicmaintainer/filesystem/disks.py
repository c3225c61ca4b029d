"""Checks the disk of any one folder: whether it is present, writable, and has free space.

`services/disks.py` turns the result into advice about the folders of the settings.
Nothing is written, so the check may run often, also on a full or broken disk, and wakes no disk.
The kernel's flag shows a read-only filesystem; mount options show one that was shut down after an
error (ext4 since Linux 6.15: `emergency_ro`; `shutdown`).
"""

from __future__ import annotations

import errno
import os
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

LOOP = "loop"
"""The detail of a folder that is missing because of a symbolic link loop."""
NO_ROOM_BYTES = 1 << 20
_MOUNTS = Path("/proc/self/mountinfo")
_SHUT_DOWN_OPTIONS = frozenset({b"emergency_ro", b"shutdown"})


class DiskProblem(StrEnum):
    """The reason why a folder can't be used."""

    MISSING = "missing"
    READ_ONLY = "read_only"
    NOT_PERMITTED = "not_permitted"
    FULL = "full"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class DiskState:
    """The present state of a folder's disk. `problem` is None if there is none."""

    folder: Path
    problem: DiskProblem | None
    free_bytes: int = 0
    detail: str = ""


def check_disk(folder: Path, *, no_room_bytes: int = NO_ROOM_BYTES) -> DiskState:
    """Return the state of the disk of `folder`."""
    try:
        with os.scandir(folder) as entries:
            next(entries, None)
        status = os.statvfs(folder)
    except OSError as error:
        kind = {
            errno.ENOENT: DiskProblem.MISSING,
            errno.ELOOP: DiskProblem.MISSING,
            errno.EACCES: DiskProblem.NOT_PERMITTED,
            errno.EPERM: DiskProblem.NOT_PERMITTED,
        }.get(error.errno or 0, DiskProblem.FAILED)
        detail = LOOP if error.errno == errno.ELOOP else error.strerror or str(error)
        return DiskState(folder, kind, detail=detail)
    free_bytes = status.f_bavail * status.f_frsize
    if status.f_flag & os.ST_RDONLY or _is_shut_down(folder):
        return DiskState(folder, DiskProblem.READ_ONLY, free_bytes)
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        return DiskState(folder, DiskProblem.NOT_PERMITTED, free_bytes)
    if free_bytes < no_room_bytes:
        return DiskState(folder, DiskProblem.FULL, free_bytes)
    return DiskState(folder, None, free_bytes)


def _is_shut_down(folder: Path) -> bool:
    """Whether the kernel no longer allows writes to the disk.

    Format: https://man7.org/linux/man-pages/man5/proc_pid_mountinfo.5.html
    """
    try:
        device = folder.stat().st_dev
        mounts = _MOUNTS.read_bytes().splitlines()
    except OSError:
        return False  # no Linux, or no /proc
    number = f"{os.major(device)}:{os.minor(device)}".encode()
    return any(
        _SHUT_DOWN_OPTIONS.intersection(line.split()[-1].split(b","))
        for line in mounts
        if line.split()[2] == number
    )
