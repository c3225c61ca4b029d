"""A kind tried on copies, so that the outcome can be looked at in a reader before the rest.

Each item is copied into the rehearsal's own folder (see library/copies.py), and the rehearsed kind
runs on the copy with that folder for its library: rules find the folders that the original lies in,
and nothing that a template or a clash of names brings about leaves it. The original is only read.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from comicmaintainer.errors import ComicMaintainerError, InvalidInput, ItemInterrupted
from comicmaintainer.filesystem.folders import make_folder
from comicmaintainer.filesystem.os_errors import storage_errors
from comicmaintainer.filesystem.regular_files import open_regular
from comicmaintainer.filesystem.renames import rename_noreplace
from comicmaintainer.filesystem.siblings import SiblingFile
from comicmaintainer.jobs.model import ClaimedItem, ItemGuard, ItemRunner, Outcome, Trigger
from comicmaintainer.library.rehearsal_copies import (
    copies_folder,
    place_of_copy,
    root_of_copies,
    top_of_copy,
)
from comicmaintainer.library.roots import LibraryRoots
from comicmaintainer.operations.context import OperationContext
from comicmaintainer.operations.items.item_run import ParamsRunner
from comicmaintainer.operations.names.taken_names import free_place

BuildRunners = Callable[[OperationContext], Mapping[str, ItemRunner]]


def rehearsal_runner(context: OperationContext, build_runners: BuildRunners) -> ParamsRunner:
    """Return the runner of `rehearse` items; `build_runners` makes those of the copies."""
    return partial(_run, context, build_runners)


def _run(
    context: OperationContext,
    build_runners: BuildRunners,
    claim: ClaimedItem,
    guard: ItemGuard,
    params: Mapping[str, Any],
) -> Outcome:
    """Copy one comic and run the rehearsed kind on the copy; details name the original.

    A kind that fails leaves its copy, which the details name as well.

    Raises:
        InvalidInput: the comic is the copy of a rehearsal itself.
        OutsideLibrary: the folder for copies of library files is in no watched folder, and the job
            does not come from the command line.
        FileMissing, StorageError, ItemInterrupted.
    """
    original = Path(claim.item)
    if top_of_copy(original) is not None:
        raise InvalidInput("it is a copy made by a rehearsal; name the original", path=original)
    top = copies_folder(_chosen_folder(context, claim, params["folder"]), claim.job_id)
    copy = _copied_before(context, claim) or _copied(context, original, top, guard)
    runner = build_runners(_context_of_copies(context, top, original))[params["kind"]]
    inner = replace(claim, kind=params["kind"], params=params["params"], item=str(copy))
    about = {"rehearsal_of": str(original), "copy": str(copy)}
    try:
        outcome = runner(inner, guard)
    except ItemInterrupted:
        raise
    except ComicMaintainerError as error:
        return Outcome(False, about, str(error), error.code, error.retryable)
    return replace(outcome, details={**(outcome.details or {}), **about})


class _CopiesRoots(LibraryRoots):
    """The copies for a library; what parameters name still lies in the real one."""

    def __init__(self, root: Path, library: LibraryRoots) -> None:
        super().__init__([root])
        self._library = library

    def resolve(self, text: str) -> Path:
        """Return the comic of the real library that `text` names; see LibraryRoots."""
        return self._library.resolve(text)


def _context_of_copies(context: OperationContext, top: Path, original: Path) -> OperationContext:
    duplicates = context.duplicate_dir
    return replace(
        context,
        roots=_CopiesRoots(root_of_copies(top, context.roots, original), context.roots),
        duplicate_dir=None if duplicates is None else top / duplicates.name,
    )


def _copied(context: OperationContext, original: Path, top: Path, guard: ItemGuard) -> Path:
    target = place_of_copy(top, context.roots, original)
    with storage_errors(original):
        source = open_regular(original)
    try:
        if _is_copy(os.fstat(source), target):
            return target
        target = free_place(target.parent, target.name)
        make_folder(target.parent)
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


def _is_copy(original: os.stat_result, target: Path) -> bool:
    """True where an earlier attempt has made the copy and nothing has touched it since."""
    try:
        found = target.lstat()
    except FileNotFoundError:
        return False
    return (found.st_size, found.st_mtime_ns) == (original.st_size, original.st_mtime_ns)


def _copied_before(context: OperationContext, claim: ClaimedItem) -> Path | None:
    """The copy that an earlier attempt made and began to change."""
    begun = context.journal.changes_of_item(claim.job_id, claim.seq)
    return Path(begun[0].path_before) if begun else None


def _chosen_folder(context: OperationContext, claim: ClaimedItem, folder: str) -> Path:
    """The folder for the copies.

    Inside the library, unless the comic itself lies outside, or who asks uses the command line and
    so may name any folder of theirs.
    """
    is_free = claim.trigger is Trigger.CLI and Path(folder).is_absolute()
    if is_free or context.roots.root_of(Path(claim.item)) is None:
        return Path(folder)
    return context.roots.resolve_new_folder(folder)
