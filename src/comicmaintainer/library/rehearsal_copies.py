"""Chooses the files of a rehearsal, and the places of their copies.

    FOLDER/ComicMaintainer rehearsal 1f2e3d4c/comics/Saga/Saga 001.cbz

In the folder that the user chose, each rehearsal has a folder named after its job. Below that come
the original's watched folder and its path inside it, so that rules which read folders get the same
result as for the original. `ignored.is_ignored` recognises the name: scan, watcher and user paths
skip such folders, so a copy is neither catalogued nor processed nor treated as a duplicate. If the
user renames the folder, it is like any other.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from comicmaintainer.library.ignored import COPIES_PREFIX
from comicmaintainer.library.roots import LibraryRoots

_NAMED_BY = 8


def copies_folder(folder: Path, job_id: str) -> Path:
    """Return the folder for a rehearsal's copies, below the one that the user chose."""
    return folder / f"{COPIES_PREFIX}{job_id[:_NAMED_BY]}"


def root_of_copies(top: Path, roots: LibraryRoots, original: Path) -> Path:
    """Return the folder in `top`, the rehearsal's folder, for the watched folder of `original`."""
    root = roots.root_of(original) or original.parent
    return top / root.name


def place_of_copy(top: Path, roots: LibraryRoots, original: Path) -> Path:
    """Return the path of the copy of `original` in the rehearsal's folder `top`."""
    root = roots.root_of(original) or original.parent
    return root_of_copies(top, roots, original) / original.relative_to(root)


def top_of_copy(path: Path) -> Path | None:
    """Return the rehearsal's folder that contains `path`, or None."""
    return next((each for each in path.parents if each.name.startswith(COPIES_PREFIX)), None)


def spread(paths: Iterable[str], count: int) -> list[str]:
    """Return `count` of the paths, evenly chosen from as many folders as possible.

    The choice does not depend on the order of the paths.
    """
    folders: dict[str, list[str]] = {}
    for path in paths:
        folders.setdefault(os.path.dirname(path), []).append(path)  # noqa: PTH120 - may be 1,000,000
    names = evenly(sorted(folders), count)
    if not names:
        return []
    share, more = divmod(count, len(names))
    chosen: list[str] = []
    left: list[str] = []
    for number, name in enumerate(names):
        files = sorted(folders[name])
        taken = evenly(files, share + (number < more))
        chosen += taken
        left += [] if len(taken) == len(files) else sorted(set(files).difference(taken))
    return [*chosen, *evenly(left, count - len(chosen))]


def evenly(values: Sequence[str], count: int) -> list[str]:
    """Return `count` of the values at even distances from the first; all if there are fewer."""
    if len(values) <= count:
        return list(values)
    return [values[number * len(values) // count] for number in range(count)]
