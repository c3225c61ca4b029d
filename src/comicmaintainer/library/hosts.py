"""The hosts that share a library, as they last reported. Times are UTC epoch seconds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

from comicmaintainer.database import Database

SHOWN_FOR_S = 7 * 86_400.0
"""A host that has not been seen for so long is not listed any more."""


@dataclass(frozen=True, slots=True)
class MountedRoot:
    """A root that a host has: its path, whether it can be written there, and when it was seen."""

    path: str
    is_writable: bool
    seen_at: float


@dataclass(frozen=True, slots=True)
class HostState:
    """What a host last reported.

    `clock_ahead_s` is how many seconds its clock is ahead of the server's. It and `version` are
    None if an earlier release reported.
    """

    host: str
    seen_at: float
    version: str | None
    clock_ahead_s: float | None
    roots: tuple[MountedRoot, ...]


class Hosts:
    """The hosts in a shared `database`; a database of one host has none."""

    def __init__(self, database: Database, *, now: Callable[[], float]) -> None:
        self._database = database
        self._now = now

    def all(self) -> list[HostState]:
        """Return the hosts with workers that were seen lately, by name."""
        since_at = self._now() - SHOWN_FOR_S
        roots: dict[str, list[MountedRoot]] = defaultdict(list)
        for row in self._database.rows(
            "SELECT m.host, r.path, m.writable, m.seen_at FROM root_mounts m"
            " JOIN roots r USING (root_id) WHERE m.seen_at > ? ORDER BY r.path",
            (since_at,),
        ):
            roots[row["host"]].append(
                MountedRoot(row["path"], bool(row["writable"]), row["seen_at"])
            )
        return [
            HostState(
                row["host"],
                row["seen_at"],
                row["version"],
                row["clock_ahead_s"],
                tuple(roots[row["host"]]),
            )
            for row in self._database.rows(
                "SELECT host, seen_at, version, clock_ahead_s FROM hosts WHERE seen_at > ?"
                " ORDER BY host",
                (since_at,),
            )
        ]
