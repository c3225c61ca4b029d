"""Values out of the JSON of others: each function returns None, or nothing, for what is amiss.

Used by all clients. A source may send anything in any place; what is not as expected is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from comicmaintainer.comics.metadata.text import clean_line

_DATE = re.compile(r"(\d{4})(?:-(\d{1,2}))?(?:-(\d{1,2}))?")
_YEAR = re.compile(r"(?<!\d)(1[5-9]\d\d|20\d\d|21\d\d)(?!\d)")
_LONGEST = 1000
MOST = 1000
"""Of a list, what is behind is left out: no page, and no comic, has as many of anything."""


def record(value: Any) -> Mapping[str, Any]:
    """Return an object, or an empty one."""
    return value if isinstance(value, dict) else {}


def records(value: Any) -> Iterator[Mapping[str, Any]]:
    """Yield the objects of a list, the first `MOST`."""
    if isinstance(value, list):
        for each in value[:MOST]:
            if isinstance(each, dict):
                yield each


def line(value: Any) -> str | None:
    """Return a text on one line; a number as its digits."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        return None
    return clean_line(value[:_LONGEST]) or None


def lines(value: Any) -> tuple[str, ...]:
    """Return the texts of a list, each once, of the first `MOST`."""
    if not isinstance(value, list):
        return ()
    return tuple(dict.fromkeys(found for each in value[:MOST] if (found := line(each))))


def names(value: Any, key: str = "name") -> tuple[str, ...]:
    """Return what the objects of a list are called, each once."""
    return tuple(dict.fromkeys(found for each in records(value) if (found := line(each.get(key)))))


def whole(value: Any) -> int | None:
    """Return a whole number that may be written as text, not below zero."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value if 0 <= value < 1 << 53 else None
    if isinstance(value, str) and len(value) < 16 and value.isascii() and value.isdigit():
        return int(value)
    return None


def identity(value: Any) -> str | None:
    """Return an id as text."""
    text = line(value)
    return text if text and len(text) <= 100 and " " not in text else None


def year_of(value: Any) -> int | None:
    """Return the first year in a text or number."""
    match = _YEAR.search(line(value) or "")
    return int(match[1]) if match else None


def date_of(value: Any) -> tuple[int | None, int | None, int | None]:
    """Return year, month and day of an ISO date, each None where it is missing or impossible."""
    match = _DATE.match(line(value) or "")
    if match is None:
        return None, None, None
    year, month, day = (int(part) if part else None for part in match.groups())
    if month is None or not 1 <= month <= 12:
        return year, None, None
    return year, month, day if day is not None and 1 <= day <= 31 else None


def iso_date(value: Any) -> str | None:
    """Return a whole date as ISO 8601."""
    year, month, day = date_of(value)
    return f"{year:04}-{month:02}-{day:02}" if year and month and day else None


def link(value: Any) -> str | None:
    """Return a web address."""
    text = line(value)
    return text if text and re.match(r"https?://[^\s\"<>]+$", text) else None
