"""Forgets what a root has lost, unless its disk may only be out of reach.

Nothing of a root is forgotten that is suddenly empty or unreadable, or that is on another device
with less than half of its files, as a swapped disk is (`suspicion`). Otherwise lost files and
folders are forgotten, except folders whose mount point has lost its disk (`Losses.forget`). With
`forget_missing` the user has confirmed that all is gone, and both rules are off.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from comicmaintainer.errors import StorageError
from comicmaintainer.library.catalogue.catalogue import Catalogue
from comicmaintainer.library.scan.differences import Lost
from comicmaintainer.library.scan.folder_state import is_folder
from comicmaintainer.library.scan.mount_points import is_bare, nearest_folder
from comicmaintainer.library.scan.recorder import RECORD_AT_A_TIME
from comicmaintainer.library.scan.scan_report import Listeners
from comicmaintainer.library.scan.scan_rows import RootRecord, ScanRows

# A root on another device that lost more than this share of its files has been swapped.
MAX_LOST_SHARE = 0.5


def suspicion(
    root: str,
    record: RootRecord | None,
    device: int,
    *,
    known_files: int,
    listed_files: int,
    left_files: int,
    unreadable: list[str],
) -> str | None:
    """Return why missing files may only be out of reach, None if they are really gone.

    `left_files` are those of `listed_files` that were known before.
    """
    if not known_files:
        return None
    if listed_files == 0 and unreadable:
        return f"Nothing in {root} can be read ({unreadable[0]})."
    if listed_files == 0:
        return (
            f"{root} is empty, though {known_files} comics were in it: a share that is "
            "not mounted? Nothing was forgotten; scan again when it is back."
        )
    is_swapped = record is not None and record.device not in (None, device)
    if is_swapped and left_files < known_files * (1 - MAX_LOST_SHARE):
        return (
            f"{root} is on another device and only {max(0, left_files)} of {known_files} "
            "comics are still there: another disk? Nothing was forgotten."
        )
    return None


def warning_of(lost: Lost, unreadable: list[str]) -> str | None:
    """Return what a scan left as it was, and why, as a warning to keep with the root."""
    if lost.kept:
        return (
            f"{lost.kept[0]} is empty and on another device: a disk that is not mounted? "
            f"What was below it ({len(lost.kept)} folders) was not forgotten."
        )
    if unreadable:
        return f"{len(unreadable)} folders can't be read, first {unreadable[0]}."
    return None


class Losses:
    """Forgets the lost files and folders of one root."""

    def __init__(
        self, root_id: int, root: Path, rows: ScanRows, catalogue: Catalogue, listeners: Listeners
    ) -> None:
        self._root_id = root_id
        self._root = root
        self._rows = rows
        self._catalogue = catalogue
        self._listeners = listeners

    def forget(self, lost: Lost, known_folders: Iterable[str], *, forget_missing: bool) -> int:
        """Forget what was lost and return how many files that were.

        Folders whose disk may be missing are added to `lost.kept`, unless `forget_missing`.
        """
        removed = 0
        for at in range(0, len(lost.files), RECORD_AT_A_TIME):
            self._listeners.checkpoint()
            batch = lost.files[at : at + RECORD_AT_A_TIME]
            removed += self._catalogue.remove(path for path in batch if not os.path.lexists(path))
        if lost.listed:
            self._rows.set_digests(self._root_id, lost.listed)
        # Innermost first, so that a stop in between leaves no folder without its parent.
        for folder in sorted(_with_all_below(lost.folders, known_folders), reverse=True):
            self._listeners.checkpoint()
            if forget_missing or not self._is_unmounted(folder):
                removed += self._catalogue.forget_folder(folder)
            else:
                lost.kept.append(folder)
        return removed

    def _is_unmounted(self, folder: str) -> bool:
        """Whether the folder may be on a disk that is not mounted, and must not be forgotten."""
        try:
            above = nearest_folder(Path(folder), self._root)
            return is_bare(above, self._rows.device_of(folder))
        except StorageError:
            return True


def _with_all_below(lost_folders: Iterable[str], known_folders: Iterable[str]) -> set[str]:
    """Return the folders that are gone, with those that only a link leads to now."""
    lost = {folder for folder in lost_folders if not is_folder(folder)}
    if not lost:
        return lost
    found = set(lost)
    # Sorted by their parts, every folder comes right after the one that holds it.
    for folder in sorted(known_folders, key=lambda path: path.split("/")):
        if folder.rpartition("/")[0] in found:
            found.add(folder)
    return found
