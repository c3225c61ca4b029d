"""Fills missing fields of a name from the folders above it, the nearest first.

A folder is used if it names the same series, or none ("Volume 2 (2012)"). A name without a series
gets that of its folder. Folders of many series ("Comics", "Manga") are skipped.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from comicmaintainer.comics.filename.downloads import is_same_series
from comicmaintainer.comics.filename.kinds import BOOK_KINDS
from comicmaintainer.comics.filename.model import ParsedFilename
from comicmaintainer.comics.filename.vocabulary import GENERIC_FOLDERS, SIDECAR_NAMES

FARTHEST_FOLDER = 4
_INHERITED = ("volume", "year", "publisher", "language")


def helping_folders(
    folders: list[str], read: Callable[[str], ParsedFilename]
) -> list[ParsedFilename]:
    """The folders to use, parsed, the nearest first; `folders` is outermost first."""
    return [
        read(folder)
        for folder in reversed(folders[-FARTHEST_FOLDER:])
        if folder.casefold() not in GENERIC_FOLDERS and not folder.isdecimal()
    ]


def fill_from_folders(parsed: ParsedFilename, folders: list[ParsedFilename]) -> ParsedFilename:
    """The name's fields, completed from `folders`, which has the nearest first."""
    sidecar = (parsed.series or "").casefold() in SIDECAR_NAMES and parsed.issue is None
    if sidecar:
        parsed = replace(parsed, series=None)
    if not folders:
        return parsed
    kind = BOOK_KINDS.get((parsed.series or "").casefold())
    if kind is not None and kind.loose:
        parsed = replace(parsed, series=None, format=kind.name)
    filled: dict[str, str] = {}
    for folder in folders:
        series = filled.get("series") or parsed.series
        if folder.series is not None and not is_same_series(series, folder.series):
            if series is None:
                filled["series"] = folder.series
            elif kind is not None and "series" not in filled:
                # "Annual 1" in the folder of a series.
                filled["series"] = f"{folder.series} {parsed.series}"
            else:
                continue
        inherited = (*_INHERITED, "issue") if sidecar else _INHERITED
        for field in inherited:
            value = getattr(folder, field)
            if value is not None and getattr(parsed, field) is None:
                filled.setdefault(field, value)
    if not filled:
        return parsed
    return replace(parsed, **filled, from_folder=frozenset(filled))  # type: ignore[arg-type]
