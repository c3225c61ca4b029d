"""Decides whether a missing comic is gone, or its disk is just not mounted.

A disk that disappears leaves its mount point: an empty folder of another disk. So a comic is
unreachable if its folder is empty (or missing, at the root) and is not on the device on which the
catalogue, or the caller, saw the comics below it.
"""

from __future__ import annotations

import os
from pathlib import Path

from comicmaintainer.filesystem.identity import device_of
from comicmaintainer.filesystem.os_errors import storage_errors
from comicmaintainer.library.ignored import is_ignored
from comicmaintainer.library.roots import LibraryRoots
from comicmaintainer.library.scan.scan_rows import ScanRows


def bare_mount_point(
    roots: LibraryRoots, rows: ScanRows, path: Path, seen_on: int | None = None
) -> Path | None:
    """Return the folder whose missing disk is the reason that `path` is missing, else None.

    `seen_on` is the comic's earlier device; it is used if the catalogue has none.

    Raises:
        StorageFailed: the disk is present but can't be read.
    """
    root = roots.root_of(path)
    if root is None or os.path.lexists(path):
        return None
    if not root.is_dir():
        return root
    above = path.parent
    while not above.is_dir():
        above = above.parent
    if _has_entries(above):
        return None
    device = rows.device_of(os.fspath(above))
    device = seen_on if device is None else device
    return above if device is not None and device_of(above) != device else None


def _has_entries(folder: Path) -> bool:
    with storage_errors(folder), os.scandir(folder) as entries:
        return any(not is_ignored(entry.name) for entry in entries)
