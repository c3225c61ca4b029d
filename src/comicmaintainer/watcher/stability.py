"""Files that have stopped changing: pure bookkeeping, with the clock and the disk passed in.

Used by the watcher. A file is at rest if its size, time and inode are the same at the beginning and
at the end of `stable_after_s`. Times are seconds of a monotonic clock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sight:
    """A file as it was at one moment."""

    size_bytes: int
    mtime_ns: int
    inode: int


Look = Callable[[str], Sight | None]
"""Reads the state of a path; None if it is not a regular file."""


@dataclass(frozen=True, slots=True)
class AtRest:
    """Paths at rest: files that no longer change, and paths that are gone."""

    stable: tuple[str, ...]
    gone: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Waiting:
    sight: Sight | None
    since: float


class Stability:
    """Paths with events, until they are at rest."""

    def __init__(self, stable_after_s: float) -> None:
        self._stable_after_s = stable_after_s
        self._waiting: dict[str, _Waiting] = {}

    def __len__(self) -> int:
        return len(self._waiting)

    def note(self, paths: Iterable[str], now: float, look: Look) -> None:
        """Record events for these paths at `now`."""
        for path in paths:
            self._waiting[path] = _Waiting(look(path), now)

    def take_at_rest(self, now: float, look: Look) -> AtRest:
        """Check the paths that waited long enough; return and drop those at rest."""
        stable: list[str] = []
        gone: list[str] = []
        for path, waiting in list(self._waiting.items()):
            if now - waiting.since < self._stable_after_s:
                continue
            sight = look(path)
            if sight != waiting.sight:
                self._waiting[path] = _Waiting(sight, now)
                continue
            del self._waiting[path]
            (gone if sight is None else stable).append(path)
        return AtRest(tuple(stable), tuple(gone))
