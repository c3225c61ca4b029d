"""Reading lists as plain values, by the names that the API and --json use."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from comicmaintainer.library.reading_lists.model import PlacedEntry, ReadingList


def list_of(reading_list: ReadingList, here: int) -> dict[str, Any]:
    """Return a list; `here` is how many of its `entries` the library has."""
    return {
        "list_id": reading_list.list_id,
        "name": reading_list.name,
        "entries": reading_list.entries,
        "here": here,
        "added_at": reading_list.added_at,
    }


def entry_of(placed: PlacedEntry) -> dict[str, Any]:
    """Return an entry at its place; `file` is null if the library does not have it."""
    entry, file = placed.entry, placed.file
    return {
        "position": placed.position,
        "title": entry.title,
        "series": entry.series,
        "number": entry.number,
        "volume": entry.volume,
        "year": entry.year,
        "format": entry.format,
        "ids": {
            source: {"series": ids.series, "issue": ids.issue} for source, ids in entry.ids.items()
        },
        "file": None
        if file is None
        else {
            "file_id": file.file_id,
            "path": file.path,
            "name": file.name,
            "found_by": str(file.found_by),
        },
    }


def whole_list_of(reading_list: ReadingList, placed: Iterable[PlacedEntry]) -> dict[str, Any]:
    """Return a list with all its entries in `items`."""
    items = [entry_of(each) for each in placed]
    here = sum(each["file"] is not None for each in items)
    return list_of(reading_list, here) | {"items": items}
