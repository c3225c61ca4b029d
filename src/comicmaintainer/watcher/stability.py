"""Which files have stopped changing: pure bookkeeping over what a clock and a look say.

Used by the watcher. A file is taken when its size, time and inode were the same for the whole of
`stable_after_s`, seen at its beginning and at its end. Times are seconds of a monotonic clock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sight:
    """A file as one look showed it."""

    size_bytes: int
    mtime_ns: int
    inode: int


Look = Callable[[str], Sight | None]
"""Looks at a path; None where no regular file is there."""


@dataclass(frozen=True, slots=True)
class AtRest:
    """What has come to rest: files that are whole now, and paths that are gone."""

    stable: tuple[str, ...]
    gone: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Waiting:
    sight: Sight | None
    since: float


class Stability:
    """The paths that something happened to, until they come to rest."""

    def __init__(self, stable_after_s: float) -> None:
        self._stable_after_s = stable_after_s
        self._waiting: dict[str, _Waiting] = {}

    def __len__(self) -> int:
        return len(self._waiting)

    def note(self, paths: Iterable[str], now: float, look: Look) -> None:
        """Something happened to these paths just now."""
        for path in paths:
            self._waiting[path] = _Waiting(look(path), now)

    def take_at_rest(self, now: float, look: Look) -> AtRest:
        """Look again at the paths whose time has come; return and forget those at rest."""
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
