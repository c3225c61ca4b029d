"""Translates a filter to SQL: search terms that narrow, and conditions that decide.

Used by listing.py. Only the index knows words; everything else has a condition on the row as well,
and the index only helps to find such rows quickly and in order.
"""

from __future__ import annotations

from typing import Any

from comicmaintainer.database import Database
from comicmaintainer.library.catalogue import search_terms, sort_keys
from comicmaintainer.library.catalogue.file_filter import FileFilter
from comicmaintainer.library.catalogue.filter_query import FilterQuery, all_of, any_of
from comicmaintainer.library.catalogue.filter_ranges import choose_ranges
from comicmaintainer.library.catalogue.index_counts import Totals, files_of_kinds
from comicmaintainer.library.catalogue.ordered_matches import any_match
from comicmaintainer.library.catalogue.several_series import (
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


def filter_query(
    database: Database,
    file_filter: FileFilter,
    totals: Totals,
    *,
    to_count: bool = False,
) -> FilterQuery:
    """Return the SQL of a filter.

    With `to_count` the index expression is more exact, so that no row must be read.
    """
    query = FilterQuery()
    _choose_text(database, query, file_filter.text)
    query.terms += query.terms_without_condition
    few = _choose_kinds(query, file_filter, totals)
    _choose_missing(query, file_filter, narrow=not few)
    _choose_place(database, query, file_filter, narrow=not few)
    has_facets = all_have_facets(database)
    _choose_publisher(query, file_filter, narrow=has_facets and not few)
    if file_filter.gaps:
        _choose_gaps(database, query, narrow=has_facets)
    if file_filter.series is not None:
        key = sort_keys.series_key(file_filter.series)
        query.require("f.series_key = ?", key)
        query.require("f.sort_key > ? AND f.sort_key < ?", key + SEPARATOR, key + AFTER_SEPARATOR)
        query.has_series, query.is_exact = True, False
    choose_ranges(
        database, query, file_filter, totals,
        years_pay=not few, others_pay=has_facets and not few, to_count=to_count,
    )  # fmt: skip
    _choose_repeated_page(database, query, file_filter)
    _choose_several_series(database, query, file_filter)
    if file_filter.not_read:
        query.require(
            "NOT EXISTS (SELECT 1 FROM server_books AS book"
            " WHERE book.path = f.path AND book.status <> 'unread')"
        )
        query.is_exact = False
    has_words = bool(query.terms_without_condition)
    if not (has_words or database.dialect.search_is_ordered):
        # The conditions say the same, and indexes of rows have the order of a page.
        query.facets, query.terms = query.terms, []
    return query


def all_have_facets(database: Database) -> bool:
    """Return whether the search index has the facets of all files."""
    return database.row("SELECT 1 FROM files_without_facets LIMIT 1") is None


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
    if any_match(database, all_of(with_term)):
        expressions[:] = with_term


def _choose_kinds(query: FilterQuery, file_filter: FileFilter, totals: Totals) -> bool:
    """Choose by state and format; return whether few files remain."""
    few = False
    states = file_filter.accepted_states
    if states:
        query.narrow(map(search_terms.state_facet, states))
        query.require(f"f.state IN ({_marks(states)})", *states, by_place=True)
        few = files_of_kinds(totals, states=states) <= FEW_FILES
    if file_filter.formats:
        facets = map(search_terms.format_facet, file_filter.formats)
        own = all(map(search_terms.has_own_facet, file_filter.formats))
        query.narrow(facets, pays=not few, is_exact=own)
        query.require(
            f"f.format IN ({_marks(file_filter.formats)})", *file_filter.formats, by_place=True
        )
        few = few or files_of_kinds(totals, states=states, formats=file_filter.formats) <= FEW_FILES
    return few


def _choose_missing(query: FilterQuery, file_filter: FileFilter, *, narrow: bool) -> None:
    if not file_filter.missing:
        return
    query.is_selective = True
    for tag in file_filter.missing:
        query.narrow([search_terms.missing_facet(tag)], pays=narrow)
        query.require(search_terms.missing_condition(tag), by_place=True)


def _choose_place(
    database: Database, query: FilterQuery, file_filter: FileFilter, *, narrow: bool
) -> None:
    if file_filter.root is not None:
        row = database.row("SELECT root_id FROM roots WHERE path = ?", (file_filter.root,))
        if row is None:
            query.is_empty = True
            return
        query.narrow([search_terms.root_facet(row["root_id"])], pays=narrow)
        query.require("f.root_id = ?", row["root_id"], by_place=True)
    if file_filter.folder is not None:
        folder = file_filter.folder.rstrip("/")
        row = database.row("SELECT folder_id FROM folders WHERE path = ?", (folder,))
        if row is None:
            query.is_empty = True
            return
        facet = search_terms.folder_facet(row["folder_id"])
        query.narrow([facet], pays=narrow, is_exact=False)
        query.has_folder = query.is_selective = True
        query.require("f.path > ? AND f.path < ?", folder + "/", folder + "0")


def _choose_publisher(query: FilterQuery, file_filter: FileFilter, *, narrow: bool) -> None:
    if file_filter.publisher is None:
        return
    query.is_selective = True
    facet = search_terms.publisher_facet(file_filter.publisher)
    query.narrow([facet], pays=narrow, is_exact=False)
    query.require("f.publisher = ? COLLATE NOCASE", file_filter.publisher, by_place=True)


def _choose_gaps(database: Database, query: FilterQuery, *, narrow: bool) -> None:
    query.narrow([search_terms.GAPS_FACET], pays=narrow)
    condition = "f.series_has_gaps = 1"
    if narrow and database.dialect.search_is_ordered:
        # The facet is exact, and the column the last one of a long row.
        query.conditions_by_rows.append(condition)
    else:
        query.require(condition, by_place=True)


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


def _marks(values: tuple[Any, ...]) -> str:
    return ", ".join("?" * len(values))
