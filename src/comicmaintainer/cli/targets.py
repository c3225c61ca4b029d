"""The files that a command works on: paths, folders, or a part of the catalogue.

Unlike the web API, the command line also takes paths outside the watched folders: it may touch
whatever its user may.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from comicmaintainer.cli import output
from comicmaintainer.errors import FileMissing, InvalidInput, NotAComicPath
from comicmaintainer.library.catalogue.file_filter import FileFilter
from comicmaintainer.library.catalogue.model import FileState
from comicmaintainer.library.ignored import COMIC_SUFFIXES, is_storable
from comicmaintainer.library.invalid_names import ADVICE, shown
from comicmaintainer.library.roots import LibraryRoots

if TYPE_CHECKING:
    from comicmaintainer.services import Services

PATHS = click.argument("paths", nargs=-1, type=click.Path(path_type=Path))

EVERYTHING = click.option(
    "--all", "everything", is_flag=True, help="Every comic in the watched folders."
)


def expand(paths: Sequence[Path]) -> list[str]:
    """Return the absolute paths of the given comics and of all comics below given folders.

    Each path is returned once.

    Raises:
        InvalidInput: no path is given.
        FileMissing: a path does not exist.
        NotAComicPath: a file is not a comic by its name.
    """
    if not paths:
        raise InvalidInput("Say which files: name one or more PATHS.")
    comics: dict[str, None] = {}
    for path in paths:
        for comic in _comics(path):
            comics[str(comic)] = None
    return list(comics)


def choose(
    services: Services,
    paths: Sequence[Path],
    *,
    everything: bool,
    unprocessed: bool | None = None,
) -> list[str]:
    """Return the files of PATHS, --all or --unprocessed; exactly one of them must be given.

    `unprocessed` is None if the command has no such option.

    Raises:
        InvalidInput: none or several are given, or no folder is watched.
    """
    if sum([bool(paths), everything, bool(unprocessed)]) != 1:
        ways = "PATHS or --all" if unprocessed is None else "PATHS, --all or --unprocessed"
        raise InvalidInput(f"Say which files: {ways}.")
    if paths:
        return expand(paths)
    if not services.all_roots.everywhere():
        raise InvalidInput("WATCHED_DIR is not set, so there is no library; name PATHS instead.")
    if everything:
        return list(services.selections.all_files(on_unreadable=_note_unreadable))
    return list(services.listing.paths(FileFilter(states=(FileState.UNPROCESSED,))))


def _comics(path: Path) -> Iterator[Path]:
    whole = Path(os.path.realpath(path))
    if whole.is_dir():
        yield from LibraryRoots([whole]).walk(whole, on_unreadable=_note_unreadable)
    elif not whole.exists():
        raise FileMissing(f"{shown(str(path))} does not exist.")
    elif not is_storable(str(whole)):
        raise NotAComicPath(f"the name is not valid UTF-8. {ADVICE}", path=shown(str(whole)))
    elif whole.suffix.lower() not in COMIC_SUFFIXES:
        raise NotAComicPath(f"{path} is not a comic: its name ends in none of {_suffixes()}.")
    else:
        yield whole


def _note_unreadable(folder: str) -> None:
    output.note(f"{folder} can't be listed; its comics are left out.")


def _suffixes() -> str:
    return ", ".join(sorted(COMIC_SUFFIXES))
