"""Tries a kind on copies, so that people can check the outcome in a reader before doing the rest.

Each item is copied into the rehearsal's folder (see library/rehearsal_copies.py), and the kind runs
on the copy with that folder as its library. Rules see the folders of the original, and no template
or name conflict moves a file out of that folder. The original is only read.
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
from comicmaintainer.operations.declared.rules_parameters import for_copies
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
    """Copy one comic and run the rehearsed kind on the copy; the details name the original.

    If the kind fails, the copy stays and the details name it as well.

    Raises:
        InvalidInput: the comic is itself the copy of a rehearsal.
        OutsideLibrary: the folder for copies of library files is in no watched folder, and the job
            does not come from the command line.
        FileMissing, StorageError, ItemInterrupted.
    """
    original = Path(claim.item)
    if top_of_copy(original) is not None:
        raise InvalidInput("it is a copy made by a rehearsal; name the original", path=original)
    top = copies_folder(_chosen_folder(context, claim, params["folder"]), claim.job_id)
    context.protected.require([top])
    copy = _copied_before(context, claim) or _copied(context, original, top, guard)
    runner = build_runners(_context_of_copies(context, top, original))[params["kind"]]
    own = for_copies(params["params"], original)
    inner = replace(claim, kind=params["kind"], params=own, item=str(copy))
    about = {"rehearsal_of": str(original), "copy": str(copy)}
    try:
        outcome = runner(inner, guard)
    except ItemInterrupted:
        raise
    except ComicMaintainerError as error:
        return Outcome(False, about, str(error), error.code, error.retryable)
    return replace(outcome, details={**(outcome.details or {}), **about})


class _CopiesRoots(LibraryRoots):
    """A library of copies; paths in parameters still refer to the real library."""

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
    """Tell whether `target` is the untouched copy of an earlier attempt."""
    try:
        found = target.lstat()
    except FileNotFoundError:
        return False
    return (found.st_size, found.st_mtime_ns) == (original.st_size, original.st_mtime_ns)


def _copied_before(context: OperationContext, claim: ClaimedItem) -> Path | None:
    """Return the copy that an earlier attempt made and began to change, or None."""
    begun = context.journal.changes_of_item(claim.job_id, claim.seq)
    return Path(begun[0].path_before) if begun else None


def _chosen_folder(context: OperationContext, claim: ClaimedItem, folder: str) -> Path:
    """Return the folder for the copies.

    It is inside the library, unless the comic itself is outside, or the job comes from the command
    line, whose user may name any folder.
    """
    is_free = claim.trigger is Trigger.CLI and Path(folder).is_absolute()
    if is_free or context.roots.root_of(Path(claim.item)) is None:
        return Path(folder)
    return context.roots.resolve_new_folder(folder)
