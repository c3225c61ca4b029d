"""Translates a filter to SQL: search terms that narrow, and conditions that decide.

Used by listing.py. Only the index knows words; everything else has a condition on the row as well,
and the index only helps to find such rows quickly and in order.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from comicmaintainer.database import Database
from comicmaintainer.library.catalogue import search_terms, sort_keys
from comicmaintainer.library.catalogue.file_filter import FileFilter
from comicmaintainer.library.catalogue.model import FileState
from comicmaintainer.library.catalogue.several_series import (
    HAS_GAPS,
    chosen_series,
    files_of_chosen,
    left_out_series,
)
from comicmaintainer.library.catalogue.sort_keys import AFTER_SEPARATOR, SEPARATOR

# Up to this many words with one prefix are listed one by one, because the index gathers all files
# of a prefix before it returns the first. It has the short prefixes indexed.
MAX_WORDS_OF_PREFIX = 200
INDEXED_PREFIX_LENGTHS = (2, 3)
# If states and formats leave this few files, checking them all is faster than narrowing further.
FEW_FILES = 2_000
# A range of years, sizes or days is many facets, and the index goes through all their files.
# Looking at a match of the other facets takes about as long as going through this many.
COST_OF_MATCH = 100
# Which share of all files is likely to be of a series with gaps, and which a publisher has at most
# to be looked for in this way.
LIKELY_WITH_GAPS = 1 / 4
SMALL_PUBLISHER = 1 / 32


_PUBLISHER = "ifnull(publisher, char(1114111)) COLLATE NOCASE"
_HAS_MORE_FILES = f"SELECT 1 FROM files WHERE {_PUBLISHER} = ? LIMIT 1 OFFSET ?"


@dataclass(slots=True)
class FilterQuery:
    """The parts of a query. `is_exact`: the index alone would return exactly the right files.

    `terms_without_condition` have no condition on the row, and `conditions_by_rows` are left to
    the index where it drives the query.
    """

    terms: list[str] = field(default_factory=list)
    terms_without_condition: list[str] = field(default_factory=list)
    conditions: list[str] = field(default_factory=list)
    conditions_by_rows: list[str] = field(default_factory=list)
    parameters: list[Any] = field(default_factory=list)
    is_empty: bool = False
    is_exact: bool = True
    has_series: bool = False
    has_letter: bool = False

    @property
    def is_by_letter(self) -> bool:
        """Whether the query is for a letter only, which the index of the order by series has."""
        return self.has_letter and len(self.conditions) == 1 and not self.terms

    @property
    def is_by_index(self) -> bool:
        """Whether the search index drives the query; a series is faster in the rows' own order."""
        return bool(self.terms) and not self.has_series

    @property
    def source(self) -> str:
        """The FROM and WHERE, driven by the index if possible; see `source_parameters`."""
        if not self.is_by_index:
            return self.source_by_rows()
        # CROSS JOIN keeps the index the outer loop.
        return (
            "file_search s CROSS JOIN files f ON f.position = s.rowid "
            f"WHERE s.file_search MATCH ? AND {_all_of(self.conditions) or 'true'}"
        )

    @property
    def source_parameters(self) -> list[Any]:
        """The values for the marks in `source`."""
        if not self.is_by_index:
            return self.parameters_by_rows
        return [_all_of(self.terms), *self.parameters]

    def source_by_rows(self, index: str | None = None) -> str:
        """The FROM and WHERE driven by the rows, in the order of `index` if one is given."""
        files = "files f" if index is None else f"files f INDEXED BY {index}"
        where = _all_of([*self.conditions, *self.conditions_by_rows]) or "true"
        if not self.terms_without_condition:
            return f"{files} WHERE {where}"
        return (
            f"{files} WHERE {where} AND EXISTS (SELECT 1 FROM file_search s "
            "WHERE s.file_search MATCH ? AND s.rowid = f.position)"
        )

    @property
    def parameters_by_rows(self) -> list[Any]:
        """The values for the marks in `source_by_rows`."""
        if not self.terms_without_condition:
            return [*self.parameters]
        return [*self.parameters, _all_of(self.terms_without_condition)]

    @property
    def match(self) -> str:
        """The expression for the index."""
        return _all_of(self.terms)

    def require(self, condition: str, *parameters: Any) -> None:
        """Add a condition on the row `f`."""
        self.conditions.append(condition)
        self.parameters += parameters

    def find(self, *alternatives: str, is_exact: bool = True) -> None:
        """Narrow to files with one of the facets."""
        self.terms.append(any_of(alternatives))
        self.is_exact = self.is_exact and is_exact


