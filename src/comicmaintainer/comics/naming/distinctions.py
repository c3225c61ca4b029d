"""Finds the differences of two comics with one name: in their tags, names, words and pages.

Pure. Used for files in conflict. A distinction has the value of each comic, and how to give them
different names.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from comicmaintainer.comics.filename.model import PieceRole
from comicmaintainer.comics.filename.parser import parse_filename
from comicmaintainer.comics.metadata.fields import field_named

# Field -> the attribute of a parsed file name for it; the most significant come first.
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
_NUMBERS = frozenset(
    {PieceRole.ISSUE, PieceRole.ISSUE_COUNT, PieceRole.VOLUME, PieceRole.YEAR, PieceRole.DATE}
)
MAX_WORDS = 8
_BETWEEN_WORDS = re.compile(r"[\s_]+")
_AROUND_WORDS = "()[]{}#,;.:!?'\"\u2013\u2014"
_MARKER = re.compile(r"^[^\W\d_]{1,8}\.?(?=\d)")
_NUMBER = re.compile(r"(?<![\w.])0+(?=\d)|(?<=^v)0+(?=\d)")


@dataclass(frozen=True, slots=True)
class NamedComic:
    """A comic's known facts, without reading it; `former_names` are its earlier names."""

    name: str
    folder: str = ""
    former_names: tuple[str, ...] = ()
    tags: Mapping[str, Any] = field(default_factory=dict)
    page_count: int | None = None


@dataclass(frozen=True, slots=True)
class Distinction:
    """A difference between two comics.

    `field` is a field of the tags, `words` for words of the names, or `page_count`. `advice` is how
    to give the two different names, None if this difference can't.
    """

    field: str
    label: str
    own: str | None
    other: str | None
    advice: str | None


def distinctions(own: NamedComic, other: NamedComic) -> tuple[Distinction, ...]:
    """Return the differences, the most significant first."""
    differences = [*_of_fields(own, other)]
    words = _of_words(own, other, differences)
    if words is not None:
        differences.append(words)
    own_count, other_count = own.page_count, other.page_count
    if own_count is not None and other_count is not None and own_count != other_count:
        label = field_named("page_count").label
        differences.append(Distinction("page_count", label, str(own_count), str(other_count), None))
    return tuple(differences)


def _of_fields(own: NamedComic, other: NamedComic) -> Iterator[Distinction]:
    own_values, other_values = _values(own), _values(other)
    for name in _COMPARED:
        value, other_value = own_values.get(name), other_values.get(name)
        if _plain(value or "") == _plain(other_value or ""):
            continue
        template_field = _NOT_IN_TEMPLATES.get(name, name)
        advice = f"A naming template with {{{template_field}}} gives them different names."
        yield Distinction(name, field_named(name).label, value, other_value, advice)


def _values(comic: NamedComic) -> dict[str, str]:
    """The compared fields, from the tags or else from the name or a former name."""
    parsed = [parse_filename(name, comic.folder) for name in (comic.name, *comic.former_names)]
    fields_ = {}
    for name, attribute in _COMPARED.items():
        values = [comic.tags.get(name)]
        if attribute is not None:
            own = [one for one in parsed if attribute not in one.from_folder]
            values += [getattr(one, attribute) for one in own]
        value = next((value for value in values if value not in (None, "")), None)
        if value is not None:
            fields_[name] = str(value)
    if "manga_volume" in fields_:  # a volume that is not a whole number
        fields_["volume"] = fields_.pop("manga_volume")
    return fields_


def _of_words(
    own: NamedComic, other: NamedComic, differences: list[Distinction]
) -> Distinction | None:
    """The words in the names of only one comic that are not in a field already."""
    values = [text for one in differences for text in (one.own, one.other)]
    covered = {
        _plain(word) for value in (*values, *_agreeing(own, other)) for word in _split(value)
    }
    own_words, other_words = _words(own), _words(other)

    def only(words: Mapping[str, str], others: Mapping[str, str]) -> list[str]:
        return [
            word
            for key, word in words.items()
            if key not in others
            and key not in covered
            and _plain(_MARKER.sub("", key)) not in covered
        ]

    only_own, only_other = only(own_words, other_words), only(other_words, own_words)
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
    """The values that both have, whose words make no difference."""
    own_values, other_values = _values(own), _values(other)
    for name, value in own_values.items():
        if _plain(other_values.get(name, "")) == _plain(value):
            yield value


def _words(comic: NamedComic) -> dict[str, str]:
    """The words of all names of a comic, by their folded form.

    Words that only announce a number ("Chapter", "Vol.") are left out.
    """
    words: dict[str, str] = {}
    for name in (*comic.former_names, comic.name):
        numbers = [
            piece.text
            for piece in parse_filename(name, comic.folder).explanation
            if piece.role in _NUMBERS
        ]
        markers = {word for text in numbers for word in _split(text) if word.isalpha()}
        for word in _split(PurePosixPath(name).stem):
            if word not in markers:
                words.setdefault(_plain(word), word)
    words.pop("", None)
    return words


def _split(text: str | None) -> list[str]:
    words = (word.strip(_AROUND_WORDS) for word in _BETWEEN_WORDS.split(text or ""))
    return [word for word in words if word.strip("-")]


def _plain(text: str) -> str:
    """The text folded: ignoring case, Unicode form and leading zeros."""
    return _NUMBER.sub("", unicodedata.normalize("NFC", text.casefold()))
