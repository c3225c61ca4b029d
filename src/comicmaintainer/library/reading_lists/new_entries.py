"""Makes entries of files of the catalogue: of chosen ones, or of those of a story arc."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from comicmaintainer.database import Database
from comicmaintainer.database.stored_values import stored_object
from comicmaintainer.errors import NotFound
from comicmaintainer.library.catalogue.file_filter import FileFilter
from comicmaintainer.library.catalogue.listing import Listing
from comicmaintainer.library.catalogue.lookups import ids_in_tags
from comicmaintainer.library.catalogue.sort_keys import folded, issue_key
from comicmaintainer.library.reading_lists.model import MAX_ENTRIES, ListEntry, SourceIds

_BATCH = 500
_LAST = "\uffff"
"""After the places of files that an arc has numbered."""
_ROWS = """
    SELECT f.path, f.series, f.issue, f.volume, f.year, f.sort_key, t.tags
    FROM json_each(?) AS wanted JOIN files f ON f.path = wanted.value
    LEFT JOIN file_tags t USING (file_id)"""


class NewEntries:
    """Makes entries of files in the catalogue of `database`."""

    def __init__(self, database: Database, listing: Listing) -> None:
        self._database = database
        self._listing = listing

    def of_files(self, paths: Iterable[str]) -> tuple[ListEntry, ...]:
        """Return the entries of the catalogued files among these, in the library's order.

        One more than a list may have is enough to know that there are too many.
        """
        rows = sorted(
            self._rows(islice(paths, MAX_ENTRIES + 1)), key=lambda row: str(row["sort_key"])
        )
        return tuple(_entry(row) for row in rows)

    def of_arc(self, arc: str) -> tuple[ListEntry, ...]:
        """Return the entries of the files whose tags have the story arc, in the arc's order.

        Raises:
            NotFound: no file has it.
        """
        placed = [
            (place, row["sort_key"], _entry(row))
            for row in self._rows(self._listing.paths(FileFilter(text=f"{arc} ")))
            if (place := _place_in_arc(_tags(row), arc)) is not None
        ]
        if not placed:
            raise NotFound(f"No file has the story arc {arc!r} in its tags.")
        placed.sort(key=lambda each: each[:2])
        return tuple(entry for _, _, entry in placed)

    def _rows(self, paths: Iterable[str]) -> Iterator[Any]:
        left = iter(paths)
        while batch := list(islice(left, _BATCH)):
            yield from self._database.rows(_ROWS, (json.dumps(batch),))


def _entry(row: Any) -> ListEntry:
    tags = _tags(row)
    volume = row["volume"]
    return ListEntry(
        series=row["series"] or row["path"].rpartition("/")[2].rpartition(".")[0],
        number=row["issue"],
        volume=int(volume) if volume and volume.isascii() and volume.isdecimal() else None,
        year=row["year"],
        format=tags.get("format"),
        ids={source: SourceIds(issue=id_) for source, id_ in ids_in_tags(tags).items()},
    )


def _place_in_arc(tags: dict[str, Any], arc: str) -> str | None:
    """Return a key of the file's place in the arc; None if it is not in it."""
    wanted = folded(arc).strip()
    arcs: Sequence[Any] = tags.get("story_arcs") or ()
    for each in arcs:
        if isinstance(each, dict) and folded(str(each.get("name", ""))).strip() == wanted:
            number = each.get("number")
            return issue_key(number) if number else _LAST
    return None


def _tags(row: Any) -> dict[str, Any]:
    return stored_object(row["tags"]) if row["tags"] else {}
