"""The CoMet.xml format: the declaration of its elements, and its reader. It is never written.

Source of the format: denvog.com/comet (v1.1, 2009).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from comicmaintainer.comics.metadata import xmltree
from comicmaintainer.comics.metadata.codecs import WHOLE
from comicmaintainer.comics.metadata.document_limits import within_limits
from comicmaintainer.comics.metadata.model import (
    ComicMetadata,
    Credit,
    Identifier,
    Manga,
    Price,
)
from comicmaintainer.comics.metadata.text import clean_line, clean_text
from comicmaintainer.comics.metadata.vocabulary import LANGUAGE_CODES

MEMBER = "CoMet.xml"
_ROOT = "comet"
_DATE = re.compile(r"(\d{4})(?:-(\d{1,2}))?(?:-(\d{1,2}))?")
_COMIC_VINE = re.compile(r"(?:CVDB|4000-|urn:comicvine:issue:)(\d+)")

# Element -> field of one text.
_LINES: Mapping[str, str] = {
    "title": "title",
    "series": "series",
    "issue": "issue",
    "publisher": "publisher",
    "format": "format",
    "rating": "age_rating",
}

# Element -> field of several texts.
_LISTS: Mapping[str, str] = {"genre": "genres", "character": "characters"}

# Element -> role of the person it names.
_ROLES: Mapping[str, str] = {
    "writer": "Writer",
    "penciller": "Penciller",
    "inker": "Inker",
    "colorist": "Colorist",
    "letterer": "Letterer",
    "coverDesigner": "CoverArtist",
    "editor": "Editor",
    "creator": "Creator",
}


def _date(text: str) -> Mapping[str, Any]:
    match = _DATE.match(text)
    if match is None:
        return {}
    parts = zip(("year", "month", "day"), match.groups(), strict=True)
    return {name: int(number) for name, number in parts if number and int(number)}


def _whole(field: str) -> Callable[[str], Mapping[str, Any]]:
    def decode(text: str) -> Mapping[str, Any]:
        number = WHOLE.decode(text)
        return {} if number is None else {field: number}

    return decode


def _language(text: str) -> Mapping[str, Any]:
    return {"language": LANGUAGE_CODES.get(text.casefold(), text)}


def _direction(text: str) -> Mapping[str, Any]:
    # Left to right is the default of every comic, so it does not decide the manga field.
    return {"manga": Manga.YES_RIGHT_TO_LEFT} if text.casefold() == "rtl" else {}


def _identifier(text: str) -> Mapping[str, Any]:
    match = _COMIC_VINE.search(text)
    if match is None:
        return {"gtin": text}
    return {"identifiers": (Identifier("Comic Vine", match[1]),)}


_DECODERS: Mapping[str, Callable[[str], Mapping[str, Any]]] = {
    "date": _date,
    "volume": _whole("volume"),
    "pages": _whole("page_count"),
    "language": _language,
    "readingDirection": _direction,
    "identifier": _identifier,
    "isVersionOf": lambda text: {"reprints": (text,)},
    "price": lambda text: {"prices": (Price(text, "US"),)},
    "description": lambda text: {"summary": text},
}


def read_comet(data: bytes, member: str = MEMBER) -> ComicMetadata:
    """Read a document; invalid values count as absent.

    Raises: MalformedMetadata naming `member` and the position.
    """
    root = xmltree.parse_xml(data, member)
    xmltree.expect_root(root, _ROOT, member)
    values: dict[str, Any] = {}
    lists: dict[str, dict[str, None]] = {}
    people: dict[str, list[str]] = {}
    for child in root:
        name = xmltree.local_name(child)
        text = clean_text(xmltree.text_of(child))
        if not text:
            continue
        line = clean_line(text)
        if name in _LINES:
            values.setdefault(_LINES[name], line)
        elif name in _LISTS:
            lists.setdefault(_LISTS[name], {})[line] = None
        elif name in _ROLES:
            roles = people.setdefault(line, [])
            roles.extend([_ROLES[name]] if _ROLES[name] not in roles else [])
        elif name in _DECODERS:
            for field, value in _DECODERS[name](text).items():
                values.setdefault(field, value)
    values.update({field: tuple(items) for field, items in lists.items()})
    values["credits"] = tuple(Credit(person, tuple(roles)) for person, roles in people.items())
    return within_limits(ComicMetadata(**values), member)
