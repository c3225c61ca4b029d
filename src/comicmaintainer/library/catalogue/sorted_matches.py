"""Matches of the search index in another order than its own, sorted while they are few.

Used by listing.py with SQLite, whose index yields matches one by one (decision 0170). Going through
the index for a mixture of filters takes milliseconds, so one statement gathers the matches, tells
whether there are too many of them, and sorts them if not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from comicmaintainer.database import Database
from comicmaintainer.library.catalogue.filter_query import FilterQuery, all_of

# The sorting needs few columns; the rows of one page are read afterwards.
_SORTED = """
    WITH matched AS MATERIALIZED (
        SELECT rowid FROM file_search WHERE file_search MATCH ? LIMIT ?)
    SELECT {columns}, are.many FROM (SELECT count(*) > ? AS many FROM matched) AS are
    LEFT JOIN files f ON NOT are.many AND f.file_id IN (
        SELECT f.file_id FROM matched CROSS JOIN files f ON f.position = matched.rowid
        WHERE NOT are.many AND {conditions} {in_order} LIMIT ?)
    {in_order}
"""


@dataclass(frozen=True, slots=True)
class SortedPage:
    """A page's end of a query: the conditions beyond the query's own, and the order."""

    columns: str
    in_order: str
    conditions: Sequence[str] = ()
    values: Sequence[Any] = ()


def rows_if_few(
    database: Database, query: FilterQuery, page: SortedPage, *, few: int, limit: int
) -> list[Any] | None:
    """Return the first `limit` rows; None if the index has more than `few` matches."""
    sql = _SORTED.format(
        columns=page.columns,
        conditions=all_of([*query.conditions, *page.conditions]) or "true",
        in_order=page.in_order,
    )
    rows = database.rows(sql, (query.match, few + 1, few, *query.parameters, *page.values, limit))
    if rows[0]["many"]:
        return None
    # Without a match there is one row, of nothing.
    return [] if rows[0]["file_id"] is None else rows
