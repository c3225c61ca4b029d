"""Which files are of a series with gaps: in rows, search index and figures, and in fact."""

from __future__ import annotations

import random
from collections.abc import Iterable
from pathlib import Path

import pytest
from pysqlite3 import dbapi2 as driver

from comicmaintainer.database import Database, SqliteDatabase
from comicmaintainer.database.schema_steps import bring_up_to_date, steps
from comicmaintainer.library import series_figures
from comicmaintainer.library.catalogue.catalogue import Catalogue
from comicmaintainer.library.catalogue.file_filter import FileFilter
from comicmaintainer.library.catalogue.listing import Listing
from comicmaintainer.library.catalogue.model import (
    FileFacts,
    FileMark,
    FileOrder,
    FileState,
    SeenFile,
)
from comicmaintainer.library.catalogue.search_index import SearchIndex
from comicmaintainer.library.catalogue.search_terms import GAPS_FACET
from comicmaintainer.library.catalogue.series_listing import SeriesListing
from comicmaintainer.library.missing_issues import missing_of_files
from comicmaintainer.library.series_figures import SeriesFigures
from tests.kit.clock import Clock

WITH_GAPS = FileFilter(gaps=True)
SERIES = ("Owl", "The Otter", "Badger", "Zebra", "  ", None)


def comic(name: str, series: str | None, issue: int, **facts: int) -> SeenFile:
    known = FileFacts(format="cbz", series=series, issue=str(issue), **facts)  # type: ignore[arg-type]
    return SeenFile(f"/comics/{name}.cbz", 1, 1, 1, 1, known)


def numbered(series: str, *issues: int) -> list[SeenFile]:
    return [comic(f"{series} {issue}", series, issue) for issue in issues]


def indexed_with_gaps(database: Database) -> set[str]:
    """The paths that the search index alone has for gaps."""
    rows = database.rows(
        "SELECT path FROM file_search s CROSS JOIN files f ON f.position = s.rowid "
        "WHERE s.file_search MATCH ?",
        (f'("{GAPS_FACET}")',),
    )
    return {row["path"] for row in rows}


def marked_with_gaps(database: Database) -> set[str]:
    """The paths whose rows say that their series has gaps."""
    return {
        row["path"] for row in database.rows("SELECT path FROM files WHERE series_has_gaps = 1")
    }


def counted_with_gaps(database: Database) -> set[str]:
    """The paths of the series of which the figures say that they have gaps."""
    rows = database.rows(
        "SELECT path FROM files JOIN series_figures USING (series_key) "
        "WHERE series IS NOT NULL AND gaps > 0"
    )
    return {row["path"] for row in rows}


def with_gaps(database: Database) -> set[str]:
    """The paths of the series that have gaps, worked out from their files."""
    series: dict[str, list[object]] = {}
    for row in database.rows("SELECT * FROM files WHERE series IS NOT NULL"):
        series.setdefault(row["series_key"], []).append(row)
    return {
        row["path"]  # type: ignore[index]
        for rows in series.values()
        if any(volume.numbers for volume in missing_of_files(rows))
        for row in rows
    }


def assert_found(database: Database, listing: Listing, series_listing: SeriesListing) -> None:
    expected = counted_with_gaps(database)
    assert indexed_with_gaps(database) == marked_with_gaps(database) == expected
    assert set(listing.paths(WITH_GAPS)) == expected
    assert listing.count(WITH_GAPS).files == len(expected)
    for order in FileOrder:
        page = listing.page(WITH_GAPS, order=order, limit=500)
        assert {file.path for file in page.files} == expected
    of_1999 = FileFilter(gaps=True, year_from=1999, year_to=1999)
    rows = database.rows("SELECT path, series_key FROM files WHERE year = 1999")
    of_year = [row for row in rows if row["path"] in expected]
    assert set(listing.paths(of_1999)) == {row["path"] for row in of_year}
    assert listing.count(of_1999).files == len(of_year)
    entries, _ = series_listing.page(of_1999)
    assert {entry.key for entry in entries} == {row["series_key"] for row in of_year}


@pytest.mark.both_databases
@pytest.mark.parametrize("seed", range(3))
def test_files_of_series_with_gaps_are_found_after_any_changes(
    catalogue: Catalogue,
    database: Database,
    listing: Listing,
    series_listing: SeriesListing,
    monkeypatch: pytest.MonkeyPatch,
    seed: int,
) -> None:
    monkeypatch.setattr(series_figures, "_AT_ONCE", 3)
    monkeypatch.setattr(series_figures, "_INDEXED_AT_ONCE", 6)
    chance = random.Random(seed)
    names = [f"{folder}/{number}" for folder in "AB" for number in range(16)]

    def written() -> SeenFile:
        year = chance.choice((1986, 1999))
        return comic(chance.choice(names), chance.choice(SERIES), chance.randrange(1, 9), year=year)

    def path() -> str:
        return f"/comics/{chance.choice(names)}.cbz"

    def agree() -> None:
        counted = counted_with_gaps(database)
        assert indexed_with_gaps(database) == marked_with_gaps(database) == counted

    changes = (
        lambda: catalogue.upsert({file.path: file for file in (written(), written())}.values()),
        lambda: catalogue.remove([path(), path()]),
        lambda: catalogue.move(path(), path()),
        lambda: catalogue.set_marks([(path(), FileMark(FileState.PROCESSED))]),
        lambda: catalogue.forget_folder("/comics/A"),
        lambda: SeriesFigures(database).catch_up(agree),
    )
    seen = set()
    for _ in range(8):
        for _ in range(8):
            chance.choices(changes, (8, 3, 3, 2, 0.3, 2))[0]()
            agree()
        SeriesFigures(database).catch_up(agree)
        assert counted_with_gaps(database) == with_gaps(database)
        assert_found(database, listing, series_listing)
        seen.add(len(with_gaps(database)))
    assert len(seen) > 2


