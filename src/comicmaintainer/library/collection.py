"""Figures of the whole library for its collector: sizes, tags, publishers, years, gaps, growth.

Used by the Statistics page, the API and the command line. Counting reads every row of the
catalogue, about a second for 500,000 files. Those of a large library are therefore counted by the
maintenance and stored; those of a small one whenever they are asked for.
"""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from comicmaintainer.database import Database, Turn
from comicmaintainer.library.catalogue import search_terms
from comicmaintainer.library.catalogue.model import FileState
from comicmaintainer.library.series_figures import SeriesFigures

MOST_PUBLISHERS = 20
SMALL_LIBRARY_FILES = 20_000
"""Counting so many takes less than 50 ms."""
_MONTHS = """
    SELECT strftime('%Y-%m', added_at, 'unixepoch') AS month, count(*) AS files FROM files
    GROUP BY month ORDER BY month"""
_KINDS = """
    SELECT state, year, missing, count(*) AS files FROM files GROUP BY state, year, missing"""
_PUBLISHERS = """
    SELECT publisher, count(*) AS files, sum(size_bytes) AS size_bytes FROM files
    WHERE publisher IS NOT NULL GROUP BY publisher ORDER BY files DESC, publisher"""

_SERIES = """
    SELECT count(*) AS series, count(*) FILTER (WHERE gaps > 0) AS incomplete,
        coalesce(sum(gaps), 0) AS missing
    FROM series_figures"""


@dataclass(frozen=True, slots=True)
class PublisherFigures:
    """The files of one publisher."""

    name: str
    files: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class CollectionFigures:
    """The figures of the library at `counted_at`, in epoch seconds.

    `tagged` is how many files have each tag, by name. `publishers` are the largest ones, of
    `publisher_count`. `years` are files by year of publication, `months` files by the month in
    which they came ("2026-11", UTC); both in order of time, without empty ones.
    """

    counted_at: float
    files: int
    size_bytes: int
    series: int
    damaged: int
    duplicates: int
    tagged: Mapping[str, int]
    publishers: Sequence[PublisherFigures]
    publisher_count: int
    years: Sequence[tuple[int, int]]
    months: Sequence[tuple[str, int]]
    incomplete_series: int
    missing_issues: int


class Collection:
    """Counts and keeps the figures of the catalogue of `database`."""

    def __init__(
        self, database: Database, series: SeriesFigures, *, now: Callable[[], float]
    ) -> None:
        self._database = database
        self._series = series
        self._now = now

    def figures(self) -> CollectionFigures | None:
        """Return the figures: of a small library as it is now, else as last counted.

        None if a large library has not been counted yet.
        """
        if self._total()[0] <= SMALL_LIBRARY_FILES:
            return self._counted()
        row = self._database.row("SELECT figures FROM collection_figures")
        return None if row is None else _figures_of(json.loads(row["figures"]))

    def count(self) -> None:
        """Count and store the figures; takes seconds for a million files."""
        figures = self._counted()
        text = json.dumps(dataclasses.asdict(figures), ensure_ascii=False)
        with self._database.transaction(Turn.LIBRARY) as transaction:
            transaction.execute(
                'INSERT INTO collection_figures ("only", counted_at, figures) VALUES (1, ?, ?) '
                'ON CONFLICT ("only") DO UPDATE SET '
                "counted_at = excluded.counted_at, figures = excluded.figures",
                (figures.counted_at, text),
            )

    def _total(self) -> tuple[int, int]:
        row = self._database.rows(
            "SELECT coalesce(sum(files), 0) AS files, coalesce(sum(size_bytes), 0) AS size_bytes "
            "FROM file_counts"
        )[0]
        return int(row["files"]), int(row["size_bytes"])

    def _counted(self) -> CollectionFigures:
        self._series.catch_up()
        files, size_bytes = self._total()
        kinds = self._database.rows(_KINDS)
        states: Counter[str] = Counter()
        years: Counter[int] = Counter()
        tagged = Counter(dict.fromkeys(search_terms.MISSING_TAGS, 0))
        for row in kinds:
            states[row["state"]] += row["files"]
            if row["year"] is not None:
                years[row["year"]] += row["files"]
            lacking = search_terms.tags_of_bits(row["missing"])
            for tag in search_terms.MISSING_TAGS:
                tagged[tag] += 0 if tag in lacking else row["files"]
        publishers = self._database.rows(_PUBLISHERS)
        series = self._database.rows(_SERIES)[0]
        return CollectionFigures(
            counted_at=self._now(),
            files=files,
            size_bytes=size_bytes,
            series=series["series"],
            damaged=states[FileState.FAILED],
            duplicates=states[FileState.DUPLICATE],
            tagged=dict(tagged),
            publishers=[
                PublisherFigures(row["publisher"], row["files"], row["size_bytes"])
                for row in publishers[:MOST_PUBLISHERS]
            ],
            publisher_count=len(publishers),
            years=sorted(years.items()),
            months=[(row["month"], row["files"]) for row in self._database.rows(_MONTHS)],
            incomplete_series=series["incomplete"],
            missing_issues=series["missing"],
        )


def _figures_of(values: dict[str, Any]) -> CollectionFigures:
    publishers = [PublisherFigures(**each) for each in values.pop("publishers")]
    years = [(year, files) for year, files in values.pop("years")]
    months = [(month, files) for month, files in values.pop("months")]
    return CollectionFigures(**values, publishers=publishers, years=years, months=months)
