"""The way of a new user from the first account to the first tidied series: where it stands.

Used by the web pages. It begins when the first account is made by the setup link, and ends when the
user has tried it or skips it; until then it can be left and taken up again. A service that was set
up otherwise has nothing to finish.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from comicmaintainer.database import Database, shared_values
from comicmaintainer.errors import ComicMaintainerError
from comicmaintainer.filesystem.disks import check_disk
from comicmaintainer.filesystem.reliability import FilesystemKind, filesystem_of
from comicmaintainer.library.root_states import RootStates
from comicmaintainer.services.disks import Disks

_STATE = "first-run"
LITTLE_SPACE_BYTES = 1 << 30
"""Below this much free space, the folder's check says so: a conversion needs room for a copy."""
_WITHOUT_LINKS = frozenset({"vfat", "exfat"})
_UNSURE_OF_LINKS = frozenset({FilesystemKind.NETWORK, FilesystemKind.FUSE})
_NO_FOLDER = (
    "No folder is set, so there are no comics to show. Set WATCHED_DIR to the folder of your "
    "comics, and start the service again."
)


class FirstRunState(StrEnum):
    """How far the first run is; `done` and `skipped` end it."""

    OPEN = "open"
    DONE = "done"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class CheckedFolder:
    """What the service can do in one watched folder.

    `filesystem` and `hard_links` are None if they can't be known. `problem` is one sentence, None
    if there is none, and `advice` says what to do about it, or what is good to know.
    """

    path: str
    files: int
    last_scan_at: float | None
    can_read: bool
    can_write: bool
    free_bytes: int
    filesystem: str | None
    is_network: bool
    hard_links: bool | None
    problem: str | None
    advice: str | None


@dataclass(frozen=True, slots=True)
class FirstRunView:
    """The state of the first run, the watched folders, and what to do if there is none."""

    state: FirstRunState
    folders: tuple[CheckedFolder, ...]
    advice: str | None


class FirstRun:
    """The first run of the service over `database`; `now` returns the time to store."""

    def __init__(
        self,
        database: Database,
        root_states: RootStates,
        disks: Disks,
        *,
        now: Callable[[], float],
    ) -> None:
        self._database = database
        self._root_states = root_states
        self._disks = disks
        self._now = now

    @property
    def state(self) -> FirstRunState:
        """Where it stands."""
        stored = shared_values.shared_value(self._database, _STATE)
        return FirstRunState.DONE if stored is None else FirstRunState(stored)

    def set_state(self, state: FirstRunState) -> None:
        """Begin it, or end it."""
        with self._database.transaction() as transaction:
            shared_values.store(transaction, _STATE, state, self._now())

    def view(self, folders: tuple[Path, ...]) -> FirstRunView:
        """Return the state, and check these watched folders now. Nothing is written to them."""
        known = {root.path: root for root in self._root_states.all()}
        findings = {finding.folder: finding for finding in self._disks.library()}
        checked = []
        for folder in folders:
            path, root = str(folder), known.get(str(folder))
            finding = findings.get(path)
            disk = check_disk(folder)
            can_read = os.access(folder, os.R_OK | os.X_OK)
            name, kind = _filesystem(folder)
            problem = None if finding is None else f"{finding.finding}."
            advice = None if finding is None else finding.advice
            if problem is None and disk.free_bytes < LITTLE_SPACE_BYTES:
                advice = "Little space is left: changes that write a whole file need room for it."
            checked.append(
                CheckedFolder(
                    path,
                    0 if root is None else root.files,
                    None if root is None else root.last_scan_at,
                    can_read,
                    disk.problem is None and can_read,
                    disk.free_bytes,
                    name,
                    kind is FilesystemKind.NETWORK,
                    _has_hard_links(name, kind),
                    problem,
                    advice,
                )
            )
        return FirstRunView(self.state, tuple(checked), None if folders else _NO_FOLDER)


def _filesystem(folder: Path) -> tuple[str | None, FilesystemKind | None]:
    try:
        return filesystem_of(folder)
    except ComicMaintainerError:
        return None, None


def _has_hard_links(name: str | None, kind: FilesystemKind | None) -> bool | None:
    if name is None or kind in _UNSURE_OF_LINKS:
        return None
    return name not in _WITHOUT_LINKS