@pytest.mark.both_databases
def test_a_series_that_gets_gaps_or_loses_them_is_indexed_anew(
    catalogue: Catalogue, database: Database, listing: Listing
) -> None:
    figures = SeriesFigures(database)

    def found() -> list[str]:
        figures.catch_up()
        return [path.removeprefix("/comics/") for path in listing.paths(WITH_GAPS)]

    catalogue.upsert([*numbered("Owl", 1, 2, 3), *numbered("Otter", 1, 4)])
    assert listing.count(WITH_GAPS).files == 0  # not counted yet
    assert found() == ["Otter 1.cbz", "Otter 4.cbz"]
    catalogue.remove(["/comics/Owl 2.cbz"])
    assert found() == ["Otter 1.cbz", "Otter 4.cbz", "Owl 1.cbz", "Owl 3.cbz"]
    catalogue.upsert([comic("Otter 4", "Otter", 2)])
    assert found() == ["Owl 1.cbz", "Owl 3.cbz"]
    catalogue.upsert([comic("Otter 1", "Owl", 2)])
    assert found() == []
    assert listing.count(WITH_GAPS).files == 0


@pytest.mark.both_databases
def test_figures_are_stored_in_turns_of_few_files(
    catalogue: Catalogue, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each turn holds up the others that write, so it must not index a whole library."""
    monkeypatch.setattr(series_figures, "_INDEXED_AT_ONCE", 4)
    indexed: list[int] = []
    reindex = SearchIndex.reindex

    def noted(index: SearchIndex, file_ids: Iterable[int], *, new: Iterable[int] = ()) -> None:
        indexed.append(len(ids := list(file_ids)))
        reindex(index, ids, new=new)

    series = {"Ant": 2, "Bat": 2, "Cat": 2, "Dog": 7, "Elk": 1, "Fox": 3}
    for name, files in series.items():
        catalogue.upsert(numbered(name, *range(1, files), files + 1))
    monkeypatch.setattr(SearchIndex, "reindex", noted)
    assert SeriesFigures(database).catch_up() == len(series)
    assert indexed == [4, 2, 7, 3]
    assert indexed_with_gaps(database) == with_gaps(database)
    catalogue.upsert(numbered("Ant", 9))
    indexed.clear()
    SeriesFigures(database).catch_up()
    assert indexed == []  # it had gaps before


def test_files_of_an_earlier_release_are_found_before_and_after_they_are_indexed_anew(
    tmp_path: Path, clock: Clock
) -> None:
    path = tmp_path / "old.db"
    connection = driver.connect(str(path), isolation_level=None)
    number = next(at for at, name in enumerate(steps()) if name.endswith("_gaps_in_search.sql"))
    bring_up_to_date(connection, path, up_to=number)
    connection.executescript("""
        INSERT INTO roots (root_id, path, first_seen_at) VALUES (1, '/comics', 1);
        INSERT INTO folders (folder_id, root_id, path) VALUES (1, 1, '/comics');
    """)
    for file_id, (series, issue) in enumerate((("owl", 1), ("owl", 3), ("yak", 1), ("yak", 2)), 1):
        connection.execute(
            "INSERT INTO files (file_id, root_id, folder_id, name, path, size_bytes, mtime_ns, "
            "series, series_key, issue, sort_key, position, added_at, changed_at, read_at) "
            "VALUES (?1, 1, 1, 'x', '/comics/' || ?2 || ?3, 5, 1, ?2, ?2, ?3, "
            "?2 || char(1) || ?3, ?1, 1, 1, 1)",
            (file_id, series, str(issue)),
        )
        connection.execute("INSERT INTO file_search (rowid, terms) VALUES (?, 'x')", (file_id,))
    connection.execute("UPDATE series_figures SET gaps = series_key = 'owl', outdated = 0")
    connection.close()
    database = SqliteDatabase(path)
    listing, catalogue = Listing(database), Catalogue(database, now=clock)
    found = ["/comics/owl1", "/comics/owl3"]
    assert (list(listing.paths(WITH_GAPS)), listing.count(WITH_GAPS).files) == (found, 2)
    assert indexed_with_gaps(database) == set()
    assert catalogue.catch_up_facets() == 2
    assert (list(listing.paths(WITH_GAPS)), listing.count(WITH_GAPS).files) == (found, 2)
    assert indexed_with_gaps(database) == {*found}
    database.close()
