"""Ranges of years, sizes and days: whether the search index narrows to them, and their conditions.

Used by filter_sql.py. A range may be many facets, and the index goes through the files of each.
"""

from __future__ import annotations

from comicmaintainer.database import Database
from comicmaintainer.library.catalogue import search_terms
from comicmaintainer.library.catalogue.file_filter import FileFilter
from comicmaintainer.library.catalogue.filter_query import FilterQuery
from comicmaintainer.library.catalogue.index_counts import PUBLISHER, Totals, files_of_kinds

# Looking at a match takes about as long as going through this many files of further facets.
COST_OF_MATCH = 100
# A range of so few facets pays even so.
FEW_FACETS = 3
# No range has more facets.
EVERY_FACET = 1 << 20
# The share of all files that is likely to be of series with gaps.
LIKELY_WITH_GAPS = 1 / 4
# The share of all files that a small publisher has at most.
SMALL_PUBLISHER = 1 / 32
_HAS_MORE_FILES = f"SELECT 1 FROM files WHERE {PUBLISHER} = ? LIMIT 1 OFFSET ?"


def choose_ranges(
    database: Database,
    query: FilterQuery,
    file_filter: FileFilter,
    totals: Totals,
    *,
    years_pay: bool,
    others_pay: bool,
    to_count: bool,
) -> None:
    """Choose by years, sizes and days, after all else that the index narrows by.

    `years_pay` and `others_pay` say whether narrowing by them helps at all.
    """
    if not file_filter.has_ranges:
        return
    # A count by the index alone needs all ranges, and a server's search all that narrows it.
    are_few_likely = (
        database.dialect.search_is_ordered
        and query.is_by_index
        and not (to_count and query.is_exact)
        and _are_few_likely(database, file_filter, totals)
    )
    widest = FEW_FACETS if are_few_likely else EVERY_FACET
    _choose_years(query, file_filter, widest=widest if years_pay else 0, to_count=to_count)
    widest = widest if others_pay else 0
    can_leave_out = database.dialect.search_is_ordered and bool(query.terms)
    _choose_sizes(query, file_filter, widest=widest, can_leave_out=can_leave_out)
    _choose_added(database, query, file_filter, widest=widest)


def _are_few_likely(database: Database, file_filter: FileFilter, totals: Totals) -> bool:
    """Tell whether state, format, publisher and gaps leave few files, as if independent."""
    every = sum(totals.values())
    few = every / COST_OF_MATCH
    files: float = files_of_kinds(
        totals, states=file_filter.accepted_states, formats=file_filter.formats
    )
    if file_filter.gaps:
        files *= LIKELY_WITH_GAPS
    if file_filter.publisher is None or files <= few or files * SMALL_PUBLISHER > few:
        return files <= few
    # Only now does it matter how many files the publisher has, which takes a moment to find out.
    many = (file_filter.publisher, int(every * SMALL_PUBLISHER))
    return database.row(_HAS_MORE_FILES, many) is None


def _choose_years(
    query: FilterQuery, file_filter: FileFilter, *, widest: int, to_count: bool
) -> None:
    first, last = file_filter.year_from, file_filter.year_to
    if first is None and last is None:
        return
    if first is not None and last is not None and first > last:
        query.is_empty = True
        return
    covering = search_terms.year_range_facets(first, last, exactly=to_count)
    is_narrow = len(covering.facets) <= widest
    query.narrow(covering.facets, pays=is_narrow, is_exact=covering.is_exact)
    if first is not None:
        query.require("f.year >= ?", first, by_place=True)
    if last is not None:
        query.require("f.year <= ?", last, by_place=True)


def _choose_sizes(
    query: FilterQuery, file_filter: FileFilter, *, widest: int, can_leave_out: bool
) -> None:
    first, last = file_filter.size_from, file_filter.size_to
    if first is None and last is None:
        return
    covering = search_terms.size_range_facets(first, last)
    # Each file has one of the facets, so that leaving out the others is the same.
    others = [each for each in search_terms.SIZE_FACETS if each not in covering.facets]
    leaves_out = can_leave_out and len(others) < len(covering.facets)
    pays = len(others if leaves_out else covering.facets) <= widest
    if leaves_out:
        query.left_out += others if pays else ()
        query.is_exact = query.is_exact and pays and covering.is_exact
    else:
        query.narrow(covering.facets, pays=pays, is_exact=covering.is_exact)
    if first is not None:
        query.require("f.size_bytes >= ?", first, by_place=True)
    if last is not None:
        query.require("f.size_bytes <= ?", last, by_place=True)


def _choose_added(
    database: Database, query: FilterQuery, file_filter: FileFilter, *, widest: int
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
    facets = search_terms.added_range_facets(low, high)
    query.narrow(facets, pays=len(facets) <= widest, is_exact=False)
    if first is not None:
        query.require("f.added_at >= ?", first, by_place=True)
    if last is not None:
        query.require("f.added_at <= ?", last, by_place=True)
