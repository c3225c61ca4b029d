"""What the kernel has mounted: below folders, for the watcher, and where a file can be renamed to.

Whether a missing comic means a missing mount is decided by `library/scan/mount_points.py`.
Format: https://man7.org/linux/man-pages/man5/proc_pid_mountinfo.5.html
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path

_MOUNTS = Path("/proc/self/mountinfo")
_MOUNT_ID = re.compile(rb"^mnt_id:\s*(\d+)", re.MULTILINE)
_OCTAL = re.compile(rb"\\([0-7]{3})")


def mounts_below(folders: Iterable[Path]) -> frozenset[tuple[bytes, bytes]]:
    """Return device and place of every mount inside the folders, if mounts are visible."""
    inside = tuple(os.fsencode(folder) + b"/" for folder in folders)
    try:
        lines = _MOUNTS.read_bytes().splitlines()
    except OSError:
        return frozenset()  # no Linux, or no /proc
    mounts = (line.split(b" ", 5)[2:5:2] for line in lines)
    places = ((device, _unescaped(place)) for device, place in mounts)
    return frozenset((device, place) for device, place in places if place.startswith(inside))


def is_one_mount(one: Path, other: Path) -> bool:
    """Whether a file can be renamed from folder `one` to `other`, or the nearest above that exists.

    Two bind mounts of one disk have one device, but refuse renames between them.

    Raises:
        OSError.
    """
    return _mount_of(one) == _mount_of(other)


def _mount_of(folder: Path) -> tuple[int, bytes | None]:
    """Return the device of a folder and the number of its mount, None if mounts can't be seen."""
    while not folder.is_dir() and folder != folder.parent:
        folder = folder.parent
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        device = os.fstat(descriptor).st_dev
        try:
            facts = Path(f"/proc/self/fdinfo/{descriptor}").read_bytes()
        except OSError:
            return device, None  # no Linux, or no /proc
        found = _MOUNT_ID.search(facts)
        return device, found[1] if found else None
    finally:
        os.close(descriptor)


def _unescaped(place: bytes) -> bytes:
    return _OCTAL.sub(lambda sign: bytes([int(sign[1], 8)]), place)
