"""A comic that is missing because its disk is: told as such, and tried again, rather than given up.

Every runner passes through `on_its_disk`, so that no job takes an empty mount point for comics that
were deleted.
"""

from __future__ import annotations

from pathlib import Path

from comicmaintainer.errors import ComicMaintainerError, DiskMissing, FileMissing
from comicmaintainer.jobs.model import ClaimedItem, ItemGuard, ItemRunner, Outcome
from comicmaintainer.operations.context import OperationContext


def require_disk(
    context: OperationContext,
    path: Path,
    missing: ComicMaintainerError,
    *,
    seen_on: int | None = None,
) -> None:
    """Return if the disk of the comic at `path`, which was found `missing`, is there.

    `seen_on` is the device the comic was on, where that was written down.

    Raises:
        DiskMissing: it is not.
    """
    bare = context.scan.bare_mount_point(path, seen_on)
    if bare is not None:
        state = "is empty, though comics were in it" if bare.is_dir() else "does not exist"
        raise DiskMissing(
            f"the disk of {bare} is not mounted (the folder {state}). Nothing was changed; "
            "mount it, then try again",
            path=path,
        ) from missing


def on_its_disk(context: OperationContext, run: ItemRunner) -> ItemRunner:
    """`run`, whose FileMissing becomes DiskMissing where the item's disk is not there."""

    def runs(claim: ClaimedItem, guard: ItemGuard) -> Outcome:
        try:
            return run(claim, guard)
        except FileMissing as error:
            require_disk(context, Path(claim.item), error)
            raise

    return runs
