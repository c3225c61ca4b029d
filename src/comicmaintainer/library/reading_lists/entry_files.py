"""Finds the files of the catalogue that the entries of a list are, as the catalogue is now.

By the ids that both have, else by series and number, where year and volume agree: a year may be
off by one. Three queries by indexes answer for all entries together.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from comicmaintainer.database import Database
from comicmaintainer.library.catalogue.model import FileState
from comicmaintainer.library.reading_lists.model import (
    FIRST_YEAR,
    EntryFile,
    FoundBy,
    ListEntry,
)
from comicmaintainer.matching.names import name_form
from comicmaintainer.matching.numbers import number_key

YEARS_APART = 1
"""Sources differ by this much: cover date or day of sale."""
_SECOND_CHOICE = frozenset({FileState.DUPLICATE, FileState.FAILED})
_COLUMNS = "f.file_id, f.path, f.name, f.state, f.year, f.volume"
_BY_IDS = f"""
    SELECT i.source, i.issue_id, {_COLUMNS}
    FROM json_each(?) AS wanted
    CROSS JOIN file_ids i ON i.source = wanted.value ->> 0 AND i.issue_id = wanted.value ->> 1
    JOIN files f USING (file_id)"""
_NUMBERS = """
    SELECT n.name_key, f.issue, f.file_id
    FROM json_each(?) AS wanted
    CROSS JOIN series_names n ON n.name_key = wanted.value
    CROSS JOIN files f INDEXED BY idx_files_number
        ON f.series_key = n.series_key AND f.series IS NOT NULL"""
_FILES = f"""
    SELECT {_COLUMNS} FROM json_each(?) AS wanted
    JOIN files f ON f.file_id = CAST(wanted.value AS BIGINT)"""

_Number = tuple[str, str]
"""A series' name and a number, both as they are compared."""


class EntryFiles:
    """Finds files in the catalogue of `database`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, entries: Sequence[ListEntry]) -> list[EntryFile | None]:
        """Return the file of each entry; None where the library does not have it."""
        by_id = self._by_ids(entries)
        found = [_with_same_id(entry, by_id) for entry in entries]
        left = [entry for entry, file in zip(entries, found, strict=True) if file is None]
        by_number = self._by_numbers(left)
        return [
            file or _with_same_number(entry, by_number)
            for entry, file in zip(entries, found, strict=True)
        ]

    def _by_ids(self, entries: Iterable[ListEntry]) -> Mapping[tuple[str, str], list[Any]]:
        wanted = sorted(
            {
                (source, ids.issue)
                for entry in entries
                for source, ids in entry.ids.items()
                if ids.issue is not None
            }
        )
        found: dict[tuple[str, str], list[Any]] = defaultdict(list)
        for row in self._database.rows(_BY_IDS, (json.dumps(wanted),)) if wanted else ():
            found[row["source"], row["issue_id"]].append(row)
        return found

    def _by_numbers(self, entries: Iterable[ListEntry]) -> Mapping[_Number, list[Any]]:
        wanted = {_number_of(entry) for entry in entries if entry.series is not None}
        if not wanted:
            return {}
        names = sorted({name for name, _ in wanted})
        numbers = {
            row["file_id"]: number
            for row in self._database.rows(_NUMBERS, (json.dumps(names),))
            if (number := (row["name_key"], number_key(row["issue"] or ""))) in wanted
        }
        found: dict[_Number, list[Any]] = defaultdict(list)
        for row in self._database.rows(_FILES, (json.dumps(list(numbers)),)) if numbers else ():
            found[numbers[row["file_id"]]].append(row)
        return found


def _number_of(entry: ListEntry) -> _Number:
    return name_form(entry.series or "").key, number_key(entry.number or "")


def _with_same_id(entry: ListEntry, files: Mapping[tuple[str, str], list[Any]]) -> EntryFile | None:
    rows = [
        row
        for source, ids in entry.ids.items()
        if ids.issue is not None
        for row in files.get((source, ids.issue), ())
    ]
    return _file(min(rows, key=_choice), FoundBy.ID) if rows else None


def _with_same_number(entry: ListEntry, files: Mapping[_Number, list[Any]]) -> EntryFile | None:
    if entry.series is None:
        return None
    rows = [(years_apart(entry, row), row) for row in files.get(_number_of(entry), ())]
    dated = [(apart, *_choice(row), row) for apart, row in rows if apart is not None]
    if dated and (nearest := min(dated, key=lambda each: each[:-1]))[0] <= YEARS_APART:
        return _file(nearest[-1], FoundBy.YEAR)
    undated = [row for apart, row in rows if apart is None]
    return _file(min(undated, key=_choice), FoundBy.NUMBER) if undated else None


def years_apart(entry: ListEntry, file: Mapping[str, Any]) -> int | None:
    """Return how many years a file is from an entry of its number; None if that can't be said.

    `file` has its `year` and its `volume` as in the catalogue. More than `YEARS_APART` means that
    it is an issue of another series of the name.
    """
    volume = _whole(file["volume"])
    years = _apart(entry.year, file["year"])
    starts = _apart(entry.start_year, volume if volume and volume >= FIRST_YEAR else None)
    if starts is not None:
        # One series, whatever its issue's year; or two that began one after the other.
        return min(years or 0, YEARS_APART) if starts == 0 else starts + (years or 0)
    if volume is None and (entry.year is None or (years or 0) > YEARS_APART):
        # Names often have the year of the series instead of the issue's.
        named = _apart(entry.start_year, file["year"])
        if named is not None and named <= YEARS_APART:
            return YEARS_APART
    if years is None and entry.volume and volume and max(entry.volume, volume) < FIRST_YEAR:
        return 0 if entry.volume == volume else YEARS_APART + 1
    return years


def _apart(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else abs(one - other)


def _whole(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 10 else None


def _choice(row: Any) -> tuple[bool, int]:
    """Orders files that are the same issue: a copy, or one that can't be read, comes last."""
    return row["state"] in _SECOND_CHOICE, row["file_id"]


def _file(row: Any, found_by: FoundBy) -> EntryFile:
    return EntryFile(row["file_id"], row["path"], row["name"], found_by)
