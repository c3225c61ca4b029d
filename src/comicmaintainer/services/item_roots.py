"""Tells in which watched folders items lie, for hosts that have only some of them."""

from __future__ import annotations

from collections.abc import Mapping

from comicmaintainer.jobs.model import JobRequest
from comicmaintainer.library.host_roots import HostRoots
from comicmaintainer.library.journal import Journal
from comicmaintainer.operations.declared.undo import KIND as UNDO

_AT_ONCE = 10_000


class ItemRoots:
    """The roots of items: of paths, and of changes to undo, whose files have paths."""

    def __init__(self, hosts: HostRoots, journal: Journal) -> None:
        self._hosts = hosts
        self._journal = journal

    def __call__(self, request: JobRequest) -> Mapping[str, int]:
        """Return the ids of the roots, by item; an item that is in none is left out."""
        places: dict[str, str] = {}
        if request.kind == UNDO.name:
            ids = [int(item) for item in request.items if item.isdecimal()]
            for start in range(0, len(ids), _AT_ONCE):
                paths = self._journal.paths_of(ids[start : start + _AT_ONCE])
                places |= {str(change_id): path for change_id, path in paths.items()}
        return self._hosts.root_ids(request.items, places)
