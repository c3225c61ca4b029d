"""Which fields of a parsed file name only repeat a text that the tags have.

"X-Mill (1991) 005" tells no year where the tags call the series "X-Mill (1991)". Texts are
compared by their letters and digits, without case and accents, since names lose other signs.
Used by the derivation and the reading of folders.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable, Mapping

from comicmaintainer.comics.filename.model import ParsedFilename, Role, TokenRole

_HELD_BY_TITLES = frozenset(
    {"year", "month", "day", "publisher", "format", "language", "scan_group"}
)
"""A number in a title may well be the comic's own: "Chapter 5"."""
_HELD_BY_SERIES = _HELD_BY_TITLES | {"issue", "issue_count", "volume", "title"}

_DATE = frozenset({Role.DATE, Role.YEAR})
_ROLES: Mapping[str, frozenset[Role]] = {
    "issue": frozenset({Role.ISSUE, Role.SPECIAL}),
    "issue_count": frozenset({Role.ISSUE_COUNT}),
    "volume": frozenset({Role.VOLUME}),
    "title": frozenset({Role.TITLE}),
    "year": _DATE,
    "month": _DATE,
    "day": _DATE,
    "publisher": frozenset({Role.PUBLISHER}),
    "format": frozenset({Role.FORMAT, Role.SPECIAL}),
    "language": frozenset({Role.LANGUAGE}),
    "scan_group": frozenset({Role.SCAN_GROUP}),
}


def repeated_fields(
    parsed: ParsedFilename,
    name: str,
    fields: Iterable[str],
    *,
    series: str | None,
    title: str | None,
) -> frozenset[str]:
    """Return those of the fields that were read where `name` holds the series or the title.

    `fields` are attributes of `parsed`, and `name` is the text that was parsed.
    """
    values = {field: value for field in fields if (value := getattr(parsed, field))}
    if not values or (series is None and title is None):
        return frozenset()
    letters, places = _letters(name)
    repeated: set[str] = set()
    for text, held in ((series, _HELD_BY_SERIES), (title, _HELD_BY_TITLES)):
        where = _places_of(text, letters, places)
        if where:
            repeated.update(
                field
                for field in values.keys() & held
                if _lies_in(where, _pieces(parsed, field, values[field]))
            )
    return frozenset(repeated)


def without(name: str, text: str | None) -> str:
    """Return `name` without the place where it holds `text`."""
    if not text:
        return name
    letters, places = _letters(name)
    held = _places_of(text, letters, places)
    return f"{name[: held.start]} {name[held.stop :]}" if held else name


def _pieces(parsed: ParsedFilename, field: str, value: str) -> list[TokenRole]:
    """The pieces of the name that `field` was read from."""
    found = [piece for piece in parsed.explanation if piece.role in _ROLES[field]]
    if field == "volume" and not found:  # the year in which the series began
        found = [piece for piece in parsed.explanation if piece.role in _DATE]
    if field in ("volume", "year"):
        found = [piece for piece in found if value in piece.text] or found
    # A series that is named for its format ("Mill Annual") is one piece.
    return found or [piece for piece in parsed.explanation if piece.role is Role.SERIES]


def _lies_in(held: Collection[int], pieces: list[TokenRole]) -> bool:
    places = [
        start + at
        for piece in pieces
        for start in (piece.span[0],)
        for at, char in enumerate(piece.text)
        if char.isalnum()
    ]
    return bool(places) and all(place in held for place in places)


def _places_of(text: str | None, letters: str, places: list[int]) -> range:
    """Where `text` stands in the name, its first place; empty where it does not."""
    wanted, _ = _letters(text or "")
    at = letters.find(wanted) if wanted else -1
    while at >= 0:
        end = at + len(wanted)
        if _parts(letters, places, at) and _parts(letters, places, end):
            return range(places[at], places[end - 1] + 1)
        at = letters.find(wanted, at + 1)
    return range(0)


def _parts(letters: str, places: list[int], at: int) -> bool:
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
