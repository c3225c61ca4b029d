"""What the files of a series say together: gaps, first year, publisher, size, last addition.

Stored with the series, so that a listing can be filtered and sorted by them. Triggers of the
database note which series are out of date (`outdated` is 1); a chore of the main worker counts
these anew. While one is being counted it is 2, so a change meanwhile is not lost.

Whether a series has gaps is part of its files' rows, and of those in the search index. These are
written in the transaction that stores the figures, so that all always agree.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any

from comicmaintainer.database import Database, Transaction, Turn
from comicmaintainer.library.catalogue.search_index import SearchIndex
from comicmaintainer.library.catalogue.several_series import series_with_gaps
from comicmaintainer.library.missing_issues import missing_of_files

_AT_ONCE = 100
_INDEXED_AT_ONCE = 200
"""Files indexed in one transaction, unless one series has more; about 25 ms, others wait."""
_OUTDATED = "SELECT series_key, gaps FROM series_figures WHERE outdated ORDER BY series_key LIMIT ?"
_BEGIN = """
    UPDATE series_figures SET outdated = 2 WHERE series_key IN (SELECT value FROM json_each(?))"""
_FILES = """
    SELECT series_key, volume, issue, year, publisher, size_bytes, added_at FROM files
    WHERE series IS NOT NULL AND series_key IN (SELECT value FROM json_each(?))
    ORDER BY series_key"""
_STORE = """
    UPDATE series_figures
    SET files = ?, gaps = ?, year = ?, publisher = ?, size_bytes = ?, added_at = ?, outdated = 0
    WHERE series_key = ? AND outdated = 2"""
_FILE_IDS = """
    SELECT file_id FROM files
    WHERE series IS NOT NULL AND series_key IN (SELECT value FROM json_each(?))"""

_Figures = tuple[int, int, int | None, str | None, int, float, str]
"""The values of _STORE for one series."""


class SeriesFigures:
    """Counts the series of the catalogue in `database`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def catch_up(self, checkpoint: Callable[[], None] = lambda: None) -> int:
        """Count anew what is out of date; return how many series.

        `checkpoint` may stop it between two steps.
        """
        counted = 0
        while rows := self._database.rows(_OUTDATED, (_AT_ONCE,)):
            keys = json.dumps([row["series_key"] for row in rows])
            with self._database.transaction(Turn.LIBRARY) as transaction:
                transaction.execute(_BEGIN, (keys,))
            found = self._database.rows(_FILES, (keys,))
            figures = [
                _figures(key, list(files))
                for key, files in groupby(found, key=itemgetter("series_key"))
            ]
            for batch in _batches(figures, {row["series_key"]: row["gaps"] for row in rows}):
                with self._database.transaction(Turn.LIBRARY) as transaction:
                    _store(transaction, batch)
            counted += len(rows)
            checkpoint()
        return counted


def _batches(figures: Sequence[_Figures], gaps: Mapping[str, int]) -> Iterator[list[_Figures]]:
    """Yield the figures to store in one transaction; `gaps` are those stored before, by key."""
    batch: list[_Figures] = []
    indexed = 0
    for each in figures:
        files, gaps_now, *_, key = each
        to_index = files if (gaps_now > 0) != (gaps[key] > 0) else 0
        if indexed and indexed + to_index > _INDEXED_AT_ONCE:
            yield batch
            batch, indexed = [], 0
        batch.append(each)
        indexed += to_index
    if batch:
        yield batch


def _store(transaction: Transaction, figures: Sequence[_Figures]) -> None:
    """Store the figures, and index anew the files of series that now have gaps or no longer do."""
    keys = [key for *_, key in figures]
    before = series_with_gaps(transaction, keys)
    transaction.execute_many(_STORE, figures)
    after = series_with_gaps(transaction, keys)
    if before != after:
        rows = transaction.rows(_FILE_IDS, (json.dumps(list(before ^ after)),))
        SearchIndex(transaction).reindex(row["file_id"] for row in rows)


def _figures(key: str, files: Sequence[Any]) -> _Figures:
    """Count the files of one series."""
    years = [file["year"] for file in files if file["year"] is not None]
    publishers = Counter(file["publisher"] for file in files if file["publisher"])
    return (
        len(files),
        sum(len(volume.numbers) for volume in missing_of_files(files)),
        min(years, default=None),
        publishers.most_common(1)[0][0] if publishers else None,
        sum(file["size_bytes"] for file in files),
        max(file["added_at"] for file in files),
        key,
    )
