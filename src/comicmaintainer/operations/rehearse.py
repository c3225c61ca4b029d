"""A kind tried on copies, so that the outcome can be looked at in a reader before the rest.

Each item is copied into a folder of the user's choice, below the name of its own folder, and the
rehearsed kind runs on the copy. The original is only read.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from comicmaintainer.comics.safe_names import safe_name
from comicmaintainer.errors import FileMissing
from comicmaintainer.filesystem.folders import make_folder
from comicmaintainer.filesystem.os_errors import storage_errors
from comicmaintainer.filesystem.renames import rename_noreplace
from comicmaintainer.filesystem.siblings import SiblingFile
from comicmaintainer.jobs.model import ClaimedItem, ItemGuard, ItemRunner, Outcome
from comicmaintainer.operations.context import OperationContext
from comicmaintainer.operations.process import free_place


def run_rehearsal(
    context: OperationContext,
    runners: Mapping[str, ItemRunner],
    claim: ClaimedItem,
    guard: ItemGuard,
    params: Mapping[str, Any],
) -> Outcome:
    """Copy one comic and run the rehearsed kind on the copy; details name the original.

    Raises:
        OutsideLibrary: the folder for copies of library files is in no watched folder.
        FileMissing: there is no such folder.
        Whatever the rehearsed kind raises.
    """
    path = Path(claim.item)
    copy = _copied_before(context, claim) or _copied(context, path, params["folder"], guard)
    inner = replace(claim, kind=params["kind"], params=params["params"], item=str(copy))
    outcome = runners[params["kind"]](inner, guard)
    return replace(outcome, details={**(outcome.details or {}), "rehearsal_of": str(path)})


def _copied(context: OperationContext, path: Path, folder: str, guard: ItemGuard) -> Path:
    place = _place(context, path, folder) / safe_name(path.parent.name)
    target = free_place(place, path.name)
    with storage_errors(path):
        source = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        make_folder(place)
        with SiblingFile.create(target) as new:
            new.append_range(source, 0, os.fstat(source).st_size)
            new.keep_attributes_of(source, times=True)
            new.sync()
            guard.check()
            rename_noreplace(new.path, target)
            new.published()
    finally:
        os.close(source)
    return target


def _copied_before(context: OperationContext, claim: ClaimedItem) -> Path | None:
    """The copy that an earlier attempt made and began to change."""
    begun = context.journal.changes_of_item(claim.job_id, claim.seq)
    return Path(begun[0].path_before) if begun else None


def _place(context: OperationContext, path: Path, folder: str) -> Path:
    """The folder for the copies: inside the library, unless the comic itself lies outside."""
    if context.roots.root_of(path) is not None:
        return context.roots.resolve_folder(folder)
    place = Path(folder)
    if not place.is_dir():
        raise FileMissing(f"There is no folder {folder!r}.")
    return place
