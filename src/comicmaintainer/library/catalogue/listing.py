"""Reads the catalogue in pages: filtered, searched, sorted, counted up to a cap.

Pages are keyed by the order's columns, so they neither skip nor repeat a file when others are
added or removed meanwhile, and a far page costs as much as the first. Only one page is in memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from operator import itemgetter
from typing import Any

from comicmaintainer.database import Database, page_keys, paging
from comicmaintainer.library.catalogue import sort_keys
from comicmaintainer.library.catalogue.filter_sql import FilterQuery, filter_query
from comicmaintainer.library.catalogue.index_counts import MAX_LOOKED_AT, kind_source
from comicmaintainer.library.catalogue.model import (
    FILE_COLUMNS,
    CappedCount,
    CatalogueFile,
    FileFilter,
    FileOrder,
    FilePage,
    SeriesEntry,
)

COUNT_CAP = 10_000
MAX_PAGE_SIZE = 1000
SORT_CAP = 10_000
# A count stops earlier if it must read rows because the index alone does not decide.
COUNT_CAP_OF_ROWS = 2_000

_ORDERS = {
    FileOrder.SERIES: ("f.sort_key", ""),
    FileOrder.NEWEST: ("f.added_at", "DESC"),
    FileOrder.PATH: ("f.path", ""),
}


class Listing:
    """Reads the catalogue in `database`.

    Up to `sort_cap` matches are sorted for a page in an order that the search index does not have;
    beyond that, the rows are read in that order. A count without words may read up to
    `max_looked_at` entries of an index; beyond that, the search index counts.
    """

    def __init__(
        self,
        database: Database,
        *,
        sort_cap: int = SORT_CAP,
        max_looked_at: int = MAX_LOOKED_AT,
    ) -> None:
        self._database = database
        self._max_looked_at = max_looked_at
        self._sort_cap = sort_cap

    def page(
        self,
        file_filter: FileFilter,
        *,
        after_key: str | None = None,
        limit: int = 100,
        order: FileOrder = FileOrder.SERIES,
    ) -> FilePage:
        """Return the page of at most `limit` files that follows `after_key`.

        Raises:
            InvalidInput: `after_key` did not come from a page in this order.
        """
        limit = max(1, min(limit, MAX_PAGE_SIZE))
        kind = float if order is FileOrder.NEWEST else str
        after = page_keys.value_and_id_of(after_key, order, kind)
        rows, next_key = paging.cut(
            self._rows(file_filter, FILE_COLUMNS, order, after, limit + 1),
            limit,
            lambda row: page_keys.sorted_by(order, *_place_of(row)),
        )
        return FilePage(tuple(map(CatalogueFile.of_row, rows)), next_key)

    def count(self, file_filter: FileFilter, *, cap: int = COUNT_CAP) -> CappedCount:
        """Count the files up to `cap`."""
        if file_filter == FileFilter():
            return CappedCount(sum(self.totals().values()), is_capped=False)
        totals = self.totals()
        of_kinds = kind_source(file_filter, totals, max_looked_at=self._max_looked_at)
        if of_kinds is not None:
            return self._counted(*of_kinds, cap)
        query = filter_query(self._database, file_filter, totals, to_count=True)
        if query.is_empty:
            return CappedCount(0, is_capped=False)
        if query.is_by_index and query.is_exact:
            source, parameters = "file_search WHERE file_search MATCH ?", [query.match]
        else:
            cap = min(cap, COUNT_CAP_OF_ROWS)
            source, parameters = query.source, query.source_parameters
        return self._counted(source, parameters, cap)

    def paths(self, file_filter: FileFilter) -> Iterator[str]:
        """Yield the path of every file of the filter, in series order, in bounded memory."""
        for row in self._all_rows(file_filter, "f.path"):
            yield row["path"]

    def file_ids(self, file_filter: FileFilter) -> Iterator[int]:
        """Yield the id of every file of the filter, in series order, in bounded memory."""
        for row in self._all_rows(file_filter, "f.file_id"):
            yield row["file_id"]

    def spread(self, file_filter: FileFilter, count: int) -> list[str]:
        """Return up to `count` paths of the filter, spread over its series, with about `2 * count`
        queries for one row, regardless of the number of files.

        Positions are far apart between series and close together within one, so evenly spaced
        places fall into different series. The rest is filled from the rows after those files.
        """
        query = filter_query(self._database, file_filter, self.totals())
        ends = [self._at(query, None, 1, direction) for direction in ("", "DESC")]
        if not all(ends):
            return []
        low, high = (rows[0]["position"] for rows in ends)
        positions: dict[str, int] = {}
        for number in range(count):
            at = low + (high - low) * number // max(1, count - 1)
            for row in self._at(query, at, 1):
                positions[row["path"]] = row["position"]
        share = -(-count // len(positions))
        further = [(position + 1, share) for position in positions.values()]
        for position, limit in (*further, (low, 2 * count)):
            for row in self._at(query, position, limit):
                if len(positions) < count:
                    positions[row["path"]] = row["position"]
        return sorted(positions, key=positions.__getitem__)

    def totals(self, root: str | None = None) -> dict[tuple[str, str], int]:
        """Return the number of files per (state, format), of one root or of all."""
        rows = self._database.rows(
            "SELECT c.state, c.format, sum(c.files) AS files FROM file_counts c "
            "JOIN roots r USING (root_id) WHERE (?1 IS NULL OR r.path = ?1) "
            "GROUP BY c.state, c.format HAVING sum(c.files) > 0",
            (root,),
        )
        return {(row["state"], row["format"]): row["files"] for row in rows}

    def series(
        self, *, text: str = "", after_key: str | None = None, limit: int = 100
    ) -> tuple[tuple[SeriesEntry, ...], str | None]:
        """Return a page of the series whose name contains `text`, and the key of the next one."""
        limit = max(1, min(limit, MAX_PAGE_SIZE))
        parts = [key for key in sort_keys.typed_series_keys(text) if key]
        holds = " OR ".join(["instr(s.series_key, ?) > 0"] * len(parts)) or "1"
        found = self._database.rows(
            "SELECT s.series_key, s.name, s.files, (SELECT f.file_id FROM files f "
            "    WHERE f.sort_key > s.series_key || char(1) "
            "    AND f.sort_key < s.series_key || char(2) ORDER BY f.sort_key LIMIT 1) AS cover "
            f"FROM series s WHERE s.series_key > ? AND ({holds}) ORDER BY s.series_key LIMIT ?",
            (after_key or "", *parts, limit + 1),
        )
        rows, next_key = paging.cut(found, limit, itemgetter("series_key"))
        entries = tuple(
            SeriesEntry(row["series_key"], row["name"], row["files"], row["cover"]) for row in rows
        )
        return entries, next_key

    def _counted(self, source: str, parameters: list[Any], cap: int) -> CappedCount:
        row = self._database.row(
            f"SELECT count(*) AS n FROM (SELECT 1 FROM {source} LIMIT ?)", [*parameters, cap + 1]
        )
        count = 0 if row is None else row["n"]
        return CappedCount(min(count, cap), is_capped=count > cap)

    # --- the queries -----------------------------------------------------------------------------

    def _at(
        self, query: FilterQuery, position: int | None, limit: int, direction: str = ""
    ) -> list[Any]:
        """Return the first rows in series order, from a position on."""
        if query.is_empty:
            return []
        column = "s.rowid" if query.is_by_index else "f.position"
        return self._database.rows(
            f"SELECT f.path, f.position FROM {query.source} AND {column} >= ? "
            f"ORDER BY {column} {direction} LIMIT ?",
            [*query.source_parameters, position or 0, limit],
        )

    def _all_rows(self, file_filter: FileFilter, columns: str) -> Iterator[Any]:
        def page_after(place: list[Any] | None) -> list[Any]:
            return self._rows(file_filter, columns, FileOrder.SERIES, place, MAX_PAGE_SIZE)

        return paging.all_rows(page_after, _place_of)

    def _rows(
        self,
        file_filter: FileFilter,
        columns: str,
        order: FileOrder,
        after: list[Any] | None,
        limit: int,
    ) -> list[Any]:
        query = filter_query(self._database, file_filter, self.totals())
        if query.is_empty:
            return []
        column, direction = _ORDERS[order]
        columns = f"{columns}, {column} AS order_key, f.file_id"
        if query.is_by_index and order is FileOrder.SERIES:
            return self._rows_of_index(query, columns, after, limit)
        if query.is_by_index and self._are_few(query):
            source, parameters = query.source, query.source_parameters
        else:
            source, parameters = query.source_by_rows, query.parameters_by_rows
        if after is not None:
            source += f" AND ({column}, f.file_id) {'<' if direction else '>'} (?, ?)"
            parameters = [*parameters, *after]
        return self._database.rows(
            f"SELECT {columns} FROM {source} "
            f"ORDER BY {column} {direction}, f.file_id {direction} LIMIT ?",
            [*parameters, limit],
        )

    def _are_few(self, query: FilterQuery) -> bool:
        """Whether the matches of the index are few enough to sort for a page."""
        row = self._database.row(
            "SELECT count(*) AS n FROM "
            "(SELECT 1 FROM file_search WHERE file_search MATCH ? LIMIT ?)",
            (query.match, self._sort_cap + 1),
        )
        return row is not None and row["n"] <= self._sort_cap

    def _rows_of_index(
        self, query: FilterQuery, columns: str, after: list[Any] | None, limit: int
    ) -> list[Any]:
        source, parameters = query.source, query.source_parameters
        if after is not None:
            # The key is converted to a position only now, because positions may have changed.
            source += (
                " AND s.rowid > coalesce((SELECT position FROM files WHERE (sort_key, file_id) "
                "<= (?, ?) AND position IS NOT NULL ORDER BY sort_key DESC, file_id DESC LIMIT 1)"
                ", -1)"
            )
            parameters = [*parameters, *after]
        return self._database.rows(
            f"SELECT {columns} FROM {source} ORDER BY s.rowid LIMIT ?", [*parameters, limit]
        )


def _place_of(row: Any) -> list[Any]:
    """Return where a row stands in its order."""
    return [row["order_key"], row["file_id"]]
