"""What `series.json` says of a series, out of what a source knows; pure.

Mylar derives the run and the status from the dates of the issues, and so does this (mylar3/mylar3,
mylar/series_metadata.py).
"""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from comicmaintainer.comics.metadata.series_json import NO_ID
from comicmaintainer.matching.identifiers import COMICVINE
from comicmaintainer.matching.model import IssueFacts, SeriesDetails, SeriesFacts

LATELY_DAYS = 55
"""A series whose latest issue is younger goes on."""
_BOOK_TYPES: Mapping[str, str] = {
    "trade paperback": "TPB",
    "omnibus": "TPB",
    "graphic novel": "GN",
    "hardcover": "HC",
    "one-shot": "One-Shot",
    "one shot": "One-Shot",
    "single issue": "One-Shot",
    "digital chapter": "Digital",
    "digital chapters": "Digital",
}
"""By the source's word for the format of a series, in small letters."""
_Month = tuple[int, int]


@dataclass(frozen=True, slots=True)
class SeriesValues:
    """Values by the keys of `series.json`: those that are `known`, and `guesses`.

    Readers need a value of each key that is guessed, but one that is there already is better.
    """

    known: Mapping[str, Any]
    guesses: Mapping[str, Any]


def series_values(
    details: SeriesDetails, issues: Iterable[IssueFacts], *, now_at: float
) -> SeriesValues | None:
    """Return what the file says of the series.

    None if a value is not known without which readers refuse the file: the first year, or the
    number of issues.
    """
    series, listed = details.facts, tuple(issues)
    dates = sorted((each.year, each.month or 0) for each in listed if each.year is not None)
    year = series.start_year or (dates[0][0] if dates else None)
    total = series.issue_count or len(listed)
    if year is None or not total:
        return None
    id_ = _comicvine_id(series)
    is_ongoing = _is_ongoing(details, dates, now_at)
    text = details.description
    run = {
        "publication_run": _run(year, series.end_year, dates, is_ongoing=is_ongoing is not False),
        "status": "Ended" if is_ongoing is False else "Continuing",
    }
    found = {
        "type": "comicSeries",
        "publisher": series.publisher,
        "imprint": details.imprint,
        "name": series.name,
        "cid": id_,
        "comicid": id_,
        "year": year,
        "description_text": text and " ".join(text.split()),
        "description_formatted": text,
        "volume": details.volume,
        "booktype": _BOOK_TYPES.get((series.format or "").casefold()),
        "ComicImage": series.cover,
        "total_issues": total,
        **({} if is_ongoing is None else run),
    }
    is_one_shot = total == 1 and is_ongoing is False
    guesses = {
        "publisher": "",
        "cid": NO_ID,
        "comicid": NO_ID,
        "booktype": "One-Shot" if is_one_shot else "Print",
        "ComicImage": "",
        **run,
    }
    return SeriesValues({key: value for key, value in found.items() if value is not None}, guesses)


def _comicvine_id(series: SeriesFacts) -> int | None:
    found = series.id if series.source == COMICVINE else series.other_ids.get(COMICVINE)
    return int(found) if found and found.isascii() and found.isdecimal() else None


def _is_ongoing(details: SeriesDetails, dates: list[_Month], now_at: float) -> bool | None:
    if details.is_ongoing is not None:
        return details.is_ongoing
    if details.facts.end_year is not None:
        return False
    if not dates:
        return None
    year, month = dates[-1]
    today = datetime.fromtimestamp(now_at, UTC).date()
    return (today - date(year, month or 12, 1)).days < LATELY_DAYS


def _run(year: int, end_year: int | None, dates: list[_Month], *, is_ongoing: bool) -> str:
    """Return the run: "May 2016 - Present", "May 2016 - June 2018" or "May 2016"."""
    first = _month(*dates[0]) if dates and dates[0][0] == year else str(year)
    if is_ongoing:
        return f"{first} - Present"
    if dates:
        last = _month(*dates[-1])
    else:
        last = str(end_year or year)
    return first if last == first else f"{first} - {last}"


def _month(year: int, month: int) -> str:
    return f"{calendar.month_name[month]} {year}" if 1 <= month <= 12 else str(year)
