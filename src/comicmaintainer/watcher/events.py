"""Where the watcher hears that something has happened: from the kernel, or by rounds of scanning.

Both sources yield at least every `TICK_S`, so that the watcher's own clock goes on. Kernel events
may be lost (a full queue, a filesystem of another machine): a round scans what they missed.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import watchfiles

from comicmaintainer.filesystem.kinds import FilesystemKind, filesystem_of

logger = logging.getLogger(__name__)

TICK_S = 0.5
DEBOUNCE_S = 1.0
FIRST_PAUSE_S, LONGEST_PAUSE_S = 5.0, 600.0
"""How long folders are scanned before the kernel is listened to again; longer each time."""
SAFETY_ROUND_S = 6 * 3600.0
"""How often roots with kernel events are scanned all the same."""


@dataclass(frozen=True, slots=True)
class Signs:
    """What was heard since the last time: paths with events, and roots whose round has come.

    `added` are those of the paths that were made, or moved here.
    """

    paths: frozenset[str] = frozenset()
    added: frozenset[str] = frozenset()
    rounds: tuple[Path, ...] = ()


class EventSource(Protocol):
    """A source of signs."""

    def signs(self, stop: threading.Event) -> Iterator[Signs]:
        """Yield signs until `stop` is set."""
        ...


class Rounds:
    """When each root is due to be scanned: first at once, then every `interval_s` of it."""

    def __init__(self, intervals_s: dict[Path, float], now: Callable[[], float]) -> None:
        self._intervals_s = intervals_s
        self._now = now
        self._due_at = dict.fromkeys(intervals_s, now())

    def due(self) -> tuple[Path, ...]:
        """The roots whose round has come; their next one is counted from now."""
        now = self._now()
        due = tuple(root for root, at in self._due_at.items() if at <= now)
        for root in due:
            self._due_at[root] = now + self._intervals_s[root]
        return due

    def bring_forward(self) -> None:
        """Let all rounds be due at once: a root has come or gone."""
        self._due_at = dict.fromkeys(self._due_at, self._now())


class PollingSource:
    """No kernel events: every root is scanned once an interval."""

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
    """Events of the kernel (inotify and its kin); roots that give none are scanned as well."""

    def __init__(
        self,
        roots: Sequence[Path],
        interval_s: float,
        now: Callable[[], float] = time.monotonic,
        *,
        pause_s: float = FIRST_PAUSE_S,
    ) -> None:
        self._roots = roots
        self._rounds = Rounds(
            {root: interval_s if _is_silent(root) else SAFETY_ROUND_S for root in roots}, now
        )
        self._meanwhile = Rounds(dict.fromkeys(roots, interval_s), now)
        self._now = now
        self._first_pause_s = self._pause_s = pause_s

    def signs(self, stop: threading.Event) -> Iterator[Signs]:
        """See EventSource.

        Where the kernel's events break off, or none come, the folders are scanned for a while and
        the kernel is tried again.
        """
        while not stop.is_set():
            present = self._present()
            if not present:
                yield Signs(rounds=self._rounds.due())
                stop.wait(TICK_S)
                continue
            began_at = self._now()
            try:
                yield from self._events(present, stop)
            except (OSError, RuntimeError) as error:
                if self._now() - began_at > LONGEST_PAUSE_S:
                    self._pause_s = self._first_pause_s
                logger.warning(
                    "%s (%s); for %.0f s the folders are scanned instead.",
                    _cause(error),
                    error,
                    self._pause_s,
                )
                yield from self._scan_for(self._pause_s, stop)
                self._pause_s = min(2 * self._pause_s, LONGEST_PAUSE_S)

    def _events(self, present: Sequence[Path], stop: threading.Event) -> Iterator[Signs]:
        """Yield signs until a root comes or goes.

        Rounds begin when the kernel watches already: what comes during a long one is heard.
        """
        for changes in watchfiles.watch(
            *present,
            watch_filter=None,
            debounce=int(DEBOUNCE_S * 1000),
            rust_timeout=int(TICK_S * 1000),
            yield_on_timeout=True,
            stop_event=stop,
            ignore_permission_denied=True,
            raise_interrupt=False,
        ):
            yield Signs(
                frozenset(path for _, path in changes),
                frozenset(path for change, path in changes if change is watchfiles.Change.added),
                self._rounds.due(),
            )
            if self._present() != present:
                self._rounds.bring_forward()
                return

    def _scan_for(self, seconds: float, stop: threading.Event) -> Iterator[Signs]:
        """Scan once an interval, first at once: something was missed."""
        self._meanwhile.bring_forward()
        until = self._now() + seconds
        while self._now() < until and not stop.is_set():
            yield Signs(rounds=self._meanwhile.due())
            stop.wait(min(TICK_S, seconds))
        self._rounds.bring_forward()

    def _present(self) -> list[Path]:
        return [root for root in self._roots if root.is_dir()]


def _cause(error: Exception) -> str:
    """What a failure of the kernel's events means; watchfiles tells it in words alone."""
    if "decode path" in str(error):
        return "The kernel told of a name that is not valid UTF-8, which ends its events"
    return "The kernel gives no events; raising fs.inotify.max_user_watches may help"


def _is_silent(root: Path) -> bool:
    """True where others may change files without this kernel knowing."""
    if not root.is_dir():
        return False
    return filesystem_of(root)[1] in (FilesystemKind.NETWORK, FilesystemKind.FUSE)
