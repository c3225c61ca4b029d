"""Sources of events for the watcher: the kernel, or rounds of scanning.

Both sources yield at least every `TICK_S`, so that the watcher can check its clock. Kernel events
may be lost (a full queue, a filesystem of another machine), and the kernel may refuse to watch
folders. Rounds scan what events missed.
"""

from __future__ import annotations

import logging
import stat
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from comicmaintainer.filesystem.mounts import mounts_below
from comicmaintainer.filesystem.reliability import FilesystemKind, filesystem_of
from comicmaintainer.watcher.coverage import Shortfall, limit_of, shortfall
from comicmaintainer.watcher.folder_watches import FolderWatches

logger = logging.getLogger(__name__)


TICK_S = 0.5
SAFETY_ROUND_S = 6 * 3600.0
"""How often even roots with kernel events are scanned."""


@dataclass(frozen=True, slots=True)
class Signs:
    """Events since the last time: changed paths, and roots that are due to be scanned.

    `added` are the paths that were created or moved here. `shortfall` is what keeps the kernel from
    watching all folders at present.
    """

    paths: frozenset[str] = frozenset()
    added: frozenset[str] = frozenset()
    rounds: tuple[Path, ...] = ()
    shortfall: Shortfall | None = None


class EventSource(Protocol):
    """A source of signs."""

    def signs(self, stop: threading.Event) -> Iterator[Signs]:
        """Yield signs until `stop` is set."""
        ...


class Rounds:
    """When each root is due to be scanned: at once, then once per interval."""

    def __init__(self, intervals_s: dict[Path, float], now: Callable[[], float]) -> None:
        self._intervals_s = dict(intervals_s)
        self._now = now
        self._due_at = dict.fromkeys(intervals_s, now())

    def due(self) -> tuple[Path, ...]:
        """Return the roots that are due; their next round is counted from now."""
        now = self._now()
        due = tuple(root for root, at in self._due_at.items() if at <= now)
        for root in due:
            self._due_at[root] = now + self._intervals_s[root]
        return due

    def bring_forward(self, root: Path | None = None) -> None:
        """Make `root`, or all roots, due at once."""
        for one in self._due_at if root is None else (root,):
            self._due_at[one] = self._now()

    def set_interval(self, root: Path, interval_s: float) -> None:
        """Scan a root this often from now on; a shorter interval takes effect at once."""
        self._intervals_s[root] = interval_s
        self._due_at[root] = min(self._due_at[root], self._now() + interval_s)


class PollingSource:
    """A source without kernel events: every root is scanned once per interval."""

    def __init__(
        self,
        roots: Sequence[Path],
        interval_s: float,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._rounds = Rounds(dict.fromkeys(roots, interval_s), now)

    def signs(self, stop: threading.Event) -> Iterator[Signs]:
        """See EventSource."""
        while not stop.is_set():
            yield Signs(rounds=self._rounds.due())
            stop.wait(TICK_S)


class KernelSource:
    """Events of the kernel; folders that it does not watch reliably are scanned as well."""

    def __init__(
        self,
        roots: Sequence[Path],
        interval_s: float,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._roots = roots
        self._interval_s = interval_s
        self._rounds = Rounds(
            {root: interval_s if _is_silent(root) else SAFETY_ROUND_S for root in roots}, now
        )
        self._now = now
        self._shortfall: Shortfall | None = None

    def signs(self, stop: threading.Event) -> Iterator[Signs]:
        """See EventSource.

        Sets up all watches again when a root appears, disappears or is replaced, when disks inside
        one are mounted or unmounted, and when events were lost. Begins with a round of all.
        """
        self._rounds.bring_forward()
        while not stop.is_set():
            present = self._present()
            if not present.roots:
                yield Signs(rounds=self._rounds.due())
                stop.wait(TICK_S)
                continue
            try:
                watches = FolderWatches(list(present.roots))
            except OSError as error:
                yield from self._scan_only(error, stop)
                continue
            try:
                watches.begin(stop.is_set)
                yield from self._events(watches, present, stop)
            finally:
                watches.close()

    def _events(
        self, watches: FolderWatches, present: _Present, stop: threading.Event
    ) -> Iterator[Signs]:
        """Yield signs until the watches must be set up again.

        Rounds start once the kernel watches, so that changes during a long round are noticed.
        """
        refused = self._measure(watches)
        try_again_at = self._now() + self._interval_s
        while not stop.is_set():
            heard = watches.heard(TICK_S)
            for root in heard.unstorable:
                self._rounds.bring_forward(root)  # a scan reports such names
            if self._now() >= try_again_at:
                watches.try_again()
                try_again_at = self._now() + self._interval_s
            if watches.refused != refused:
                refused = self._measure(watches)
            yield Signs(heard.paths, heard.added, self._rounds.due(), self._shortfall)
            if heard.is_lost:
                logger.warning("The kernel's queue of events was full; the folders are scanned.")
            if heard.is_lost or self._present() != present:
                self._rounds.bring_forward()
                return

    def _measure(self, watches: FolderWatches) -> int:
        """Scan what the kernel does not watch once per interval; return how many folders."""
        unwatched = watches.unwatched()
        for root in self._roots:
            is_heard = not _is_silent(root) and (unwatched is None or root not in unwatched.roots)
            self._rounds.set_interval(root, SAFETY_ROUND_S if is_heard else self._interval_s)
        if unwatched is None:
            self._set_shortfall(None)
        else:
            self._set_shortfall(
                shortfall(
                    unwatched.limit,
                    watched=watches.count,
                    scanned=unwatched.folders,
                    interval_s=self._interval_s,
                    detail=unwatched.detail,
                )
            )
        return 0 if unwatched is None else unwatched.folders

    def _scan_only(self, error: OSError, stop: threading.Event) -> Iterator[Signs]:
        """Scan everything for one interval, at once, because the kernel watches nothing."""
        limit, detail = limit_of(error)
        self._set_shortfall(
            shortfall(
                limit,
                watched=0,
                scanned=len(self._roots),
                interval_s=self._interval_s,
                detail=detail,
            )
        )
        self._rounds.bring_forward()
        until = self._now() + self._interval_s
        while self._now() < until and not stop.is_set():
            yield Signs(rounds=self._rounds.due(), shortfall=self._shortfall)
            stop.wait(min(TICK_S, self._interval_s))

    def _set_shortfall(self, new: Shortfall | None) -> None:
        if new is not None and (self._shortfall is None or new.limit != self._shortfall.limit):
            logger.warning("%s. %s", new.finding, new.advice)
        elif new is None and self._shortfall is not None:
            logger.info("The system watches all folders of the library now")
        self._shortfall = new

    def _present(self) -> _Present:
        """Return what is there; if this changes, there is something else to watch."""
        roots: dict[Path, tuple[int, int]] = {}
        for root in self._roots:
            try:
                status = root.stat()
            except OSError:
                continue
            if stat.S_ISDIR(status.st_mode):
                roots[root] = (status.st_dev, status.st_ino)
        return _Present(roots, mounts_below(roots))


@dataclass(frozen=True, slots=True)
class _Present:
    """The roots that are there, by device and inode, and the disks mounted inside them."""

    roots: Mapping[Path, tuple[int, int]]
    mounts: frozenset[tuple[bytes, bytes]]


def _is_silent(root: Path) -> bool:
    """Whether other machines may change files without this kernel noticing."""
    if not root.is_dir():
        return False
    return filesystem_of(root)[1] in (FilesystemKind.NETWORK, FilesystemKind.FUSE)
