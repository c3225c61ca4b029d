"""What to do with a file whose name is taken: it is a duplicate or in conflict.

A duplicate has the same pages. It is marked, and moved to the folder for duplicates if one is set.
Any other comic keeps its own name and is marked as in conflict with the file that has the name.
Files that only look alike are marked by `duplicates` jobs on request; such a mark stays. Within a
job, `name_holders` first lets a file wait for an earlier one that may still give up its name.
"""

from __future__ import annotations

import os
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from comicmaintainer.comics.naming.safe_names import safe_name
from comicmaintainer.filesystem.identity import is_one_file
from comicmaintainer.library.catalogue.model import (
    CatalogueFile,
    DuplicateBy,
    FileMark,
    FileState,
    conflict_reason,
)
from comicmaintainer.operations.changes.file_change import (
    FileChange,
    conflict_change,
    duplicate_change,
)
from comicmaintainer.operations.comic import Comic
from comicmaintainer.operations.context import OperationContext
from comicmaintainer.operations.names.page_comparison import PageComparison, compare_pages

MAX_SAME_NAMES = 10_000


@dataclass(frozen=True, slots=True)
class Naming:
    """The outcome of naming a file: a change, or why there is none.

    `wanted` is the name that the template gives, if it differs. `mark` is the file's state, if the
    name decides it.
    """

    change: FileChange | None = None
    mark: FileMark | None = None
    why: str | None = None
    wanted: Path | None = None


@dataclass(frozen=True, slots=True)
class TakenName:
    """A name that a file should get; the other file that has or will have it is at `held_by`."""

    name: Path
    held_by: Path


def resolve_taken_name(
    context: OperationContext,
    comic: Comic,
    known: CatalogueFile | None,
    taken: TakenName,
    place: Path | None = None,
) -> Naming:
    """Return what to do with `comic`; `place` is where it goes as a duplicate, if known.

    Raises:
        FileMissing: one of the two files does not exist.
    """
    pages = compare_pages(context.comics, comic, taken.held_by)
    if pages is PageComparison.SAME:
        return _duplicate(context, comic.path, known, taken, place)
    if known is not None and _is_marked_by_look(context, known, taken):
        return Naming(None, known.mark, f"{taken.name} already has this name")
    return _conflict(comic.path, known, taken, is_compared=pages is PageComparison.DIFFERENT)


def _duplicate(
    context: OperationContext,
    path: Path,
    known: CatalogueFile | None,
    taken: TakenName,
    place: Path | None,
) -> Naming:
    """Handle a file with the same pages as the one that has the name.

    A `place` comes from a stored preview, so it is used only if it could be chosen here too.
    """
    why = f"{taken.name} already has this name"
    of = str(taken.name)
    mark = FileMark(FileState.DUPLICATE, duplicate_of=of, duplicate_by=DuplicateBy.PAGES)
    if context.duplicate_dir is None:
        is_marked = (
            known is not None
            and known.state is FileState.DUPLICATE
            and known.duplicate_of == of
        )  # fmt: skip
        # A file without a row can't be marked; the result still shows that it is a duplicate.
        change = (
            None if is_marked or known is None else duplicate_change(path, taken.name, None)
        )  # fmt: skip
        return Naming(change, mark, why)
    folder = context.duplicate_dir / safe_name(path.parent.name)
    if place is None or not _is_place(place, folder, path.name):
        place = free_place(folder, path.name)
    # The copy with the name must stay while this one moves, unless the two are one file.
    kept = None if is_one_file(path, taken.held_by) else taken.held_by
    return Naming(duplicate_change(path, taken.name, place, kept=kept), mark, why)


def _conflict(
    path: Path, known: CatalogueFile | None, taken: TakenName, *, is_compared: bool
) -> Naming:
    """Handle a file that is, as far as known, a different comic than the one with the name."""
    reason = conflict_reason(str(taken.name), is_compared=is_compared)
    change = conflict_change(path, taken.name, reason, is_compared=is_compared)
    mark = FileMark(FileState.CONFLICT, reason, conflict_with=str(taken.name))
    why = (
        f"{taken.name} is another comic and already has this name"
        if is_compared
        else f"{taken.name} already has this name, and the pages can't be compared"
    )
    # A file without a row can't be marked; the result still shows the conflict.
    is_marked = known is None or known.mark == mark
    return Naming(None if is_marked else change, mark, why)


def _is_marked_by_look(context: OperationContext, known: CatalogueFile, taken: TakenName) -> bool:
    """Tell whether the file was marked, on request, as a copy that only looks alike."""
    if known.state is not FileState.DUPLICATE or known.duplicate_of != str(taken.name):
        return False
    if known.duplicate_by is None:  # an earlier release did not store this
        return any(
            one.file.path == str(taken.held_by)
            for one in context.duplicates.near.group_of(known.path)
        )
    return known.duplicate_by is DuplicateBy.LOOK


def free_place(folder: Path, name: str, taken: Collection[str] = ()) -> Path:
    """Return a free path in `folder`, not in `taken`, with a number if needed: `name (2).cbz`."""
    stem, suffix = os.path.splitext(name)  # noqa: PTH122 - the name, not a path
    for number in range(2, MAX_SAME_NAMES):
        if not os.path.lexists(folder / name) and str(folder / name) not in taken:
            break
        name = safe_name(f"{stem} ({number})", suffix)
    return folder / name


def _is_place(place: Path, folder: Path, name: str) -> bool:
    """Tell whether `free_place` could have returned this path for a file of that name."""
    is_numbered = place.name == safe_name(place.stem, place.suffix)
    return (
        place.parent == folder
        and place.suffix == Path(name).suffix
        and (place.name == name or is_numbered)
    )
