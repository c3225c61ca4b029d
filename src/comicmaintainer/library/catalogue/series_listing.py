"""Reads the series in pages: by name or by their figures, and only those with files of a filter.

A filter is answered in one of two ways. By name, the matching files are read in their own order,
and the rest of a series is skipped once one of its files is known. By figures, and with words, the
series are read in order, some at a time, and each is looked at for a matching file. A page may then
have fewer than asked for, even none, although others follow.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from comicmaintainer.database import Database, page_keys
from comicmaintainer.library.catalogue import sort_keys
from comicmaintainer.library.catalogue.file_filter import FileFilter
from comicmaintainer.library.catalogue.filter_sql import filter_query
from comicmaintainer.library.catalogue.listing import MAX_PAGE_SIZE, Listing
from comicmaintainer.library.catalogue.model import SeriesEntry, SeriesOrder
from comicmaintainer.library.catalogue.sort_keys import AFTER_SEPARATOR, SEPARATOR

_LOOKED_AT = 400
"""The most series that a page with a filter looks at for matching files."""
_FILES_AT_ONCE = 400
_FEW_SERIES = 80
"""If so many matching files are of fewer series, nearly every series has a match."""


@dataclass(frozen=True, slots=True)
class _Order:
    column: str
    is_descending: bool = False
    kind: type = int


_ORDERS = {
    SeriesOrder.NAME: _Order("g.series_key", kind=str),
    SeriesOrder.NEWEST: _Order("g.added_at", is_descending=True, kind=float),
    SeriesOrder.FILES: _Order("g.files", is_descending=True),
    SeriesOrder.GAPS: _Order("g.gaps", is_descending=True),
    SeriesOrder.SIZE: _Order("g.size_bytes", is_descending=True),
    SeriesOrder.YEAR: _Order("-ifnull(g.year, 0)"),
    SeriesOrder.PUBLISHER: _Order("lower(ifnull(g.publisher, char(1114111)))", kind=str),
}
# The range of the index of sort keys that has the files `f` of the series `s`.
_OF_SERIES = (
    f"f.sort_key > s.series_key || char({ord(SEPARATOR)}) "
    f"AND f.sort_key < s.series_key || char({ord(AFTER_SEPARATOR)})"
)
_COVER = f"(SELECT f.file_id FROM files f WHERE {_OF_SERIES} ORDER BY f.sort_key LIMIT 1)"
# CROSS JOIN keeps the figures the outer loop: their indexes have the orders.
_SERIES = "series_figures g CROSS JOIN series s ON s.series_key = g.series_key"
_COLUMNS = "s.series_key, s.name, s.files, g.gaps, g.year, g.publisher"


class SeriesListing:
    """Reads the series of the catalogue in `database`."""

    def __init__(self, database: Database, listing: Listing) -> None:
        self._database = database
        self._listing = listing

    def page(
        self,
        file_filter: FileFilter,
        *,
        after_key: str | None = None,
        starting_with: str | None = None,
        limit: int = 100,
        order: SeriesOrder = SeriesOrder.NAME,
        is_reversed: bool = False,
    ) -> tuple[tuple[SeriesEntry, ...], str | None]:
        """Return a page of series with a file of the filter, and the key of the next one.

        The filter's text is part of the name of the series. `starting_with` is a letter with which
        the page begins; only the order by name has letters.

        Raises:
            InvalidInput: the key did not come from a page in this order.
        """
        limit = max(1, min(limit, MAX_PAGE_SIZE))
        name = f"series by {order}" + (", reversed" if is_reversed else "")
        # By name, the key is the series' own.
        has_plain_key = order is SeriesOrder.NAME and not is_reversed
        if has_plain_key and after_key is not None:
            after: tuple[Any, str] | None = (after_key, after_key)
        else:
            after = page_keys.value_and_text_of(after_key, name, _ORDERS[order].kind)
        if after is None and starting_with is not None and order is SeriesOrder.NAME:
            key = sort_keys.before_letter(starting_with, is_reversed=is_reversed)
            after = (key, key if is_reversed else "")
        of_files = replace(file_filter, text="", gaps=False)
        walk = _Walk(file_filter.text, file_filter.gaps, order, is_reversed=is_reversed)
        if of_files == FileFilter():
            rows = self._rows(walk, after, limit + 1)
            has_more, rows = len(rows) > limit, rows[:limit]
            last = rows[-1] if has_more else None
        elif order is SeriesOrder.NAME and not file_filter.text:
            rows, last = self._with_files(
                replace(of_files, gaps=file_filter.gaps), walk, after, limit
            )
        else:
            rows, last = self._matching(of_files, walk, after, limit)
        next_key = None
        if last is not None and has_plain_key:
            next_key = last["series_key"]
        elif last is not None:
            next_key = page_keys.valued(name, last["order_key"], last["series_key"])
        return self._entries(rows), next_key

    def count(self) -> int:
        """Return how many series there are."""
        count: int = self._database.value("SELECT count(*) FROM series")
        return count

    def _rows(
        self, walk: _Walk, after: tuple[Any, str] | None, limit: int, *, of: str = "true",
        parameters: Sequence[Any] = (),
    ) -> list[Any]:  # fmt: skip
        """Return the next series in order; `of` is an expression, returned as `is_found`."""
        order = _ORDERS[walk.order]
        is_descending = order.is_descending != walk.is_reversed
        direction = "DESC" if is_descending else ""
        conditions, values = walk.conditions()
        if after is not None:
            conditions.append(
                f"({order.column}, g.series_key) {'<' if is_descending else '>'} (?, ?)"
            )
            values += after
        return self._database.rows(
            f"SELECT {_COLUMNS}, {order.column} AS order_key, {of} AS is_found FROM {_SERIES} "
            f"WHERE {' AND '.join(conditions)} "
            f"ORDER BY {order.column} {direction}, g.series_key {direction} LIMIT ?",
            [*parameters, *values, limit],
        )

    def _matching(
        self, file_filter: FileFilter, walk: _Walk, after: tuple[Any, str] | None, limit: int
    ) -> tuple[list[Any], Any | None]:
        """Look at series in order; return those with a file of the filter, and where to go on."""
        query = filter_query(self._database, file_filter, self._listing.totals())
        if query.is_empty:
            return [], None
        where = " AND ".join([_OF_SERIES, *query.conditions])
        # Any other index would be gone through for each series.
        exists = f"EXISTS (SELECT 1 FROM files f INDEXED BY idx_files_sort WHERE {where})"
        # Mostly nearly every series has a match, so that a page needs few more than it shows.
        chunk = limit + limit // 4 + 1
        rows: list[Any] = []
        found: list[Any] = []
        while len(found) <= limit and len(rows) <= _LOOKED_AT:
            wanted = min(chunk, _LOOKED_AT + 1 - len(rows))
            read = self._rows(walk, after, wanted, of=exists, parameters=query.parameters)
            rows += read
            found = [row for row in rows[:_LOOKED_AT] if row["is_found"]]
            if len(read) < wanted:
                break
            after = (read[-1]["order_key"], read[-1]["series_key"])
        if len(found) > limit:
            return found[:limit], found[limit - 1]
        return found, rows[_LOOKED_AT - 1] if len(rows) > _LOOKED_AT else None

    def _with_files(
        self, file_filter: FileFilter, walk: _Walk, after: tuple[Any, str] | None, limit: int
    ) -> tuple[list[Any], Any | None]:
        """Read files of the filter in order; return their series, and where to go on.

        If many files of each series match, look at the series instead.
        """
        keys: dict[str, None] = {}
        edge = AFTER_SEPARATOR if not walk.is_reversed else SEPARATOR
        at = None if after is None else f"{after[0]}{edge if after[1] else ''}"
        while len(keys) <= limit:
            files = self._listing.series_keys(
                file_filter, at, _FILES_AT_ONCE, is_reversed=walk.is_reversed
            )
            keys |= dict.fromkeys(key for key, series in files if series is not None)
            if len(files) < _FILES_AT_ONCE:
                break
            if len(keys) < _FEW_SERIES:
                return self._matching(replace(file_filter, gaps=False), walk, after, limit)
            at = files[-1][0] + edge
        shown = list(keys)[:limit]
        if not shown:
            return [], None
        rows = {
            row["series_key"]: row
            for row in self._database.rows(
                f"SELECT {_COLUMNS}, s.series_key AS order_key FROM {_SERIES} "
                f"WHERE s.series_key IN ({', '.join('?' * len(shown))})",
                shown,
            )
        }
        found = [rows[key] for key in shown if key in rows]
        return found, found[-1] if found and len(keys) > limit else None

    def _entries(self, rows: Sequence[Any]) -> tuple[SeriesEntry, ...]:
        covers = {
            row["series_key"]: row["file_id"]
            for row in self._database.rows(
                f"SELECT s.series_key, {_COVER} AS file_id FROM series s "
                "WHERE s.series_key IN (SELECT value FROM json_each(?))",
                (json.dumps([row["series_key"] for row in rows]),),
            )
        }
        return tuple(
            SeriesEntry(
                row["series_key"],
                row["name"],
                row["files"],
                covers.get(row["series_key"]),
                row["gaps"],
                row["year"],
                row["publisher"],
            )
            for row in rows
        )


@dataclass(frozen=True, slots=True)
class _Walk:
    """Which series are read, and in which order."""

    text: str
    gaps: bool
    order: SeriesOrder
    is_reversed: bool

    def conditions(self) -> tuple[list[str], list[Any]]:
        parts = [key for key in sort_keys.typed_series_keys(self.text) if key]
        conditions = [
            "(" + (" OR ".join(["instr(g.series_key, ?) > 0"] * len(parts)) or "true") + ")"
        ]
        if self.gaps:
            conditions.append("g.gaps > 0")
        return conditions, [*parts]
