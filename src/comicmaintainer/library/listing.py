"""Reading the catalogue in pages: filtered, searched, in a chosen order, counted up to a cap.

Pages are keyed by the order's own columns, so they neither skip nor repeat a file when others are
added or removed meanwhile, and a far page costs what the first one does. Memory holds one page.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from comicmaintainer.database import Database
from comicmaintainer.errors import InvalidInput
from comicmaintainer.library import search_terms, sort_keys
from comicmaintainer.library.model import (
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
# Beyond this many matches an order that the index does not have is walked, not sorted.
SORT_CAP = 10_000
# A count that must look at rows, since the index alone does not decide, stops earlier.
COUNT_CAP_OF_ROWS = 2_000
# So many words with one beginning are named one by one: the index gathers all files of an open
# prefix before it gives out the first. Short ones it has at hand.
MAX_WORDS_OF_PREFIX = 200
INDEXED_PREFIX_LENGTHS = (2, 3)

_ORDERS = {
    FileOrder.SERIES: ("f.sort_key", ""),
    FileOrder.NEWEST: ("f.added_at", "DESC"),
    FileOrder.PATH: ("f.path", ""),
}


@dataclass(slots=True)
class _Selection:
    """A filter as SQL: what the index narrows by, and the conditions that decide.

    `is_exact` as long as the index alone decides; the conditions are then only for queries that
    do without it.
    """

    terms: list[str] = field(default_factory=list)
    conditions: list[str] = field(default_factory=list)
    parameters: list[Any] = field(default_factory=list)
    is_empty: bool = False
    is_exact: bool = True

    def require(self, condition: str, *parameters: Any, is_indexed: bool = False) -> None:
        self.conditions.append(condition)
        self.parameters += parameters
        self.is_exact = self.is_exact and is_indexed

    @property
    def where(self) -> str:
        return " AND ".join(self.conditions) or "1"

    @property
    def match(self) -> str:
        return " AND ".join(self.terms)


class Listing:
    """The readable side of the catalogue in `database`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def page(
        self,
        wanted: FileFilter,
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
        after = _decoded(after_key, order)
        rows = self._rows(wanted, FILE_COLUMNS, order, after, limit + 1)
        files = tuple(CatalogueFile.of_row(row) for row in rows[:limit])
        more = len(rows) > limit
        return FilePage(files, _encoded(order, rows[limit - 1]) if more else None)

    def count(self, wanted: FileFilter, *, cap: int = COUNT_CAP) -> CappedCount:
        """Count the files, no further than `cap`."""
        if wanted == FileFilter():
            total = sum(self.totals().values())
            return CappedCount(total, is_capped=False)
        chosen = self._selection(wanted)
        if chosen.is_empty:
            return CappedCount(0, is_capped=False)
        if chosen.terms and chosen.is_exact:
            source, parameters = "file_search WHERE file_search MATCH ?", [chosen.match]
        else:
            cap = min(cap, COUNT_CAP_OF_ROWS)
            source, parameters = _source(chosen), _source_parameters(chosen)
        row = self._database.row(
            f"SELECT count(*) AS n FROM (SELECT 1 FROM {source} LIMIT ?)", [*parameters, cap + 1]
        )
        found = 0 if row is None else row["n"]
        return CappedCount(min(found, cap), is_capped=found > cap)

    def paths(self, wanted: FileFilter) -> Iterator[str]:
        """Yield the path of every file of the filter, in series order, in bounded memory."""
        for row in self._all_rows(wanted, "f.path"):
            yield row["path"]

    def file_ids(self, wanted: FileFilter) -> Iterator[int]:
        """Yield the id of every file of the filter, in series order, in bounded memory."""
        for row in self._all_rows(wanted, "f.file_id"):
            yield row["file_id"]

    def totals(self, root: str | None = None) -> dict[tuple[str, str], int]:
        """Return how many files there are per (state, format), of one root or of all."""
        rows = self._database.rows(
            "SELECT c.state, c.format, sum(c.files) AS files FROM file_counts c "
            "JOIN roots r USING (root_id) WHERE (?1 IS NULL OR r.path = ?1) "
            "GROUP BY c.state, c.format HAVING sum(c.files) > 0",
            (root,),
        )
        return {(row["state"], row["format"]): row["files"] for row in rows}

    def total_bytes(self) -> int:
        """Return the size of all files together."""
        row = self._database.row("SELECT coalesce(sum(size_bytes), 0) AS n FROM file_counts")
        return 0 if row is None else int(row["n"])

    def series(
        self, *, text: str = "", after_key: str | None = None, limit: int = 100
    ) -> tuple[tuple[SeriesEntry, ...], str | None]:
        """Return a page of the series whose name contains `text`, and the key of the next one."""
        limit = max(1, min(limit, MAX_PAGE_SIZE))
        part = sort_keys.series_key(text) if text.strip() else ""
        rows = self._database.rows(
            "SELECT s.series_key, s.name, s.files, (SELECT f.file_id FROM files f "
            "    WHERE f.sort_key > s.series_key || char(1) "
            "    AND f.sort_key < s.series_key || char(2) ORDER BY f.sort_key LIMIT 1) AS cover "
            "FROM series s WHERE s.series_key > ? AND (? = '' OR instr(s.series_key, ?) > 0) "
            "ORDER BY s.series_key LIMIT ?",
            (after_key or "", part, part, limit + 1),
        )
        entries = tuple(
            SeriesEntry(row["series_key"], row["name"], row["files"], row["cover"])
            for row in rows[:limit]
        )
        return entries, entries[-1].key if len(rows) > limit else None

    # --- the queries -----------------------------------------------------------------------------

    def _all_rows(self, wanted: FileFilter, columns: str) -> Iterator[Any]:
        after: list[Any] | None = None
        while rows := self._rows(wanted, columns, FileOrder.SERIES, after, MAX_PAGE_SIZE):
            yield from rows
            after = [rows[-1]["order_key"], rows[-1]["file_id"]]

    def _rows(
        self,
        wanted: FileFilter,
        columns: str,
        order: FileOrder,
        after: list[Any] | None,
        limit: int,
    ) -> list[Any]:
        chosen = self._selection(wanted)
        if chosen.is_empty:
            return []
        column, direction = _ORDERS[order]
        columns = f"{columns}, {column} AS order_key, f.file_id"
        if chosen.terms and order is FileOrder.SERIES:
            return self._rows_of_index(chosen, columns, after, limit)
        if chosen.terms and not self.count(wanted, cap=SORT_CAP).is_capped:
            source = _source(chosen)
            parameters = _source_parameters(chosen)
        else:
            if wanted.text:
                chosen.require(
                    "EXISTS (SELECT 1 FROM file_search s WHERE s.file_search MATCH ? "
                    "AND s.rowid = f.position)",
                    chosen.match,
                )
            source = f"files f WHERE {chosen.where}"
            parameters = chosen.parameters
        if after is not None:
            source += f" AND ({column}, f.file_id) {'<' if direction else '>'} (?, ?)"
            parameters = [*parameters, *after]
        return self._database.rows(
            f"SELECT {columns} FROM {source} "
            f"ORDER BY {column} {direction}, f.file_id {direction} LIMIT ?",
            [*parameters, limit],
        )

    def _rows_of_index(
        self, chosen: _Selection, columns: str, after: list[Any] | None, limit: int
    ) -> list[Any]:
        source, parameters = _source(chosen), _source_parameters(chosen)
        if after is not None:
            # The key is turned into a position only now: positions may have moved meanwhile.
            source += (
                " AND s.rowid > coalesce((SELECT position FROM files WHERE (sort_key, file_id) "
                "<= (?, ?) AND position IS NOT NULL ORDER BY sort_key DESC, file_id DESC LIMIT 1)"
                ", -1)"
            )
            parameters += after
        return self._database.rows(
            f"SELECT {columns} FROM {source} ORDER BY s.rowid LIMIT ?", [*parameters, limit]
        )

    def _selection(self, wanted: FileFilter) -> _Selection:
        chosen = _Selection()
        if wanted.text.strip():
            self._choose_text(chosen, wanted.text)
            chosen.is_empty = chosen.is_empty or not chosen.terms
        if wanted.states:
            chosen.terms.append(_any_of(map(search_terms.state_facet, wanted.states)))
            chosen.require(f"f.state IN ({_marks(wanted.states)})", *wanted.states, is_indexed=True)
        if wanted.formats:
            chosen.terms.append(_any_of(map(search_terms.format_facet, wanted.formats)))
            chosen.require(
                f"f.format IN ({_marks(wanted.formats)})",
                *wanted.formats,
                is_indexed=all(map(search_terms.has_own_facet, wanted.formats)),
            )
        self._choose_place(chosen, wanted)
        _choose_years(chosen, wanted)
        chosen.terms += (_any_of([search_terms.missing_facet(tag)]) for tag in wanted.missing)
        if wanted.series is not None:
            key = sort_keys.series_key(wanted.series)
            if chosen.terms:
                self._choose_text(chosen, wanted.series)
            chosen.require(
                "f.series_key = ? AND f.sort_key > ? AND f.sort_key < ?",
                key, f"{key}\x01", f"{key}\x02",
            )  # fmt: skip
        return chosen

    def _choose_text(self, chosen: _Selection, text: str) -> None:
        for term in search_terms.wanted_terms(text):
            if not term.is_prefix:
                chosen.terms.append(f'"{term.text}"')
                continue
            rows = self._database.rows(
                "SELECT word FROM search_words WHERE word >= ? AND word < ? LIMIT ?",
                (term.text, term.text + chr(0x10FFFF), MAX_WORDS_OF_PREFIX + 1),
            )
            if not rows:
                chosen.is_empty = True
            elif len(rows) > MAX_WORDS_OF_PREFIX or len(term.text) in INDEXED_PREFIX_LENGTHS:
                chosen.terms.append(f'"{term.text}" *')
            else:
                chosen.terms.append(_any_of(row["word"] for row in rows))

    def _choose_place(self, chosen: _Selection, wanted: FileFilter) -> None:
        if wanted.root is not None:
            row = self._database.row("SELECT root_id FROM roots WHERE path = ?", (wanted.root,))
            if row is None:
                chosen.is_empty = True
                return
            chosen.terms.append(_any_of([search_terms.root_facet(row["root_id"])]))
            chosen.require("f.root_id = ?", row["root_id"], is_indexed=True)
        if wanted.folder is not None:
            folder = wanted.folder.rstrip("/")
            row = self._database.row("SELECT folder_id FROM folders WHERE path = ?", (folder,))
            if row is None:
                chosen.is_empty = True
                return
            chosen.terms.append(_any_of([search_terms.folder_facet(row["folder_id"])]))
            chosen.require("f.path > ? AND f.path < ?", folder + "/", folder + "0")


def _choose_years(chosen: _Selection, wanted: FileFilter) -> None:
    first, last = wanted.year_from, wanted.year_to
    if first is None and last is None:
        return
    if first is not None and last is not None and first > last:
        chosen.is_empty = True
        return
    covering = search_terms.year_range_facets(first, last)
    chosen.terms.append(_any_of(covering.facets))
    if first is not None:
        chosen.require("f.year >= ?", first, is_indexed=covering.is_exact)
    if last is not None:
        chosen.require("f.year <= ?", last, is_indexed=covering.is_exact)


def _source(chosen: _Selection) -> str:
    """The FROM and WHERE of a selection; CROSS JOIN keeps the index the outer loop."""
    if not chosen.terms:
        return f"files f WHERE {chosen.where}"
    return (
        "file_search s CROSS JOIN files f ON f.position = s.rowid "
        f"WHERE s.file_search MATCH ? AND {chosen.where}"
    )


def _source_parameters(chosen: _Selection) -> list[Any]:
    return [chosen.match, *chosen.parameters] if chosen.terms else [*chosen.parameters]


def _any_of(facets: Any) -> str:
    return "(" + " OR ".join(f'"{facet}"' for facet in facets) + ")"


def _marks(values: tuple[Any, ...]) -> str:
    return ", ".join("?" * len(values))


def _encoded(order: FileOrder, row: Any) -> str:
    key = json.dumps([order, row["order_key"], row["file_id"]], ensure_ascii=False)
    return base64.urlsafe_b64encode(key.encode()).decode().rstrip("=")


def _decoded(key: str | None, order: FileOrder) -> list[Any] | None:
    if key is None:
        return None
    try:
        padded = key.encode() + b"=" * (-len(key) % 4)
        parts = json.loads(base64.urlsafe_b64decode(padded))
        keyed_order, value, file_id = parts
    except (ValueError, TypeError, binascii.Error) as error:
        raise InvalidInput("The page key is not one that this listing gave out.") from error
    expected = float if order is FileOrder.NEWEST else str
    if keyed_order != order or not isinstance(value, expected) or not isinstance(file_id, int):
        raise InvalidInput("The page key belongs to another order.")
    return [value, file_id]
