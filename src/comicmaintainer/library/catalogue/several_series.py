"""Conditions on the series of files: of some series, of others, or of those with a name.

Used by filter_sql.py and listing.py, and by what notes which files are of series with gaps. The
series are few compared with the files, so they are chosen first, and their number of files decides
how the files are found.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from comicmaintainer.database import Database, Transaction
from comicmaintainer.library.catalogue import sort_keys
from comicmaintainer.library.catalogue.file_filter import FileFilter

_WITH_GAPS = """
    SELECT series_key FROM series_figures
    WHERE gaps > 0 AND series_key IN (SELECT value FROM json_each(?))"""
_AMONG = "IN (SELECT value FROM json_each(?))"


@dataclass(frozen=True, slots=True)
class SeriesCondition:
    """A condition on rows of `table`, a table with the column `series_key`, and its values."""

    sql: str
    values: list[Any]


def series_with_gaps(transaction: Transaction, series_keys: Iterable[str]) -> set[str]:
    """Return those of the series that have gaps, as their figures say."""
    keys = json.dumps(list(series_keys))
    return {row["series_key"] for row in transaction.rows(_WITH_GAPS, (keys,))}


def is_of_series_only(file_filter: FileFilter) -> bool:
    """Whether nothing but the series of a file decides if it matches."""
    others = replace(
        file_filter, any_of_series=(), none_of_series=(), has_series=False, series_text=""
    )
    # Without these parts, files that are of no series may match too.
    return others == FileFilter() and bool(
        file_filter.has_series or file_filter.any_of_series or file_filter.series_text.strip()
    )


def chosen_series(file_filter: FileFilter) -> SeriesCondition | None:
    """Return the condition that chooses series `s`, without those that are left out.

    None if any series will do.
    """
    conditions: list[str] = []
    values: list[Any] = []
    if file_filter.any_of_series:
        conditions.append(f"s.series_key {_AMONG}")
        values.append(_keys(file_filter.any_of_series))
    if file_filter.series_text.strip():
        parts = [key for key in sort_keys.typed_series_keys(file_filter.series_text) if key]
        found = " OR ".join(["instr(s.series_key, ?) > 0"] * len(parts)) or "true"
        conditions.append(f"({found})")
        values += parts
    return SeriesCondition(" AND ".join(conditions), values) if conditions else None


def left_out_series(file_filter: FileFilter, table: str) -> SeriesCondition | None:
    """Return the condition that a row of `table` is of none of the series that are left out."""
    if not file_filter.none_of_series:
        return None
    return SeriesCondition(f"{table}.series_key NOT {_AMONG}", [_keys(file_filter.none_of_series)])


def files_of_chosen(database: Database, file_filter: FileFilter) -> int:
    """Return the number of files of all series that the parts about series choose."""
    both = (chosen_series(file_filter), left_out_series(file_filter, "s"))
    conditions = [each for each in both if each is not None]
    where = " AND ".join(each.sql for each in conditions) or "true"
    row = database.row(
        f"SELECT coalesce(sum(s.files), 0) AS n FROM series s WHERE {where}",
        [value for each in conditions for value in each.values],
    )
    return 0 if row is None else row["n"]


def _keys(names: Iterable[str]) -> str:
    return json.dumps([sort_keys.series_key(name) for name in names])
