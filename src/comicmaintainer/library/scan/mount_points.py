"""Decides whether a missing comic is gone, or the disk that it was on is just not mounted.

A disk that disappears leaves its mount point: an empty folder of another disk. So a comic is
unreachable if its root does not exist, or if the nearest folder above it that still exists is empty
and not on the device on which the catalogue, or the caller, saw the comics below that folder. Items
ask this of a comic, scans of each lost folder, health of each root. What the kernel has mounted now
is listed by `filesystem/mounts.py`.
"""

from __future__ import annotations

import os
from pathlib import Path

from comicmaintainer.filesystem.identity import device_of
from comicmaintainer.filesystem.os_errors import storage_errors
from comicmaintainer.library.ignored import is_ignored
from comicmaintainer.library.roots import LibraryRoots
from comicmaintainer.library.scan.folder_state import is_folder
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
    above = nearest_folder(path, root)
    device = rows.device_of(os.fspath(above))
    return above if is_bare(above, seen_on if device is None else device) else None


def nearest_folder(path: Path, root: Path) -> Path:
    """Return the innermost folder above `path` that exists; at the most, the root."""
    above = path.parent
    while above != root and not is_folder(os.fspath(above)):
        above = above.parent
    return above


def is_bare(folder: Path, seen_on: int | None) -> bool:
    """Tell whether the folder is an empty mount point whose disk is missing.

    `seen_on` is the device on which comics below it were seen, None if there were none.

    Raises:
        StorageFailed: the folder can't be read.
    """
    if seen_on is None or _has_entries(folder):
        return False
    return device_of(folder) != seen_on


def _has_entries(folder: Path) -> bool:
    with storage_errors(folder), os.scandir(folder) as entries:
        return any(not is_ignored(entry.name) for entry in entries)
