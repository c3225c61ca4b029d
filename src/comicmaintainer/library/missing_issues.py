"""Issues of a series that the library does not have.

Used by the API and the command line. The numbers of its files tell: those between the lowest and
the highest of a volume should be there. Where a source's list of issues is known, `missing_numbers`
takes that list instead.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from operator import itemgetter
from typing import Any

from comicmaintainer.comics.issue_numbers import read_issue
from comicmaintainer.database import Database, page_keys
from comicmaintainer.errors import NotFound
from comicmaintainer.library.catalogue import sort_keys
from comicmaintainer.library.volumes import by_volume
from comicmaintainer.matching.numbers import number_key

LONGEST_GAP = 100
"""More numbers in a row are not missing: the series went on with other numbers."""
MAX_PAGE_SIZE = 200
_SERIES_AT_ONCE = 500
_SERIES_LOOKED_AT = 1_000
_ORDER = "series"
_FIRST_YEAR = 1000
_FILES = """
    SELECT series_key, volume, issue FROM files
    WHERE series IS NOT NULL AND series_key IN (SELECT value FROM json_each(?))
    ORDER BY series_key"""


@dataclass(frozen=True, slots=True)
class MissingIssues:
    """The issues of one volume that are missing; `volume` is None if its files name none.

    `first` and `last` are the lowest and the highest number that it has. If `is_of_volumes`, the
    numbers are those of volumes: its files have no others.
    """

    volume: str | None
    files: int
    first: str
    last: str
    numbers: Sequence[str]
    is_of_volumes: bool = False


@dataclass(frozen=True, slots=True)
class IncompleteSeries:
    """A series with those of its volumes that have gaps."""

    name: str
    volumes: Sequence[MissingIssues]


class Incomplete:
    """Finds missing issues in the catalogue of `database`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of_series(self, series: str) -> IncompleteSeries:
        """Return what is missing of a series, in any spelling of its name; it may be nothing.

        Raises:
            NotFound: no file is of it.
        """
        key = sort_keys.series_key(series)
        row = self._database.row("SELECT name FROM series WHERE series_key = ?", (key,))
        if row is None:
            raise NotFound(f"No file is of the series {series!r}.")
        rows = self._database.rows(_FILES, (json.dumps([key]),))
        return IncompleteSeries(row["name"], missing_of_files(rows))

    def page(
        self, *, after_key: str | None = None, limit: int = 50
    ) -> tuple[Sequence[IncompleteSeries], str | None]:
        """Return series with missing issues by name, and the key of the next page.

        A page may have fewer than `limit`, even none, although others follow.

        Raises:
            InvalidInput: the key is not from this listing.
        """
        limit = max(1, min(limit, MAX_PAGE_SIZE))
        after, _ = page_keys.value_and_id_of(after_key, _ORDER, str) or ("", 0)
        found: list[IncompleteSeries] = []
        for _ in range(_SERIES_LOOKED_AT // _SERIES_AT_ONCE):
            names = self._series_after(after)
            for key, volumes in self._missing_of(names):
                found.append(IncompleteSeries(names[key], volumes))
                if len(found) == limit:
                    return found, page_keys.sorted_by(_ORDER, key, 0)
            if len(names) < _SERIES_AT_ONCE:
                return found, None
            after = max(names)
        return found, page_keys.sorted_by(_ORDER, after, 0)

    def _series_after(self, key: str) -> dict[str, str]:
        rows = self._database.rows(
            "SELECT series_key, name FROM series WHERE series_key > ? ORDER BY series_key LIMIT ?",
            (key, _SERIES_AT_ONCE),
        )
        return {row["series_key"]: row["name"] for row in rows}

    def _missing_of(self, keys: Iterable[str]) -> Iterator[tuple[str, Sequence[MissingIssues]]]:
        rows = self._database.rows(_FILES, (json.dumps(list(keys)),))
        for key, files in groupby(rows, key=itemgetter("series_key")):
            if volumes := missing_of_files(files):
                yield key, volumes


def missing_numbers(have: Iterable[str], known: Iterable[str]) -> list[str]:
    """Return those of the known numbers of a series that the library does not have.

    `known` is what a source lists, or `expected_numbers`. Numbers are compared by their value; one
    that is not listed itself ("4A", "1-3") stands for those that it is a variant or a range of.
    """
    wanted = {number_key(number): number for number in known}
    had: set[str] = set()
    for number in have:
        key = number_key(number)
        had.update((key,) if key in wanted else _keys_of(number))
    return [number for key, number in wanted.items() if key not in had]


def expected_numbers(have: Iterable[str]) -> list[str]:
    """Return the whole numbers from the lowest to the highest, without gaps that are too long."""
    wholes = sorted({int(key) for number in have for key in _keys_of(number) if _is_whole(key)})
    expected = [str(number) for number in wholes[:1]]
    for lower, higher in pairwise(wholes):
        start = lower + 1 if higher - lower - 1 <= LONGEST_GAP else higher
        expected += map(str, range(start, higher + 1))
    return expected


def missing_of_files(files: Iterable[Any]) -> list[MissingIssues]:
    """Return what is missing of each volume of one series; rows have `volume` and `issue`."""
    issues: list[tuple[str | None, str]] = []
    volumes: list[str] = []
    for file in files:
        if file["issue"]:
            issues.append((file["volume"], file["issue"]))
        elif file["volume"] and _is_number_of_volume(file["volume"]):
            volumes.append(file["volume"])
    found = [_of_volume(volume, numbers) for volume, numbers in by_volume(issues).items()]
    found.append(_of_volume(None, volumes, is_of_volumes=True))
    return [each for each in found if each is not None]


def _of_volume(
    volume: str | None, have: Sequence[str], *, is_of_volumes: bool = False
) -> MissingIssues | None:
    expected = expected_numbers(have)
    missing = missing_numbers(have, expected)
    if not missing:
        return None
    return MissingIssues(volume, len(have), expected[0], expected[-1], missing, is_of_volumes)


def _keys_of(number: str) -> Iterator[str]:
    """Yield the keys of a number and of those that it stands for: "1-3" is three, "4A" is 4."""
    yield number_key(number)
    read = read_issue(number)
    if read is None or not read.rest or read.decimals or read.fraction or read.is_negative:
        return
    first = int(read.whole or "0")
    end = read.rest.removeprefix("-")
    is_range = end != read.rest and _is_whole(end) and int(end) - first <= LONGEST_GAP
    yield from map(str, range(first, int(end) + 1 if is_range else first + 1))


def _is_whole(key: str) -> bool:
    return key.isascii() and key.isdecimal()


def _is_number_of_volume(volume: str) -> bool:
    return _is_whole(volume) and len(volume) < 10 and int(volume) < _FIRST_YEAR
