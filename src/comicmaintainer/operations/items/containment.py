"""Checks that items name files inside the watched folders when they run, which may be written.

A path is checked when a job is requested. But a job may come from an import, and a folder may have
been replaced by a symbolic link since. So every item is also wrapped in `within_library`. Ids of
changes are valid in one database only.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path

from comicmaintainer.errors import OutsideLibrary, UndoRefused
from comicmaintainer.jobs.model import ClaimedItem, ItemGuard, Outcome, Trigger
from comicmaintainer.library.roots import LibraryRoots
from comicmaintainer.operations.declared.kind import ItemOf
from comicmaintainer.operations.declared.kinds import kind_named
from comicmaintainer.operations.items.item_steps import ItemSteps

_PATHS = (ItemOf.FILE, ItemOf.FOLDER)


def require_contained(roots: LibraryRoots, claim: ClaimedItem) -> None:
    """Check that a job with its trigger may work on the item's path.

    The command line may name any file of its user; all others only files of the library.

    Raises:
        OutsideLibrary: it is outside the library, or leads elsewhere through a symbolic link.
    """
    if roots.root_of(claim.item) is None:
        if claim.trigger is Trigger.CLI and Path(claim.item).is_absolute():
            return
        raise OutsideLibrary(
            "it is outside the watched folders, so it was not touched", path=claim.item
        )
    if os.path.realpath(claim.item) != claim.item:
        raise OutsideLibrary(
            "a symbolic link in its path now leads elsewhere, so it was not touched",
            path=claim.item,
        )


def within_library(
    roots: LibraryRoots,
    require_writable: Callable[[Iterable[Path]], None],
    steps: ItemSteps,
) -> ItemSteps:
    """Wrap `steps` to get only allowed paths and ids of this database.

    A file in a protected folder gets none that would write it, not even for a preview; kinds that
    may only read or mark it (`verify`, `duplicates`) are refused when they plan to write.
    """

    async def contained(claim: ClaimedItem, guard: ItemGuard) -> Outcome:
        kind = kind_named(claim.kind)
        items = kind.items
        if items in _PATHS:
            require_contained(roots, claim)
            if kind.puts_in_order and not kind.rehearses:
                require_writable([Path(claim.item)])
        elif items is ItemOf.CHANGE and claim.imported:
            raise UndoRefused(
                f"Change {claim.item} belongs to the database that the job was exported from; undo "
                "it there."
            )
        return await steps(claim, guard)

    return contained
