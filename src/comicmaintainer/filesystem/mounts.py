"""Lists what the kernel has mounted below folders now, so that the watcher notices a change.

Whether a missing comic means a missing mount is decided by `library/scan/mount_points.py`.
Format: https://man7.org/linux/man-pages/man5/proc_pid_mountinfo.5.html
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path

_MOUNTS = Path("/proc/self/mountinfo")
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


def _unescaped(place: bytes) -> bytes:
    return _OCTAL.sub(lambda sign: bytes([int(sign[1], 8)]), place)
