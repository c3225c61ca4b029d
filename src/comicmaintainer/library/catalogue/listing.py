"""Reads the catalogue in pages: filtered, searched, sorted, counted up to a cap.

Pages are keyed by the order's columns, so they neither skip nor repeat a file when others are
added or removed meanwhile, and a far page costs as much as the first. Only one page is in memory.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from comicmaintainer.database import Database, page_keys, paging
from comicmaintainer.errors import InvalidInput
from comicmaintainer.library.catalogue import search_terms, sort_keys
from comicmaintainer.library.catalogue.file_filter import FileFilter
from comicmaintainer.library.catalogue.filter_query import FilterQuery, all_of, has_more_matches
from comicmaintainer.library.catalogue.filter_sql import all_have_facets, filter_query
from comicmaintainer.library.catalogue.index_counts import (
    MAX_LOOKED_AT,
    kind_source,
    publisher_source,
)
from comicmaintainer.library.catalogue.model import (
    FILE_COLUMNS,
    CappedCount,
    CatalogueFile,
    FileOrder,
    FilePage,
    FileState,
)
from comicmaintainer.library.catalogue.ordered_matches import (
    AFTER_PLACE,
    BEFORE_PLACE,
    OrderedMatches,
    by_facets,
)
from comicmaintainer.library.catalogue.placed_files import PlacedFiles
from comicmaintainer.library.catalogue.several_series import files_of_chosen, is_of_series_only
from comicmaintainer.library.catalogue.sorted_matches import SortedPage, rows_if_few

COUNT_CAP = 10_000
MAX_PAGE_SIZE = 1000
SORT_CAP = 10_000
CLASS_CAP = 3_000
COVERED_CAP = 2_000
"""More matches than this are met soon in an order whose index has what filters ask for."""
# A count stops earlier if it must read rows because the index alone does not decide.
COUNT_CAP_OF_ROWS = 2_000


@dataclass(frozen=True, slots=True)
class _Order:
    """What a listing is ordered by, and the index of the same expression.

    `is_covering` tells that this index has what filters ask for too, so that it decides alone.
    """

    column: str
    index: str
    is_descending: bool = False
    kinds: tuple[type, ...] = (str,)
    is_covering: bool = False


_ORDERS = {
    FileOrder.SERIES: _Order("f.sort_key", "idx_files_sort"),
    FileOrder.NEWEST: _Order(
        "f.added_at", "idx_files_added", is_descending=True, kinds=(float,), is_covering=True
    ),
    FileOrder.PATH: _Order("f.path", "sqlite_autoindex_files_1"),
    FileOrder.SIZE: _Order("f.size_bytes", "idx_files_size", is_descending=True, kinds=(int,)),
    FileOrder.YEAR: _Order("-ifnull(f.year, 0)", "idx_files_year", kinds=(int,), is_covering=True),
    FileOrder.PUBLISHER: _Order(
        "ifnull(f.publisher, char(1114111)) COLLATE NOCASE",
        "idx_files_publisher",
        is_covering=True,
    ),
}


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a page begins: after or before a row, given by its order's value and its id."""

    order: FileOrder = FileOrder.SERIES
    is_descending: bool = False
    after: list[Any] | None = None