def filter_query(
    database: Database,
    file_filter: FileFilter,
    totals: dict[tuple[str, str], int],
    *,
    to_count: bool = False,
) -> FilterQuery:
    """Return the SQL of a filter. `totals` is the number of files per (state, format).

    With `to_count` the index expression is more exact, so that no row must be read.
    """
    query = FilterQuery()
    _choose_text(database, query, file_filter.text)
    query.terms += query.terms_without_condition
    few = _choose_kinds(query, file_filter, totals)
    _choose_missing(query, file_filter, narrow=not few)
    _choose_place(database, query, file_filter, narrow=not few)
    has_facets = database.row("SELECT 1 FROM files_without_facets LIMIT 1") is None
    _choose_publisher(query, file_filter, narrow=has_facets and not few)
    if file_filter.gaps:
        _choose_gaps(query, narrow=has_facets and not few)
    if file_filter.series is not None:
        key = sort_keys.series_key(file_filter.series)
        query.require("f.series_key = ?", key)
        query.require("f.sort_key > ? AND f.sort_key < ?", key + SEPARATOR, key + AFTER_SEPARATOR)
        query.has_series, query.is_exact = True, False
    # A count by the index alone needs the ranges in any case.
    few = few or (
        file_filter.has_ranges
        and query.is_by_index
        and not (to_count and query.is_exact)
        and _likely_files(database, file_filter, totals) <= sum(totals.values()) / COST_OF_MATCH
    )
    _choose_years(query, file_filter, narrow=not few, to_count=to_count)
    _choose_sizes(query, file_filter, narrow=has_facets and not few)
    _choose_added(database, query, file_filter, narrow=has_facets and not few)
    _choose_repeated_page(database, query, file_filter)
    _choose_several_series(database, query, file_filter)
    return query


def has_more_matches(database: Database, query: FilterQuery, number: int) -> bool:
    """Return whether the index has more matches than this number."""
    sql = "SELECT 1 FROM file_search WHERE file_search MATCH ? LIMIT 1 OFFSET ?"
    return database.row(sql, (query.match, number)) is not None


def any_of(terms: Iterable[str]) -> str:
    """Return the index's expression for any of the terms."""
    return "(" + " OR ".join(f'"{term}"' for term in terms) + ")"


def _all_of(expressions: list[str]) -> str:
    return " AND ".join(expressions)


def _choose_text(database: Database, query: FilterQuery, text: str) -> None:
    if not text.strip():
        return
    letter = search_terms.only_letter(text)
    if letter is not None and _choose_letter(database, query, letter):
        return
    expressions = query.terms_without_condition
    begun: str | None = None
    for term in search_terms.wanted_terms(text):
        if term.is_begun:
            begun = term.text
            continue
        if not term.is_prefix:
            expressions.append(any_of([term.text]))
            continue
        rows = database.rows(
            "SELECT word FROM search_words WHERE word >= ? AND word < ? LIMIT ?",
            (term.text, term.text + chr(0x10FFFF), MAX_WORDS_OF_PREFIX + 1),
        )
        if not rows:
            query.is_empty = True
        elif len(rows) > MAX_WORDS_OF_PREFIX or len(term.text) in INDEXED_PREFIX_LENGTHS:
            expressions.append(f'"{term.text}" *')
        else:
            expressions.append(any_of(row["word"] for row in rows))
    # Text without words matches nothing.
    query.is_empty = query.is_empty or not (expressions or begun)
    if begun is not None and not query.is_empty:
        _choose_begun(database, expressions, begun)


