"""What the files of a series say together: gaps, first year, publisher, size, last addition.

Stored with the series, so that a listing can be filtered and sorted by them. Triggers of the
database note which series are out of date (`outdated` is 1); a chore of the main worker counts
these anew. While one is being counted it is 2, so a change meanwhile is not lost.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any

from comicmaintainer.database import Database, Turn
from comicmaintainer.library.missing_issues import missing_of_files

_AT_ONCE = 100
_OUTDATED = "SELECT series_key FROM series_figures WHERE outdated ORDER BY series_key LIMIT ?"
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
                (*_figures(list(files)), key)
                for key, files in groupby(found, key=itemgetter("series_key"))
            ]
            with self._database.transaction(Turn.LIBRARY) as transaction:
                transaction.execute_many(_STORE, figures)
            counted += len(rows)
            checkpoint()
        return counted


def _figures(files: Sequence[Any]) -> tuple[int, int, int | None, str | None, int, float]:
    """The values of _STORE for the files of one series."""
    years = [file["year"] for file in files if file["year"] is not None]
    publishers = Counter(file["publisher"] for file in files if file["publisher"])
    return (
        len(files),
        sum(len(volume.numbers) for volume in missing_of_files(files)),
        min(years, default=None),
        publishers.most_common(1)[0][0] if publishers else None,
        sum(file["size_bytes"] for file in files),
        max(file["added_at"] for file in files),
    )
