"""What tells two comics of one name apart: fields of their tags and names, words, pages.

Pure. Used for files in conflict. A distinction says what each of the two has, and how names of
their own come of it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from comicmaintainer.comics.filename import Role, parse_filename
from comicmaintainer.comics.metadata.fields import field_named

# The field and the attribute of a parsed file name that tells it; what tells most comes first.
_COMPARED: Mapping[str, str | None] = {
    "volume": "volume",
    "manga_volume": None,
    "year": "year",
    "format": "format",
    "issue": "issue",
    "series": "series",
    "title": "title",
    "count": "issue_count",
    "month": "month",
    "day": "day",
    "language": "language",
    "publisher": "publisher",
    "imprint": None,
    "alternate_series": None,
    "scan_information": "scan_group",
}
_NOT_IN_TEMPLATES = {"manga_volume": "volume"}
_NUMBERS = frozenset({Role.ISSUE, Role.ISSUE_COUNT, Role.VOLUME, Role.YEAR, Role.DATE})
MAX_WORDS = 8
_BETWEEN_WORDS = re.compile(r"[\s_]+")
_AROUND_WORDS = "()[]{}#,;.:!?'\"\u2013\u2014"
_MARKER = re.compile(r"^[^\W\d_]{1,8}\.?(?=\d)")
_NUMBER = re.compile(r"(?<![\w.])0+(?=\d)|(?<=^v)0+(?=\d)")


@dataclass(frozen=True, slots=True)
class NamedComic:
    """What is known of a comic without reading it; `former_names` are those it had before."""

    name: str
    folder: str = ""
    former_names: tuple[str, ...] = ()
    tags: Mapping[str, Any] = field(default_factory=dict)
    page_count: int | None = None


@dataclass(frozen=True, slots=True)
class Distinction:
    """What one comic has and the other has not, or has otherwise.

    `field` is that of the tags, `words` for words of the names, or `page_count`. `advice` is how
    the two get different names by it, None where they don't.
    """

    field: str
    label: str
    own: str | None
    other: str | None
    advice: str | None


def distinctions(own: NamedComic, other: NamedComic) -> tuple[Distinction, ...]:
    """Return what tells the two apart, the most telling first."""
    found = [*_of_fields(own, other)]
    words = _of_words(own, other, found)
    if words is not None:
        found.append(words)
    mine, theirs = own.page_count, other.page_count
    if mine is not None and theirs is not None and mine != theirs:
        label = field_named("page_count").label
        found.append(Distinction("page_count", label, str(mine), str(theirs), None))
    return tuple(found)


def _of_fields(own: NamedComic, other: NamedComic) -> Iterator[Distinction]:
    mine, theirs = _values(own), _values(other)
    for name in _COMPARED:
        value, others = mine.get(name), theirs.get(name)
        if _plain(value or "") == _plain(others or ""):
            continue
        template_field = _NOT_IN_TEMPLATES.get(name, name)
        advice = f"A naming template with {{{template_field}}} gives them different names."
        yield Distinction(name, field_named(name).label, value, others, advice)


def _values(comic: NamedComic) -> dict[str, str]:
    """The compared fields that the tags have, or else its name or a former one tells."""
    parsed = [parse_filename(name, comic.folder) for name in (comic.name, *comic.former_names)]
    found = {}
    for name, attribute in _COMPARED.items():
        values = [comic.tags.get(name)]
        if attribute is not None:
            own = [one for one in parsed if attribute not in one.from_folder]
            values += [getattr(one, attribute) for one in own]
        value = next((value for value in values if value not in (None, "")), None)
        if value is not None:
            found[name] = str(value)
    if "manga_volume" in found:  # a volume that is no whole number
        found["volume"] = found.pop("manga_volume")
    return found


def _of_words(own: NamedComic, other: NamedComic, found: list[Distinction]) -> Distinction | None:
    """The words that only the names of one comic have, and no field tells already."""
    values = [text for one in found for text in (one.own, one.other)]
    told = {_plain(word) for value in (*values, *_agreeing(own, other)) for word in _split(value)}
    mine, theirs = _words(own), _words(other)

    def only(words: Mapping[str, str], others: Mapping[str, str]) -> list[str]:
        return [
            word
            for key, word in words.items()
            if key not in others and key not in told and _plain(_MARKER.sub("", key)) not in told
        ]

    only_own, only_other = only(mine, theirs), only(theirs, mine)
    if not (only_own or only_other):
        return None
    advice = (
        "Only the file names have these words. Put them into the tags, for example into the series "
        "or the title, or rename the file by hand."
    )
    return Distinction("words", "Words", _joined(only_own), _joined(only_other), advice)


def _joined(words: list[str]) -> str | None:
    return " ".join(words[:MAX_WORDS]) or None


def _agreeing(own: NamedComic, other: NamedComic) -> Iterator[str]:
    """The values in which the two agree: words of them tell nothing."""
    mine, theirs = _values(own), _values(other)
    for name, value in mine.items():
        if _plain(theirs.get(name, "")) == _plain(value):
            yield value


def _words(comic: NamedComic) -> dict[str, str]:
    """The words of all names of a comic, as they are written, by what they are compared by.

    Words that only announce a number ("Chapter", "Vol.") are left out.
    """
    found: dict[str, str] = {}
    for name in (*comic.former_names, comic.name):
        numbers = [
            piece.text
            for piece in parse_filename(name, comic.folder).explanation
            if piece.role in _NUMBERS
        ]
        markers = {word for text in numbers for word in _split(text) if word.isalpha()}
        for word in _split(PurePosixPath(name).stem):
            if word not in markers:
                found.setdefault(_plain(word), word)
    found.pop("", None)
    return found


def _split(text: str | None) -> list[str]:
    words = (word.strip(_AROUND_WORDS) for word in _BETWEEN_WORDS.split(text or ""))
    return [word for word in words if word.strip("-")]


def _plain(text: str) -> str:
    """The text without regard to capitals, Unicode form and zeros before a number."""
    return _NUMBER.sub("", unicodedata.normalize("NFC", text.casefold()))
