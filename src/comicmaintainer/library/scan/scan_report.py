"""What a scan of one root counts and reports, and who listens while it runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ScanProgress:
    """The progress of a scan of one root; the numbers only grow."""

    root: str
    folders: int
    files: int
    read: int


@dataclass(frozen=True, slots=True)
class ScanReport:
    """The result of a scan of one root. `files` is the number of comics there now.

    `unstorable` counts names that are not valid UTF-8 (left out), the first of which are the paths
    `unstorable_names`, written so that they can be shown; `unreadable` are folders that could not
    be listed (left as they were). With a `warning` nothing was forgotten.
    """

    root: str
    files: int = 0
    added: int = 0
    changed: int = 0
    moved: int = 0
    removed: int = 0
    unstorable: int = 0
    unstorable_names: tuple[str, ...] = ()
    unreadable: tuple[str, ...] = ()
    is_first_sight: bool = False
    warning: str | None = None


@dataclass(slots=True)
class Tally:
    """The counts of a scan under way: what was listed, read and recorded so far."""

    folders: int = 0
    files: int = 0
    read: int = 0
    added: int = 0
    changed: int = 0
    moved: int = 0
    unstorable: int = 0

    def progress(self, root: str) -> ScanProgress:
        return ScanProgress(root, self.folders, self.files, self.read)


def _nothing() -> None:
    """The checkpoint of a scan that is never stopped."""


def _nobody(_: object) -> None:
    """The listener of a scan that is not watched."""


@dataclass(frozen=True, slots=True)
class Listeners:
    """Who hears how a scan goes: `checkpoint` may raise to stop it, the others only listen.

    `on_new` gets the paths of new files, in batches and before they are catalogued, and whether
    they existed before the root was first scanned.
    """

    checkpoint: Callable[[], None] = _nothing
    progress: Callable[[ScanProgress], None] = _nobody
    on_new: Callable[[Sequence[str], bool], None] = lambda _paths, _were_there: None
