"""The groups of folders' files that were made for a job lately, in memory.

Used by the identification. They are made once for a job, since the job itself changes what the
files say.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping

from comicmaintainer.matching.model import FileGroup

FILES_KEPT = 10_000
"""What is kept of folders has about so many files; a file takes 1 to 2 KB."""

Groups = Mapping[str, FileGroup]
"""The group of each file, by its path."""
GroupsKey = tuple[str, str, str | None]
"""A job, a folder, and a series if only its files were looked at."""


class KeptGroups:
    """Groups by job and folder, the latest. Thread-safe."""

    def __init__(self) -> None:
        self._kept: OrderedDict[GroupsKey, Groups] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: GroupsKey, path: str) -> FileGroup | None:
        """Return the group of a file; None if it is not kept."""
        with self._lock:
            group = self._kept.get(key, {}).get(path)
            if group is not None:
                self._kept.move_to_end(key)
        return group

    def put(self, key: GroupsKey, groups: Groups) -> None:
        """Keep groups, in place of those that were needed least lately."""
        with self._lock:
            self._kept[key] = groups
            while len(self._kept) > 1 and sum(map(len, self._kept.values())) > FILES_KEPT:
                self._kept.popitem(last=False)
