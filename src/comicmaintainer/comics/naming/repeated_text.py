"""Finds the fields of a parsed file name that only repeat a text of the tags.

"X-Mill (1991) 005" has no year of its own if the series in the tags is "X-Mill (1991)". Texts are
compared by letters and digits, ignoring case and accents, because names lose other characters.
Used by the derivation and the reading of folders.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable, Mapping

from comicmaintainer.comics.filename.model import ParsedFilename, PieceRole, TokenRole

_HELD_BY_TITLES = frozenset(
    {"year", "month", "day", "publisher", "format", "language", "scan_group"}
)
"""A number in a title may be the comic's own: "Chapter 5"."""
_HELD_BY_SERIES = _HELD_BY_TITLES | {"issue", "issue_count", "volume", "title"}

_DATE = frozenset({PieceRole.DATE, PieceRole.YEAR})
_ROLES: Mapping[str, frozenset[PieceRole]] = {
    "issue": frozenset({PieceRole.ISSUE, PieceRole.SPECIAL}),
    "issue_count": frozenset({PieceRole.ISSUE_COUNT}),
    "volume": frozenset({PieceRole.VOLUME}),
    "title": frozenset({PieceRole.TITLE}),
    "year": _DATE,
    "month": _DATE,
    "day": _DATE,
    "publisher": frozenset({PieceRole.PUBLISHER}),
    "format": frozenset({PieceRole.FORMAT, PieceRole.SPECIAL}),
    "language": frozenset({PieceRole.LANGUAGE}),
    "scan_group": frozenset({PieceRole.SCAN_GROUP}),
}


def repeated_fields(
    parsed: ParsedFilename,
    name: str,
    fields: Iterable[str],
    *,
    series: str | None,
    title: str | None,
) -> frozenset[str]:
    """Return the fields that were read from the series or the title inside `name`.

    `fields` are attributes of `parsed`, and `name` is the text that was parsed.
    """
    values = {field: value for field in fields if (value := getattr(parsed, field))}
    if not values or (series is None and title is None):
        return frozenset()
    letters, places = _letters(name)
    repeated: set[str] = set()
    for text, inherited in ((series, _HELD_BY_SERIES), (title, _HELD_BY_TITLES)):
        place = _places_of(text, letters, places)
        if place:
            repeated.update(
                field
                for field in values.keys() & inherited
                if _is_inside(place, _pieces(parsed, field, values[field]))
            )
    return frozenset(repeated)


def without(name: str, text: str | None) -> str:
    """Return `name` without `text`."""
    if not text:
        return name
    letters, places = _letters(name)
    span = _places_of(text, letters, places)
    return f"{name[: span.start]} {name[span.stop :]}" if span else name


def _pieces(parsed: ParsedFilename, field: str, value: str) -> list[TokenRole]:
    """The pieces of the name that `field` was read from."""
    pieces = [piece for piece in parsed.explanation if piece.role in _ROLES[field]]
    if field == "volume" and not pieces:  # the year in which the series began
        pieces = [piece for piece in parsed.explanation if piece.role in _DATE]
    if field in ("volume", "year"):
        pieces = [piece for piece in pieces if value in piece.text] or pieces
    # A series that is named for its format ("Mill Annual") is one piece.
    return pieces or [piece for piece in parsed.explanation if piece.role is PieceRole.SERIES]


def _is_inside(span: Collection[int], pieces: list[TokenRole]) -> bool:
    places = [
        start + at
        for piece in pieces
        for start in (piece.span[0],)
        for at, char in enumerate(piece.text)
        if char.isalnum()
    ]
    return bool(places) and all(place in span for place in places)


def _places_of(text: str | None, letters: str, places: list[int]) -> range:
    """The first place of `text` in the name; empty if it is not there."""
    needle, _ = _letters(text or "")
    at = letters.find(needle) if needle else -1
    while at >= 0:
        end = at + len(needle)
        if _is_boundary(letters, places, at) and _is_boundary(letters, places, end):
            return range(places[at], places[end - 1] + 1)
        at = letters.find(needle, at + 1)
    return range(0)


def _is_boundary(letters: str, places: list[int], at: int) -> bool:
    """Whether a word or number ends before the letter `at`."""
    if at in (0, len(letters)) or places[at] - places[at - 1] > 1:
        return True
    return letters[at - 1].isdecimal() != letters[at].isdecimal()


def _letters(text: str) -> tuple[str, list[int]]:
    """The letters and digits of a text, and the place of each in it; "#" counts as a letter."""
    if text.isascii():  # nearly all are
        kept = [place for place, char in enumerate(text) if char.isalnum() or char == "#"]
        return "".join([text[place] for place in kept]).lower(), kept
    letters: list[str] = []
    places: list[int] = []
    for place, char in enumerate(text):
        for plain in unicodedata.normalize("NFKD", char.casefold()):
            if plain.isalnum() or plain == "#":
                letters.append(plain)
                places.append(place)
    return "".join(letters), places
