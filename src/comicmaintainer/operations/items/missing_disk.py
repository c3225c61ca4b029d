"""Reports a missing disk as such, so that its comics are tried again and not given up.

Every item is wrapped in `with_missing_disk_reported`, so that no job mistakes an empty mount
point for deleted comics.
"""

from __future__ import annotations

from pathlib import Path

from comicmaintainer.errors import ComicMaintainerError, DiskMissing, FileMissing
from comicmaintainer.jobs.model import ClaimedItem, ItemGuard, Outcome
from comicmaintainer.operations.context import OperationContext
from comicmaintainer.operations.items.item_steps import ItemSteps


def require_disk(
    context: OperationContext,
    path: Path,
    missing: ComicMaintainerError,
    *,
    seen_on: int | None = None,
) -> None:
    """Check that the disk of the comic at `path`, which is `missing`, is mounted.

    `seen_on` is the device the comic was on, if recorded.

    Raises:
        DiskMissing: it is not mounted.
    """
    bare = context.scan.bare_mount_point(path, seen_on)
    if bare is not None:
        state = "is empty, but had comics in it" if bare.is_dir() else "does not exist"
        raise DiskMissing(
            f"the disk of {bare} is not mounted (the folder {state}). Nothing was changed; "
            "mount it, then try again",
            path=path,
        ) from missing


def with_missing_disk_reported(context: OperationContext, steps: ItemSteps) -> ItemSteps:
    """Wrap `steps` so that FileMissing becomes DiskMissing if the item's disk is missing."""

    async def reporting(claim: ClaimedItem, guard: ItemGuard) -> Outcome:
        try:
            return await steps(claim, guard)
        except FileMissing as error:
            require_disk(context, Path(claim.item), error)
            raise

    return reporting
