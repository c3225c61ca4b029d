"""Finds the ids that a comic already has at sources of comics, in its tags and folders.

ComicTagger and others write them into `Web` and `Notes` of ComicInfo, MetronInfo has a place for
them, and people mark folders ("[cv-123]", "[metron-45]") as Mylar and Komga's tools do. Sources are
named as in `SeriesFacts.source`. An id in notes counts for the source that the notes name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from comicmaintainer.comics.metadata.model import ComicMetadata

COMICVINE = "comicvine"
METRON = "metron"
GCD = "gcd"

_SOURCE_NAMES = {
    "comic vine": COMICVINE,
    "comicvine": COMICVINE,
    "metron": METRON,
    "grand comics database": GCD,
    "gcd": GCD,
}
_MARKS = {"cv": COMICVINE, "comicvine": COMICVINE, "cvdb": COMICVINE, "metron": METRON, "gcd": GCD}
# Each with a part of the address in small letters, which most texts lack.
_ISSUE_ADDRESSES = (
    (
        COMICVINE,
        "comicvine.",
        re.compile(r"comicvine\.(?:gamespot\.)?com/\S*?\b4000-([0-9]{1,12})", re.IGNORECASE),
    ),
    (
        METRON,
        "metron.cloud",
        re.compile(r"metron\.cloud/issue/([0-9]{1,12})(?=$|[/?#\s])", re.IGNORECASE),
    ),
    (GCD, "comics.org", re.compile(r"comics\.org/issue/([0-9]{1,12})", re.IGNORECASE)),
)
_SERIES_ADDRESSES = (
    (
        COMICVINE,
        "comicvine.",
        re.compile(r"comicvine\.(?:gamespot\.)?com/\S*?\b4050-([0-9]{1,12})", re.IGNORECASE),
    ),
    (
        METRON,
        "metron.cloud",
        re.compile(r"metron\.cloud/series/([0-9]{1,12})(?=$|[/?#\s])", re.IGNORECASE),
    ),
    (GCD, "comics.org", re.compile(r"comics\.org/series/([0-9]{1,12})", re.IGNORECASE)),
)
_NOTED_ISSUE = re.compile(r"\bissue id:?\s*([0-9]{1,12})\b", re.IGNORECASE)
_COMICVINE_NOTE = re.compile(
    r"\bCVDB\s?([0-9]{1,12})\b|(?<![\w-])4000-([0-9]{1,12})\b", re.IGNORECASE
)
_NOTED_SOURCE = re.compile(r"comic ?vine|metron|grand comics database|\bgcd\b", re.IGNORECASE)
_FOLDER_MARK = re.compile(
    r"[\[({]\s*(cv|comicvine|cvdb|metron|gcd)(?:id)?\s*[-:_ ]\s*(?:4050-)?([0-9]{1,12})\s*[\])}]",
    re.IGNORECASE,
)


def issue_ids(metadata: ComicMetadata) -> dict[str, str]:
    """The issue's ids by source: MetronInfo's identifiers, then addresses, then notes."""
    identifiers = ((each.source, each.value) for each in metadata.identifiers)
    return issue_ids_in(identifiers, metadata.web, metadata.notes or "")


def issue_ids_in(
    identifiers: Iterable[tuple[str, str]], web: Iterable[str], notes: str
) -> dict[str, str]:
    """The same from these tags alone; `identifiers` are sources with their values."""
    found = {
        _SOURCE_NAMES[source.casefold()]: value.removeprefix("4000-")
        for source, value in identifiers
        if source.casefold() in _SOURCE_NAMES and _is_id(value.removeprefix("4000-"))
    }
    for source, id_ in (*_addressed((*web, notes), _ISSUE_ADDRESSES), *_noted(notes)):
        found.setdefault(source, id_)
    return found


def series_ids(
    metadata: ComicMetadata, folders: Iterable[str], given: Mapping[str, str]
) -> dict[str, str]:
    """The series' ids by source: `given` (from files beside it), folder marks, then addresses.

    `folders` are the names above the comic, the outermost first; the nearest mark counts.
    """
    found = dict(given)
    for name in reversed(tuple(folders)):
        for mark, id_ in _FOLDER_MARK.findall(name):
            found.setdefault(_MARKS[mark.casefold()], id_)
    for source, id_ in _addressed(metadata.web, _SERIES_ADDRESSES):
        found.setdefault(source, id_)
    return found


def _addressed(
    texts: Iterable[str], patterns: Iterable[tuple[str, str, re.Pattern[str]]]
) -> list[tuple[str, str]]:
    return [
        (source, found[1])
        for text in texts
        if (small := text.lower())
        for source, part, pattern in patterns
        if part in small and (found := pattern.search(text)) is not None
    ]


def _noted(notes: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    if not notes:
        return found
    if own := _COMICVINE_NOTE.search(notes):
        found.append((COMICVINE, own[1] or own[2]))
    named = _NOTED_SOURCE.search(notes)
    if named is not None and (noted := _NOTED_ISSUE.search(notes)):
        name = named[0].casefold()
        found.append((_SOURCE_NAMES.get(name, COMICVINE), noted[1]))
    return found


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= 12