def _choose_letter(database: Database, query: FilterQuery, letter: str) -> bool:
    """Choose the names that begin with the letter; return whether there are any."""
    names = (letter, letter + chr(0x10FFFF))
    sql = "SELECT 1 FROM files WHERE sort_key >= ? AND sort_key < ? LIMIT 1"
    if database.row(sql, names) is None:
        return False
    query.require("f.sort_key >= ? AND f.sort_key < ?", *names)
    query.has_letter, query.is_exact = True, False
    return True


def _choose_begun(database: Database, expressions: list[str], begun: str) -> None:
    """Search for the term; if no file has it beside the others, ignore it, as more will follow."""
    with_term = [*expressions, any_of([begun])]
    sql = "SELECT 1 FROM file_search WHERE file_search MATCH ? LIMIT 1"
    if database.row(sql, (_all_of(with_term),)) is not None:
        expressions[:] = with_term


def _choose_kinds(
    query: FilterQuery, file_filter: FileFilter, totals: dict[tuple[str, str], int]
) -> bool:
    """Choose by state and format; return whether few files remain."""
    few = False
    states = file_filter.accepted_states
    if states:
        query.find(*map(search_terms.state_facet, states))
        query.require(f"f.state IN ({_marks(states)})", *states)
        few = _files(totals, states=states) <= FEW_FILES
    if file_filter.formats:
        facets = map(search_terms.format_facet, file_filter.formats)
        own = all(map(search_terms.has_own_facet, file_filter.formats))
        _narrow(query, facets, narrow=not few, is_exact=own)
        query.require(f"f.format IN ({_marks(file_filter.formats)})", *file_filter.formats)
        few = few or _files(totals, states=states, formats=file_filter.formats) <= FEW_FILES
    return few


def _likely_files(
    database: Database, file_filter: FileFilter, totals: dict[tuple[str, str], int]
) -> float:
    """Return about how many files state, format, publisher and gaps leave, as if independent."""
    every = sum(totals.values())
    files: float = _files(totals, states=file_filter.accepted_states, formats=file_filter.formats)
    if file_filter.gaps:
        files *= LIKELY_WITH_GAPS
    if file_filter.publisher is not None:
        few = int(every * SMALL_PUBLISHER)
        if database.row(_HAS_MORE_FILES, (file_filter.publisher, few)) is None:
            files *= SMALL_PUBLISHER
    return files


def _choose_missing(query: FilterQuery, file_filter: FileFilter, *, narrow: bool) -> None:
    if not file_filter.missing:
        return
    for tag in file_filter.missing:
        _narrow(query, [search_terms.missing_facet(tag)], narrow=narrow)
    bits = search_terms.missing_bits(file_filter.missing)
    query.require("f.missing & ? = ?", bits, bits)


def _choose_place(
    database: Database, query: FilterQuery, file_filter: FileFilter, *, narrow: bool
) -> None:
    if file_filter.root is not None:
        row = database.row("SELECT root_id FROM roots WHERE path = ?", (file_filter.root,))
        if row is None:
            query.is_empty = True
            return
        _narrow(query, [search_terms.root_facet(row["root_id"])], narrow=narrow)
        query.require("f.root_id = ?", row["root_id"])
    if file_filter.folder is not None:
        folder = file_filter.folder.rstrip("/")
        row = database.row("SELECT folder_id FROM folders WHERE path = ?", (folder,))
        if row is None:
            query.is_empty = True
            return
        facet = search_terms.folder_facet(row["folder_id"])
        _narrow(query, [facet], narrow=narrow, is_exact=False)
        query.require("f.path > ? AND f.path < ?", folder + "/", folder + "0")


def _choose_years(
    query: FilterQuery, file_filter: FileFilter, *, narrow: bool, to_count: bool
) -> None:
    first, last = file_filter.year_from, file_filter.year_to
    if first is None and last is None:
        return
    if first is not None and last is not None and first > last:
        query.is_empty = True
        return
    covering = search_terms.year_range_facets(first, last, exactly=to_count)
    _narrow(query, covering.facets, narrow=narrow, is_exact=covering.is_exact)
    if first is not None:
        query.require("f.year >= ?", first)
    if last is not None:
        query.require("f.year <= ?", last)


