"""What items may name: files inside the watched folders, still there when their turn comes.

A path is checked when a job is asked for, but a job may come from an imported file, and between
the asking and the doing a folder may have been swapped for a symbolic link. So every runner of
files passes through `within_library` as well. Numbers of changes are those of one database only.
"""

from __future__ import annotations

import os
from pathlib import Path

from comicmaintainer.errors import OutsideLibrary, UndoRefused
from comicmaintainer.jobs.model import ClaimedItem, ItemGuard, ItemRunner, Outcome, Trigger
from comicmaintainer.library.roots import LibraryRoots
from comicmaintainer.operations.declared.kind import ItemOf
from comicmaintainer.operations.declared.kinds import kind_named

_PATHS = (ItemOf.FILE, ItemOf.FOLDER)


def require_contained(roots: LibraryRoots, claim: ClaimedItem) -> None:
    """Return if the item's path may be worked on by a job of its trigger.

    Who uses the command line may name any file of theirs; everybody else only the library's.

    Raises:
        OutsideLibrary: it lies outside, or leads elsewhere through a symbolic link.
    """
    path = Path(claim.item)
    if not path.is_absolute() or roots.root_of(path) is None:
        if path.is_absolute() and claim.trigger is Trigger.CLI:
            return
        raise OutsideLibrary(
            "it lies outside the watched folders, so it was not touched", path=claim.item
        )
    if os.path.realpath(path) != claim.item:
        raise OutsideLibrary(
            "a symbolic link in its path now leads elsewhere, so it was not touched",
            path=claim.item,
        )


def within_library(roots: LibraryRoots, run: ItemRunner) -> ItemRunner:
    """`run`, which is given only paths that may be worked on, and ids that mean something here."""

    def runs(claim: ClaimedItem, guard: ItemGuard) -> Outcome:
        items = kind_named(claim.kind).items
        if items in _PATHS:
            require_contained(roots, claim)
        elif items is ItemOf.CHANGE and claim.imported:
            raise UndoRefused(
                f"Change {claim.item} is one of the database that the job was exported from; undo "
                "it there."
            )
        return run(claim, guard)

    return runs
