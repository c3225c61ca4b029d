"""Matches of the search in series order, on a server, whose index has no order (decision 0155).

SQLite's index yields the matches of any expression in series order, one by one. That of a server
gathers all of them first. So it is asked in two levels: which series may have matches, of which
there are 40 times fewer than files, and then, in order, which files of these. The terms of a series
are those of all its files.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from comicmaintainer.database import Database
from comicmaintainer.library.catalogue.filter_query import FilterQuery, all_of, has_more_matches
from comicmaintainer.library.catalogue.sort_keys import series_of

LAST_POSITION = (1 << 63) - 1
AFTER_PLACE = (
    "coalesce((SELECT position FROM files WHERE (sort_key, file_id) <= (?, ?) "
    "AND position IS NOT NULL ORDER BY sort_key DESC, file_id DESC LIMIT 1), -1)"
)
BEFORE_PLACE = (
    "coalesce((SELECT position FROM files WHERE (sort_key, file_id) >= (?, ?) "
    f"AND position IS NOT NULL ORDER BY sort_key, file_id LIMIT 1), {LAST_POSITION})"
)
_SERIES_AT_ONCE = (400, 4_000)
"""So many series are asked for first, which most pages don't use up, and then at a time."""
_WALKED = 200
"""So many series are looked at one by one first: most pages of frequent words need no more."""
_FIRST_CHUNK = 25
_LOOKED_AT = 100
"""If so many series have too few matches, it pays to ask whether there are many at all."""
_ALTERNATIVES = 4
_FEW = 2_000
"""So many matches are gathered and sorted in a moment."""
_SERIES = """
    WITH matched AS MATERIALIZED (
        SELECT series FROM file_search_series WHERE terms @@ search_expression(?))
    SELECT series FROM matched WHERE {beyond} ORDER BY series {direction} LIMIT ?
"""
_NEXT_SERIES = """
    SELECT series, ts_match_vq(terms, search_expression(?)) AS may_match FROM file_search_series
    WHERE series {beyond} ? ORDER BY series {direction} LIMIT ?
"""
_END = """
    SELECT position FROM files WHERE sort_key >= wanted.series || chr(1)
    AND sort_key < wanted.series || chr(2) AND position IS NOT NULL ORDER BY sort_key {} LIMIT 1
"""
# OFFSET 0 keeps the planner from beginning with the rows, such as those of a folder.
_ROWS = "JOIN LATERAL (SELECT * FROM files f WHERE f.position = s.rowid OFFSET 0) AS f ON true"
_OF_SERIES = f"""
    SELECT {{columns}} FROM (
        SELECT ({_END.format("")}) AS first, ({_END.format("DESC")}) AS last
        FROM json_array_elements_text(CAST(? AS JSON)) AS wanted (series) OFFSET 0) AS range,
    LATERAL (
        SELECT rowid FROM file_search WHERE rowid BETWEEN range.first AND range.last
        AND {{beyond}} AND ts_match_vq(terms, search_expression(?)) OFFSET 0) AS s
    {_ROWS} WHERE {{conditions}} ORDER BY s.rowid {{direction}} LIMIT ?
"""
_MANY_SERIES = (
    "SELECT 1 FROM file_search_series WHERE terms @@ search_expression(?) LIMIT 1 OFFSET ?"
)
_SORTED = f"""
    SELECT {{columns}} FROM (
        SELECT rowid FROM file_search WHERE terms @@ search_expression(?) AND {{beyond}} OFFSET 0
    ) AS s {_ROWS} WHERE {{conditions}} ORDER BY s.rowid {{direction}} LIMIT ?
"""