def _choose_publisher(query: FilterQuery, file_filter: FileFilter, *, narrow: bool) -> None:
    if file_filter.publisher is None:
        return
    facet = search_terms.publisher_facet(file_filter.publisher)
    _narrow(query, [facet], narrow=narrow, is_exact=False)
    query.require("f.publisher = ? COLLATE NOCASE", file_filter.publisher)


def _choose_sizes(query: FilterQuery, file_filter: FileFilter, *, narrow: bool) -> None:
    first, last = file_filter.size_from, file_filter.size_to
    if first is None and last is None:
        return
    covering = search_terms.size_range_facets(first, last)
    _narrow(query, covering.facets, narrow=narrow, is_exact=covering.is_exact)
    if first is not None:
        query.require("f.size_bytes >= ?", first)
    if last is not None:
        query.require("f.size_bytes <= ?", last)


def _choose_added(
    database: Database, query: FilterQuery, file_filter: FileFilter, *, narrow: bool
) -> None:
    first, last = file_filter.added_from, file_filter.added_to
    if first is None and last is None:
        return
    # In two rows, because the index finds each end alone.
    ends = database.rows("SELECT min(added_at) AS at FROM files") + database.rows(
        "SELECT max(added_at) AS at FROM files"
    )
    earliest, latest = (row["at"] for row in ends)
    if earliest is None or (first or 0) > latest or (last is not None and last < earliest):
        query.is_empty = True
        return
    if (first or 0) <= earliest and (last is None or last >= latest):
        return
    low = earliest if first is None else max(first, earliest)
    high = latest if last is None else min(last, latest)
    _narrow(query, search_terms.added_range_facets(low, high), narrow=narrow, is_exact=False)
    if first is not None:
        query.require("f.added_at >= ?", first)
    if last is not None:
        query.require("f.added_at <= ?", last)


def _choose_gaps(query: FilterQuery, *, narrow: bool) -> None:
    # The facet is exact, and looking at the figures of each file's series is slow.
    _narrow(query, [search_terms.GAPS_FACET], narrow=narrow)
    (query.conditions_by_rows if narrow else query.conditions).append(HAS_GAPS)


def _choose_repeated_page(database: Database, query: FilterQuery, file_filter: FileFilter) -> None:
    if file_filter.repeated_page is None:
        return
    row = database.row(
        "SELECT files FROM repeated_pages WHERE repeat_id = ?", (file_filter.repeated_page,)
    )
    if row is None:
        query.is_empty = True
        return
    # Many files are looked up in the order of the listing, few are sorted: "+" forbids the latter.
    column = "f.file_id" if row["files"] <= FEW_FILES else "+f.file_id"
    query.require(
        f"{column} IN (SELECT file_id FROM page_occurrences WHERE repeat_id = ?)",
        file_filter.repeated_page,
    )
    query.is_exact = False


def _choose_several_series(database: Database, query: FilterQuery, file_filter: FileFilter) -> None:
    chosen = chosen_series(file_filter)
    if chosen is not None:
        are_few = files_of_chosen(database, file_filter) <= FEW_FILES
        # As for repeated pages: few files are sorted, many are met in the order of the listing.
        column = "f.series_key" if are_few else "+f.series_key"
        query.require(
            f"{column} IN (SELECT s.series_key FROM series s WHERE {chosen.sql})", *chosen.values
        )
    if chosen is not None or file_filter.has_series:
        query.require("f.series IS NOT NULL")
        query.is_exact = False
    left_out = left_out_series(file_filter, "f")
    if left_out is not None:
        query.require(f"(f.series IS NULL OR {left_out.sql})", *left_out.values)
        query.is_exact = False


def _narrow(
    query: FilterQuery, facets: Iterable[str], *, narrow: bool, is_exact: bool = True
) -> None:
    if narrow:
        query.find(*facets, is_exact=is_exact)
    else:
        query.is_exact = False


def _files(
    totals: dict[tuple[str, str], int],
    *,
    states: tuple[FileState, ...],
    formats: tuple[str, ...] = (),
) -> int:
    return sum(
        files
        for (state, format_name), files in totals.items()
        if (not states or state in states) and (not formats or format_name in formats)
    )


def _marks(values: tuple[Any, ...]) -> str:
    return ", ".join("?" * len(values))
