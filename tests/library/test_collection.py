"""The figures of the whole library: counted at once if it is small, else as they were stored."""

from __future__ import annotations

from dataclasses import replace
from itertools import count

import pytest

from comicmaintainer.database import Database
from comicmaintainer.library import collection
from comicmaintainer.library.catalogue.catalogue import Catalogue
from comicmaintainer.library.catalogue.model import FileFacts, FileState, SeenFile
from comicmaintainer.library.collection import Collection, PublisherFigures
from comicmaintainer.library.series_figures import SeriesFigures
from tests.kit.clock import Clock

INODES = count(1)


def comic(name: str, **facts: object) -> SeenFile:
    tags = {key: facts[key] for key in ("series", "issue", "year") if key in facts}
    read = replace(FileFacts(format="cbz", tags=tags), **facts)  # type: ignore[arg-type]
    return SeenFile(f"/comics/{name}.cbz", 100, 1, 1, next(INODES), read)


@pytest.fixture
def figures(database: Database, clock: Clock) -> Collection:
    return Collection(database, SeriesFigures(database), now=clock)


@pytest.fixture
def shelf(catalogue: Catalogue) -> Catalogue:
    catalogue.upsert(
        [
            comic("a", series="Tides", issue="1", year=2019, publisher="Pier"),
            comic("b", series="Tides", issue="4", year=2020, publisher="Pier"),
            comic("c", series="Kelp", issue="1", publisher="Quay"),
            comic("d"),
        ]
    )
    catalogue.set_state("/comics/d.cbz", FileState.FAILED, reason="damaged")
    return catalogue


def test_a_small_library_is_counted_when_asked_for(
    shelf: Catalogue, figures: Collection, clock: Clock
) -> None:
    found = figures.figures()
    assert found is not None
    assert (found.files, found.size_bytes, found.series) == (4, 400, 2)
    assert (found.damaged, found.duplicates, found.counted_at) == (1, 0, clock.at)
    assert (found.tagged["series"], found.tagged["year"], found.tagged["summary"]) == (3, 2, 0)
    assert found.publishers == [PublisherFigures("Pier", 2, 200), PublisherFigures("Quay", 1, 100)]
    assert (found.publisher_count, found.years) == (2, [(2019, 1), (2020, 1)])
    assert [files for _, files in found.months] == [4]
    assert (found.incomplete_series, found.missing_issues) == (1, 2)


def test_a_large_library_has_the_stored_figures(
    shelf: Catalogue, figures: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = figures.figures()
    monkeypatch.setattr(collection, "SMALL_LIBRARY_FILES", 3)
    assert figures.figures() is None
    figures.count()
    assert figures.figures() == before
    shelf.upsert([comic("e")])
    assert figures.figures() == before
    figures.count()
    counted = figures.figures()
    assert counted is not None
    assert counted.files == 5


def test_an_empty_library_has_figures_too(figures: Collection) -> None:
    found = figures.figures()
    assert found is not None
    assert (found.files, found.publishers, found.years, found.months) == (0, [], [], [])
