"""What is wrong with the disks of the database and the library, in words, and what to do about it.

Used by health, the System page, `doctor` and the command line. Disks are checked on every call (by
`filesystem/disks.py`, which knows no settings), so a finding goes away by itself when the disk is
back.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from comicmaintainer.database import Database
from comicmaintainer.errors import ComicMaintainerError
from comicmaintainer.filesystem.disks import LOOP, DiskProblem, DiskState, check_disk
from comicmaintainer.filesystem.reliability import filesystem_of
from comicmaintainer.library.roots import LibraryRoots
from comicmaintainer.library.scan.mount_points import is_bare
from comicmaintainer.library.scan.scan_rows import ScanRows
from comicmaintainer.settings import Settings

CONFIG = "CONFIG_DIR"
_BRIEFLY = {
    DiskProblem.MISSING: "its disk is missing",
    DiskProblem.READ_ONLY: "its disk is read-only",
    DiskProblem.NOT_PERMITTED: "it can't be read or written",
    DiskProblem.FULL: "its disk is full",
    DiskProblem.FAILED: "its disk can't be read",
}
_AGAIN = "Until then jobs wait or fail and can be retried; no comic is lost."


@dataclass(frozen=True, slots=True)
class DiskFinding:
    """A problem with one folder.

    `setting` names the setting that points to the folder; `brief` says it without the path.
    """

    folder: str
    setting: str
    problem: DiskProblem
    finding: str
    advice: str
    brief: str


class Disks:
    """The disks of the configuration and of the watched folders."""

    def __init__(self, settings: Settings, database: Database, roots: LibraryRoots) -> None:
        self._settings = settings
        self._rows = ScanRows(database)
        self._roots = roots

    def config(self) -> DiskFinding | None:
        """Return the problem with the disk of the database, or None."""
        return finding_of(CONFIG, self._settings.config_dir)

    def library(self) -> list[DiskFinding]:
        """Return the problems with the disks of the watched folders."""
        roots = self._roots.paths
        findings: list[DiskFinding | None] = []
        for number, root in enumerate(roots, 1):
            name = "WATCHED_DIR" if len(roots) == 1 else f"WATCHED_DIR, folder {number}"
            findings.append(_finding(name, self._state_of(root)))
        return [finding for finding in findings if finding is not None]

    def all(self) -> list[DiskFinding]:
        """Return the problems with all of these disks, the configuration's first."""
        config = self.config()
        return [*([] if config is None else [config]), *self.library()]

    def _state_of(self, root: Path) -> DiskState:
        state = check_disk(root)
        if state.problem in (None, DiskProblem.READ_ONLY, DiskProblem.NOT_PERMITTED):
            try:
                bare = is_bare(root, self._rows.device_of(os.fspath(root)))
            except ComicMaintainerError:
                return state  # problems of the database are reported elsewhere
            if bare:
                return DiskState(root, DiskProblem.MISSING, detail="bare")
        return state


def not_permitted(path: Path) -> tuple[str, str]:
    """Return why this process may not read or write a path, and what to do about it."""
    status = path.stat()
    return (
        f"{path} belongs to user {status.st_uid}, group {status.st_gid}, and may not be read or "
        f"written by user {os.geteuid()}, group {os.getegid()}",
        "Change its owner or permissions, or run as another user (in the image: PUID and PGID).",
    )


def finding_of(setting: str, folder: Path) -> DiskFinding | None:
    """Return the problem with the disk of one folder, or None."""
    return _finding(setting, check_disk(folder))


def _finding(setting: str, state: DiskState) -> DiskFinding | None:
    if state.problem is None:
        return None
    finding, advice = _words(state)
    brief = f"{setting}: {_BRIEFLY[state.problem]}."
    return DiskFinding(str(state.folder), setting, state.problem, finding, advice, brief)


def _words(state: DiskState) -> tuple[str, str]:
    folder = state.folder
    match state.problem:
        case DiskProblem.MISSING if state.detail == "bare":
            return (
                f"{folder} is empty, but had comics in it: its disk is not mounted",
                f"Mount the disk or share again. Nothing is forgotten. {_AGAIN}",
            )
        case DiskProblem.MISSING if state.detail == LOOP:
            return (
                f"{folder} is a symbolic link that leads back to itself",
                f"Point it to a folder. Nothing is forgotten. {_AGAIN}",
            )
        case DiskProblem.MISSING:
            return (
                f"{folder} does not exist",
                "Check the name, and whether the disk or share is mounted. Nothing is forgotten. "
                f"{_AGAIN}",
            )
        case DiskProblem.READ_ONLY:
            return (
                f"{folder} is on a read-only filesystem ({filesystem_of(folder)[0]})",
                "If it is mounted read-only on purpose (in a container: a volume with :ro), mount "
                "it writable. If not, the kernel did so after a disk error: read dmesg and check "
                f"the disk first. {_AGAIN}",
            )
        case DiskProblem.NOT_PERMITTED:
            return not_permitted(folder)
        case DiskProblem.FULL:
            return (f"No space left in {folder}", f"Free some space. {_AGAIN}")
        case _:
            return (
                f"{folder} can't be read ({state.detail})",
                f"Read dmesg: the disk or the connection to it is failing. {_AGAIN}",
            )