class Listing:
    """Reads the catalogue in `database`.

    Up to `sort_cap` matches are sorted for a page in an order that the search index does not have,
    and fewer if an index of that order passes over the others quickly; beyond that, the rows are
    read in that order. By size, it is `class_cap`, and beyond that one class of sizes is read after
    the other. A count without words may read
    up to `max_looked_at` entries of an index; beyond that, the search index counts.
    """

    def __init__(
        self,
        database: Database,
        *,
        sort_cap: int = SORT_CAP,
        class_cap: int = CLASS_CAP,
        max_looked_at: int = MAX_LOOKED_AT,
    ) -> None:
        self._database = database
        self._max_looked_at = max_looked_at
        self._sort_cap = sort_cap
        self._class_cap = class_cap

    def page(
        self,
        file_filter: FileFilter,
        *,
        after_key: str | None = None,
        before_key: str | None = None,
        starting_with: str | None = None,
        limit: int = 100,
        order: FileOrder = FileOrder.SERIES,
        is_reversed: bool = False,
    ) -> FilePage:
        """Return the page of at most `limit` files that follows `after_key`.

        With `before_key` it is the page before that key. `starting_with` is a letter: the page
        begins at the names with it, in series order.

        Raises:
            InvalidInput: a key did not come from a page in this order, or letters are not in order.
        """
        limit = max(1, min(limit, MAX_PAGE_SIZE))
        name = f"{order}, reversed" if is_reversed else str(order)
        key = before_key if after_key is None else after_key
        after = page_keys.value_and_id_of(key, name, _ORDERS[order].kinds[0])
        is_back = after_key is None and before_key is not None
        if after is None and starting_with is not None:
            after = _place_before(starting_with, order, is_reversed=is_reversed)
        forward = _ORDERS[order].is_descending != is_reversed
        place = _Place(order, forward != is_back, after)
        rows = self._rows(file_filter, FILE_COLUMNS, place, limit + 1)
        has_more = len(rows) > limit
        rows = rows[:limit]
        if is_back:
            rows.reverse()
        keys = [page_keys.sorted_by(name, *_place_of(row)) for row in (*rows[:1], *rows[-1:])]
        return FilePage(
            tuple(map(CatalogueFile.of_row, rows)),
            next_key=keys[-1] if rows and (has_more or is_back) else None,
            previous_key=keys[0] if rows and (has_more if is_back else after is not None) else None,
        )

    def count(self, file_filter: FileFilter, *, cap: int = COUNT_CAP) -> CappedCount:
        """Count the files up to `cap`."""
        if file_filter == FileFilter():
            return CappedCount(sum(self.totals().values()), is_capped=False)
        if is_of_series_only(file_filter):
            files = files_of_chosen(self._database, file_filter)
            return CappedCount(min(files, cap), is_capped=files > cap)
        totals = self.totals()
        of_kinds = kind_source(file_filter, totals, max_looked_at=self._max_looked_at)
        of_index = of_kinds or publisher_source(self._database, file_filter)
        if of_index is not None:
            return self._counted(*of_index, cap)
        query = filter_query(self._database, file_filter, totals, to_count=True)
        if query.is_empty:
            return CappedCount(0, is_capped=False)
        if not (query.has_folder or query.is_by_index):
            query = by_facets(self._database, query) or query
        if query.is_by_index and query.is_exact:
            source, parameters = "file_search WHERE file_search MATCH ?", [query.match]
        else:
            cap = cap if query.is_by_letter else min(cap, COUNT_CAP_OF_ROWS)
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

    def series_keys(
        self, file_filter: FileFilter, after: str | None, limit: int, *, is_reversed: bool = False
    ) -> list[tuple[str, str | None]]:
        """Return (series' part of the sort key, series) of the next files after a sort key."""
        place = _Place(FileOrder.SERIES, is_reversed, None if after is None else [after, 0])
        rows = self._rows(file_filter, "f.series", place, limit)
        return [(sort_keys.series_of(row["order_key"]), row["series"]) for row in rows]

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

    def size_bytes(self) -> int:
        """Return how large all files are together."""
        return int(self._database.value("SELECT coalesce(sum(size_bytes), 0) FROM file_counts"))

    def _counted(self, source: str, parameters: list[Any], cap: int) -> CappedCount:
        row = self._database.row(
            f"SELECT count(*) AS n FROM (SELECT 1 FROM {source} LIMIT ?) AS matched",
            [*parameters, cap + 1],
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
        def page_after(after: list[Any] | None) -> list[Any]:
            return self._rows(file_filter, columns, _Place(after=after), MAX_PAGE_SIZE)

        return paging.all_rows(page_after, _place_of)

    def _rows(self, file_filter: FileFilter, columns: str, place: _Place, limit: int) -> list[Any]:
        column = _ORDERS[place.order].column
        columns = f"{columns}, {column} AS order_key, f.file_id"
        if place.order is FileOrder.SIZE and self._database.dialect.search_is_ordered:
            rows = self._rows_by_size(file_filter, columns, place, limit)
            if rows is not None:
                return rows
        query = filter_query(self._database, file_filter, self.totals())
        if query.is_empty:
            return []
        if place.order is FileOrder.SERIES:
            if not self._database.dialect.search_is_ordered and query.is_placed:
                return self._rows_of_server(file_filter, query, columns, place, limit)
            if query.is_by_index:
                return self._rows_of_index(query, columns, place, limit)
        publisher = file_filter.publisher if place.order is FileOrder.PUBLISHER else None
        is_covered = _ORDERS[place.order].is_covering
        few = min(self._sort_cap, COVERED_CAP) if is_covered else self._sort_cap
        return self._rows_in_order(query, columns, place, limit, few=few, only=publisher)

    def _rows_by_size(
        self, file_filter: FileFilter, columns: str, place: _Place, limit: int
    ) -> list[Any] | None:
        """Read a page by size; None if the search index does not have this filter.

        If more files match than are sorted in a moment, one class of sizes is read after the other,
        so that only those of a class or two are sorted.
        """
        of_any_size = dataclasses.replace(file_filter, size_from=None, size_to=None)
        query = filter_query(self._database, of_any_size, self.totals())
        if query.is_empty:
            return []
        if not (query.is_by_index and all_have_facets(self._database)):
            return None
        if file_filter.size_from is not None:
            query.require("f.size_bytes >= ?", file_filter.size_from)
        if file_filter.size_to is not None:
            query.require("f.size_bytes <= ?", file_filter.size_to)
        found = rows_if_few(
            self._database, query, _page_end(columns, place), few=self._class_cap, limit=limit
        )
        if found is not None:
            return found
        found = []
        for of_class in _classes_of_sizes(file_filter, place):
            if len(found) < limit:
                query = filter_query(self._database, of_class, self.totals())
                # The fewer rows are of the class, the sooner those that match are met in order.
                wanted = limit - len(found)
                found += self._rows_in_order(query, columns, place, wanted, few=self._class_cap)
        return found

    def _rows_in_order(
        self, query: FilterQuery, columns: str, place: _Place, limit: int, *, few: int,
        only: str | None = None,
    ) -> list[Any]:  # fmt: skip
        """Sort the matches, if there are no more than `few`; otherwise meet them in order.

        `only` is the value that all matches have in the column of the order, if they have the same.
        """
        end = _page_end(columns, place)
        is_sorted = False
        if query.is_by_index and self._database.dialect.search_is_ordered:
            found = rows_if_few(self._database, query, end, few=few, limit=limit)
            if found is not None:
                return found
        elif query.is_by_index:
            is_sorted = not has_more_matches(self._database, query, few)
        if is_sorted:
            source, parameters = query.source, query.source_parameters
        else:
            # Without a hint, SQLite might gather many matches by another index, and sort them.
            hint = _ORDERS[place.order].index if query.is_by_index else None
            source, parameters = query.source_by_rows(hint), query.parameters_by_rows
            if only is not None:
                # As a condition on the publisher it would lead to no place in the order's index.
                source = f"{source} AND {_ORDERS[place.order].column} = ?"
                parameters = [*parameters, only]
        source = all_of([source, *end.conditions])
        parameters = [*parameters, *end.values]
        if query.terms or query.conditions:
            # Finding and sorting need few columns, which indexes have without the rows; those of
            # one page are read afterwards.
            sorted_ids = f"SELECT f.file_id FROM {source} {end.in_order} LIMIT ?"
            source = f"files f WHERE f.file_id IN ({sorted_ids})"
            parameters = [*parameters, limit]
        return self._database.rows(
            f"SELECT {columns} FROM {source} {end.in_order} LIMIT ?", [*parameters, limit]
        )

    def _rows_of_server(
        self, file_filter: FileFilter, query: FilterQuery, columns: str, place: _Place, limit: int
    ) -> list[Any]:
        driven = query if query.is_by_index else by_facets(self._database, query)
        way = (self._database, driven or query, columns, place.after, place.is_descending)
        if driven is not None:
            return OrderedMatches(*way).rows(limit)
        # Files of a publisher have an index of places of their own.
        is_of_publisher = file_filter.publisher is not None
        if file_filter.formats and not (file_filter.accepted_states or is_of_publisher):
            # The index of kinds begins with the state.
            query.require(
                f"f.state IN ({', '.join('?' * len(FileState))})", *FileState, by_place=True
            )
        return PlacedFiles(*way).rows(limit)

    def _rows_of_index(
        self, query: FilterQuery, columns: str, place: _Place, limit: int
    ) -> list[Any]:
        source, parameters = query.source, query.source_parameters
        direction = "DESC" if place.is_descending else ""
        if place.after is not None:
            # The key is converted to a position only now, because positions may have changed.
            sign, at = ("<", BEFORE_PLACE) if place.is_descending else (">", AFTER_PLACE)
            source += f" AND s.rowid {sign} {at}"
            parameters = [*parameters, *place.after]
        return self._database.rows(
            f"SELECT {columns} FROM {source} ORDER BY s.rowid {direction} LIMIT ?",
            [*parameters, limit],
        )


def _place_of(row: Any) -> list[Any]:
    """Return where a row stands in its order."""
    return [row["order_key"], row["file_id"]]


def _page_end(columns: str, place: _Place) -> SortedPage:
    """Return where a page begins and its order, in SQL."""
    column = _ORDERS[place.order].column
    direction = "DESC" if place.is_descending else ""
    in_order = f"ORDER BY {column} {direction}, f.file_id {direction}"
    if place.after is None:
        return SortedPage(columns, in_order)
    sign = "<" if place.is_descending else ">"
    return SortedPage(columns, in_order, [f"({column}, f.file_id) {sign} (?, ?)"], place.after)


def _place_before(letter: str, order: FileOrder, *, is_reversed: bool) -> list[Any]:
    """Return the place just before the names that begin with the letter."""
    if order is not FileOrder.SERIES:
        raise InvalidInput("Only the order by series has letters.", field="starting_with")
    return [sort_keys.before_letter(letter, is_reversed=is_reversed), 0]


def _classes_of_sizes(file_filter: FileFilter, place: _Place) -> list[FileFilter]:
    """Return a filter for each class of sizes that a page by size can have, in order."""
    first, last = file_filter.size_from, file_filter.size_to
    if place.after is not None and place.is_descending:
        last = place.after[0] if last is None else min(last, place.after[0])
    elif place.after is not None:
        first = place.after[0] if first is None else max(first, place.after[0])
    ranges = search_terms.classes_of_sizes(first, last)
    ranges = ranges[::-1] if place.is_descending else ranges
    return [dataclasses.replace(file_filter, size_from=low, size_to=high) for low, high in ranges]
