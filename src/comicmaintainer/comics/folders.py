"""Reads the folders above a comic: series, volume, year and publisher.

Used by the rules. Folders that only divide a series ("Volume 2", "Specials", "2019") are not its
name, and notes in brackets are not part of it. Folders that only sort ("0001", "A", "0-9") are no
publisher.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from comicmaintainer.comics.naming.repeated_text import without

_NUMBER = r"(?P<number>\d{1,4})"
_VOLUME = re.compile(
    rf"(?:^|[\s._(\[-])(?:v|vol|volume)[\s._]*{_NUMBER}(?=$|[\s._)\]-])", re.IGNORECASE
)
_YEAR = re.compile(
    r"[(\[](?P<year>(?:19|20)\d\d)(?:\s*[-–]\s*(?:\d{4}|present)?)?[)\]]", re.IGNORECASE
)
_ONLY_YEAR = re.compile(r"(?P<year>(?:19|20)\d\d)")
_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|\{[^{}]*\}")
_DIVISION = re.compile(
    r"(?:v|vol|vols|volumes?|books?|tomes?|seasons?|parts?|arcs?|ch|chapters?|issues?)"
    r"[\s._]*\d+(?:[\s._]*[-–][\s._]*\d+)?"
    r"|annuals?|specials?|extras?|one-?shots?|tpbs?|chapters|volumes|issues|\d{1,3}",
    re.IGNORECASE,
)
_SHELF = re.compile(r"[\W\d_]*|\w(?:\s*[-–]\s*\w)?")
_UNSAFE_COLON = re.compile(r"(?<=\w)_(?=\s)")


@dataclass(frozen=True, slots=True)
class FolderFacts:
    """The values in the folders' names, each `None` if missing."""

    series: str | None = None
    volume: str | None = None
    year: str | None = None
    publisher: str | None = None


@lru_cache(maxsize=512)
def read_folders(folder_names: tuple[str, ...], known_series: str | None = None) -> FolderFacts:
    """Read the folders from the library's root (exclusive) down to the comic's own, in order.

    They are read once for their many comics.

    If a folder has the name of the tags' series, numbers in that name are part of it.
    """
    series = volume = year = None
    remaining = list(folder_names)
    while remaining and series is None:
        name = remaining.pop()
        numbered = without(name, known_series) if any(map(str.isdecimal, name)) else name
        if found := _VOLUME.search(numbered):
            volume = volume or found["number"].lstrip("0") or "0"
        if found := _YEAR.search(numbered) or _ONLY_YEAR.fullmatch(numbered.strip()):
            year = year or found["year"]
        bare = _bare(name)
        if not bare or _DIVISION.fullmatch(bare) or _ONLY_YEAR.fullmatch(bare):
            continue
        series = _without_volume(bare)
    above = (_bare(name) for name in reversed(remaining))
    publisher = next((name for name in above if not _SHELF.fullmatch(name)), None)
    return FolderFacts(series, volume, year, publisher)


def _bare(name: str) -> str:
    """The name without notes in brackets, and with the characters that file names replace."""
    text = _BRACKETS.sub(" ", name)
    text = _UNSAFE_COLON.sub(":", text)  # "Rain_ Two" stands for "Rain: Two"
    if " " not in text.strip():
        text = text.replace("_", " ")
    return " ".join(text.split()).strip(" -_")


def _without_volume(bare: str) -> str:
    found = _VOLUME.search(bare)
    if found is None or found.end() != len(bare):
        return bare
    return bare[: found.start()].rstrip(" ,-_.") or bare
