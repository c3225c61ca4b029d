"""Runs the items of a group side by side, so that they share commits and syncs.

    the last bytes of all files are requested from the disk, and their rows from the catalogue →
    each file is planned → claims →
    intents of all in one commit → bodies of all, each synced → claims → end records of all, each
    synced → claims → renames → each folder synced once

Claims of all are checked in one query.

Each file keeps its own order, so that at every moment it is the old one or the new one. An item
that does not fit in (a replaced archive, a preview to apply, a file that moves aside) leaves the
group before it has done anything, and runs alone.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from comicmaintainer.filesystem import descriptors
from comicmaintainer.filesystem.read_ahead import announce
from comicmaintainer.filesystem.shared_steps import FileSync, GuardCheck, run_together
from comicmaintainer.filesystem.sync_threads import SyncThreads
from comicmaintainer.jobs.model import ClaimedItem, GroupGuard, Outcome
from comicmaintainer.operations.changes.file_snapshot import END_BYTES
from comicmaintainer.operations.context import OperationContext
from comicmaintainer.operations.items.item_steps import ItemSteps

FEWEST = 32
MOST = 256
SHARE = 16
"""A group opens at most this part of the files that its process may have open, since other threads
have groups as well."""
SYNC_S = 0.001
"""The length of one sync from which on as many items as allowed should share theirs."""


class ItemGroup:
    """Runs items of one kind. Thread-safe."""

    def __init__(
        self,
        context: OperationContext,
        steps_in: Callable[[OperationContext], ItemSteps],
        sync_threads: SyncThreads,
        *,
        opens_comics: bool,
    ) -> None:
        """`opens_comics` says that the items are files that are read."""
        self._context = context
        self._steps_in = steps_in
        self._sync_threads = sync_threads
        self._opens_comics = opens_comics
        self._sync_s = 0.0

    @property
    def size(self) -> int:
        """How many items should run together, by the time that one sync took lately."""
        most = min(MOST, descriptors.limit() // SHARE)
        return max(min(FEWEST, most), min(most, int(MOST * self._sync_s / SYNC_S)))

    def __call__(
        self, claims: Sequence[ClaimedItem], guard: GroupGuard
    ) -> Sequence[Outcome | Exception | None]:
        """Run the items; see GroupRunner."""

        def check(steps: Sequence[tuple[int, GuardCheck]]) -> Sequence[Any]:
            return guard.check([claims[number] for number, _ in steps])

        context = self._context
        if self._opens_comics:
            for claim in claims:
                announce(Path(claim.item), END_BYTES)
            context = context.ahead([claim.item for claim in claims])
        steps = self._steps_in(context)
        changes = [steps(claim, guard.of(claim)) for claim in claims]
        return run_together(changes, {GuardCheck: check, FileSync: self._sync})

    def _sync(self, steps: Sequence[tuple[int, FileSync]]) -> Sequence[Any]:
        began = time.monotonic()
        answers = self._sync_threads.sync([step for _, step in steps])
        self._sync_s = (time.monotonic() - began) / len(steps)
        return answers