@dataclass(frozen=True, slots=True)
class InSeriesOrder:
    """A query's files after a (sort key, file id); before it, if `is_descending`."""

    database: Database
    query: FilterQuery
    columns: str
    after: Sequence[Any] | None = None
    is_descending: bool = False

    @property
    def sign(self) -> str:
        """How the position of a row compares with that of the row before it."""
        return "<" if self.is_descending else ">"

    @property
    def direction(self) -> str:
        """The direction of ORDER BY."""
        return "DESC" if self.is_descending else ""

    def position_before(self) -> int:
        """Return the position of the row before the first one."""
        if self.after is None:
            return LAST_POSITION if self.is_descending else -1
        at = BEFORE_PLACE if self.is_descending else AFTER_PLACE
        return int(self.database.value(f"SELECT {at}", self.after))


@dataclass(frozen=True, slots=True)
class OrderedMatches(InSeriesOrder):
    """The matches of a query, found by series."""

    def rows(self, limit: int) -> list[Any]:
        """Return the first `limit` rows."""
        found: list[Any] = []
        looked_at = 0
        position = self.position_before()
        for series in self._chunks():
            found += self._of_series(series, position, limit - len(found))
            if len(found) == limit:
                break
            before, looked_at = looked_at, looked_at + len(series)
            if before < _LOOKED_AT <= looked_at and not self._are_many():
                return self._sorted(position, limit)
        return found

    def _chunks(self) -> Iterator[Sequence[str]]:
        """Yield the series that may have matches, in order, more and more of them at a time."""
        at = series_of(self.after[0]) if self.after else chr(0x10FFFF) if self.is_descending else ""
        sql = _NEXT_SERIES.format(beyond=f"{self.sign}=", direction=self.direction)
        rows = self.database.rows(sql, (self.query.match, at, _WALKED))
        series = [row["series"] for row in rows if row["may_match"]]
        size = _FIRST_CHUNK
        for first in range(0, len(series), size):
            yield series[first : first + size]
        sql = _SERIES.format(beyond=f"series {self.sign} ?", direction=self.direction)
        at_once, later = _SERIES_AT_ONCE
        while rows:
            at = rows[-1]["series"]
            rows = self.database.rows(sql, (self.query.match, at, at_once))
            at_once = later
            series = [row["series"] for row in rows]
            first = 0
            while first < len(series):
                yield series[first : first + size]
                first, size = first + size, size * 2

    def _of_series(self, series: Sequence[str], position: int, limit: int) -> list[Any]:
        wanted = json.dumps(series, ensure_ascii=False)
        parameters = (wanted, position, self.query.match, *self.query.parameters, limit)
        return self.database.rows(self._filled(_OF_SERIES), parameters)

    def _are_many(self) -> bool:
        return has_more_matches(self.database, self.query, _FEW)

    def _sorted(self, position: int, limit: int) -> list[Any]:
        """Return the rows by gathering all matches."""
        parameters = (self.query.match, position, *self.query.parameters, limit)
        return self.database.rows(self._filled(_SORTED), parameters)

    def _filled(self, sql: str) -> str:
        return sql.format(
            columns=self.columns,
            beyond=f"rowid {self.sign} ?",
            conditions=all_of(self.query.conditions) or "true",
            direction=self.direction,
        )


def by_facets(database: Database, query: FilterQuery) -> FilterQuery | None:
    """Return the query driven by the search for its facets, None if that does not pay.

    It pays if few series have them all, or if they are of one folder, which are found together.
    """
    if not (query.facets and query.is_selective):
        return None
    driven = replace(query, terms=query.facets, left_out=[])
    if query.has_folder:
        return driven
    # All series of an expression are gathered before the first: those of many years take longest.
    narrow = [facets for facets in query.facets if facets.count(" OR ") < _ALTERNATIVES]
    if not narrow or database.row(_MANY_SERIES, (all_of(narrow), _LOOKED_AT)):
        return None
    return driven


def any_match(database: Database, expression: str) -> bool:
    """Tell whether any file matches an expression of the index."""
    if database.dialect.search_is_ordered:
        sql = "SELECT 1 FROM file_search WHERE file_search MATCH ? LIMIT 1"
        return database.row(sql, (expression,)) is not None
    query = FilterQuery(terms=[expression])
    return bool(OrderedMatches(database, query, "f.file_id").rows(1))
