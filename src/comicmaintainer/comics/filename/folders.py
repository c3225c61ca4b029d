"""Fills what a name does not say from the folders it lies in, the nearest first.

A folder helps if it names the same series, or none ("Volume 2 (2012)"); the folder of a name
without a series gives it one. Folders that hold many series ("Comics", "Manga") are skipped.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from comicmaintainer.comics.filename.model import ParsedFilename, Role
from comicmaintainer.comics.filename.vocabulary import GENERIC_FOLDERS, SIDECAR_NAMES

FARTHEST_FOLDER = 4
_INHERITED = ("volume", "year", "publisher", "language")


def fill_from_folders(
    parsed: ParsedFilename, folders: list[str], read: Callable[[str], ParsedFilename]
) -> ParsedFilename:
    """The name's fields with the folders' help; `folders` is outermost first."""
    sidecar = (parsed.series or "").casefold() in SIDECAR_NAMES and parsed.issue is None
    if sidecar:
        parsed = replace(parsed, series=None)
    filled: dict[str, str] = {}
    for folder in reversed(folders[-FARTHEST_FOLDER:]):
        if folder.casefold() in GENERIC_FOLDERS or folder.isdecimal():
            continue
        help_ = read(folder)
        series = filled.get("series") or parsed.series
        if help_.series is not None and not _same_series(series, help_.series):
            if series is None:
                filled["series"] = help_.series
            elif _is_title(parsed) and "title" not in filled and "series" not in filled:
                filled |= {"series": help_.series, "title": series}
            else:
                continue
        inherited = (*_INHERITED, "issue") if sidecar else _INHERITED
        for field in inherited:
            value = getattr(help_, field)
            if value is not None and getattr(parsed, field) is None:
                filled.setdefault(field, value)
    if not filled:
        return parsed
    return replace(parsed, **filled, from_folder=frozenset(filled))  # type: ignore[arg-type]


def _is_title(parsed: ParsedFilename) -> bool:
    """ "04 - The Gladiator" in a series' folder: what follows the number is the title."""
    roles = [piece.role for piece in parsed.explanation if piece.role is not Role.SEPARATOR]
    return parsed.title is None and roles[:2] == [Role.ISSUE, Role.SERIES]


def _same_series(one: str | None, other: str) -> bool:
    return one is not None and _key(one) == _key(other)


def _key(series: str) -> str:
    return "".join(filter(str.isalnum, series.casefold())).removeprefix("the")
