"""The files that entries of lists are: by ids, else by series, number, year and volume."""

from __future__ import annotations

from pathlib import Path

import pytest
from pysqlite3 import dbapi2 as driver

from comicmaintainer.database import Database, SqliteDatabase
from comicmaintainer.database.schema_steps import bring_up_to_date, steps
from comicmaintainer.library.catalogue.catalogue import Catalogue
from comicmaintainer.library.catalogue.model import DuplicateBy, FileMark, FileState
from comicmaintainer.library.reading_lists.entry_files import EntryFiles, years_apart
from comicmaintainer.library.reading_lists.model import ListEntry, SourceIds
from tests.kit.clock import Clock
from tests.library.reading_lists.shelf import comic


@pytest.fixture
def files(database: Database) -> EntryFiles:
    return EntryFiles(database)


def found(files: EntryFiles, *entries: ListEntry) -> list[tuple[str, str] | None]:
    return [
        None if file is None else (file.name.removesuffix(".cbz"), str(file.found_by))
        for file in files.find(entries)
    ]


def by_id(issue: str, source: str = "comicvine") -> ListEntry:
    return ListEntry("Nothing", "1", ids={source: SourceIds("1", issue)})


def test_ids_in_any_of_the_places_of_the_tags_find_a_file(
    catalogue: Catalogue, files: EntryFiles
) -> None:
    catalogue.upsert(
        [
            comic("web", "A", "1", web=["https://comicvine.gamespot.com/a-1/4000-11/"]),
            comic("notes", "A", "2", notes="Tagged with ComicTagger. [Issue ID 12] Comic Vine"),
            comic("metron", "A", "3", identifiers=[{"source": "Metron", "value": "11"}]),
            comic("none", "A", "4", web=["https://example.org/4000-13/"]),
        ]
    )
    assert found(files, by_id("11"), by_id("12"), by_id("11", "metron"), by_id("13")) == [
        ("web", "id"),
        ("notes", "id"),
        ("metron", "id"),
        None,
    ]


def test_the_ids_of_a_file_follow_its_tags_and_go_with_it(
    catalogue: Catalogue, files: EntryFiles
) -> None:
    catalogue.upsert([comic("a", "A", "1", web=["https://metron.cloud/issue/5"])])
    catalogue.upsert([comic("a", "A", "1", web=["https://metron.cloud/issue/6"])])
    assert found(files, by_id("5", "metron"), by_id("6", "metron")) == [None, ("a", "id")]
    catalogue.remove(["/comics/a.cbz"])
    assert found(files, by_id("6", "metron")) == [None]


def test_an_id_decides_before_the_number(catalogue: Catalogue, files: EntryFiles) -> None:
    catalogue.upsert(
        [
            comic("named", "Tide Warden", "3", "2016", 2016),
            comic("tagged", "Other", "9", web=["https://comicvine.gamespot.com/x/4000-7/"]),
        ]
    )
    entry = ListEntry("Tide Warden", "3", 2016, 2016, ids={"comicvine": SourceIds("1", "7")})
    unknown = ListEntry("Tide Warden", "3", 2016, 2016, ids={"comicvine": SourceIds("1", "8")})
    assert found(files, entry, unknown) == [("tagged", "id"), ("named", "year")]


@pytest.mark.parametrize(
    ("series", "number"),
    [
        ("The Tide-Warden & Owl", "3"),
        ("Tide Warden and Owl", "003"),
        ("TIDE WARDEN AND OWL, The", "#3"),
        ("Tide Warden and Owl", "3.0"),
    ],
)
def test_names_and_numbers_are_compared_by_what_they_mean(
    catalogue: Catalogue, files: EntryFiles, series: str, number: str
) -> None:
    catalogue.upsert([comic("it", "Tide Warden & Owl", "03", year=2016)])
    assert found(files, ListEntry(series, number, year=2016)) == [("it", "year")]


def test_other_numbers_and_names_are_missing(catalogue: Catalogue, files: EntryFiles) -> None:
    catalogue.upsert([comic("it", "Owl", "3"), comic("none", None, None)])
    entries = [ListEntry("Owl", "3.5"), ListEntry("Owl"), ListEntry("Owls", "3"), ListEntry(None)]
    assert found(files, *entries) == [None, None, None, None]


def test_a_comic_without_a_number_is_found_by_its_name(
    catalogue: Catalogue, files: EntryFiles
) -> None:
    catalogue.upsert([comic("it", "Owl", None, year=2016)])
    assert found(files, ListEntry("Owl", None, 2016)) == [("it", "year")]


def test_spellings_of_a_series_that_differ_in_and_are_both_found(
    catalogue: Catalogue, files: EntryFiles
) -> None:
    catalogue.upsert([comic("1", "Owl & Fox", "1"), comic("2", "Owl Fox", "2")])
    assert found(files, ListEntry("Owl and Fox", "1"), ListEntry("Owl Fox", "2")) == [
        ("1", "number"),
        ("2", "number"),
    ]


@pytest.mark.parametrize(
    ("entry", "volume", "year", "apart"),
    [
        ((2016, 2018), "2016", 2018, 0),
        ((2016, 2018), "2016", None, 0),
        ((2016, 2018), "2016", 2012, 1),  # the tags have a wrong year
        ((2016, 2018), "2017", 2018, 1),
        ((2016, 2017), "2015", 2016, 2),  # the series before
        ((2016, 2018), "2011", 2018, 5),
        ((2016, 2018), None, 2019, 1),
        ((2016, 2018), None, 2016, 1),  # the series' year in the name
        ((2016, None), None, 2017, 1),
        ((2016, 2018), None, 2013, 5),
        ((2016, None), None, 2019, None),
        ((2, None), "2", 2018, 0),
        ((2, None), "3", 2018, 2),
        ((2, 2018), "3", 2018, 0),
        ((None, 2018), None, 2018, 0),
        ((None, None), "2016", 2018, None),
        ((2016, 2018), None, None, None),
        ((2016, 2018), "odd", None, None),
    ],
)
def test_years_and_volumes_agree_if_they_are_at_most_one_apart(
    entry: tuple[int | None, int | None], volume: str | None, year: int | None, apart: int | None
) -> None:
    wanted = ListEntry("Owl", "1", *entry)
    assert years_apart(wanted, {"volume": volume, "year": year}) == apart


def test_the_nearest_year_is_chosen_and_another_series_of_the_name_is_not(
    catalogue: Catalogue, files: EntryFiles
) -> None:
    catalogue.upsert(
        [
            comic("old", "Owl", "1", "1990", 1990),
            comic("beside", "Owl", "1", "2015", 2016),
            comic("right", "Owl", "1", "2016", 2016),
        ]
    )
    entries = [ListEntry("Owl", "1", 2016, 2016), ListEntry("Owl", "1", 2002, 2002)]
    assert found(files, *entries) == [("right", "year"), None]


def test_a_file_without_years_is_found_by_its_number_alone(
    catalogue: Catalogue, files: EntryFiles
) -> None:
    catalogue.upsert([comic("bare", "Owl", "1"), comic("other", "Owl", "1", "1990", 1990)])
    assert found(files, ListEntry("Owl", "1", 2016, 2016)) == [("bare", "number")]


def test_a_copy_is_chosen_only_if_there_is_no_other(
    catalogue: Catalogue, files: EntryFiles
) -> None:
    catalogue.upsert([comic("copy", "Owl", "1"), comic("kept", "Owl", "1")])
    mark = FileMark(
        FileState.DUPLICATE, duplicate_of="/comics/kept.cbz", duplicate_by=DuplicateBy.PAGES
    )
    catalogue.set_marks([("/comics/copy.cbz", mark)])
    assert found(files, ListEntry("Owl", "1")) == [("kept", "number")]
    catalogue.remove(["/comics/kept.cbz"])
    assert found(files, ListEntry("Owl", "1")) == [("copy", "number")]


def test_a_series_is_found_by_its_new_name_alone(
    catalogue: Catalogue, database: Database, files: EntryFiles
) -> None:
    catalogue.upsert([comic("1", "Owl", "1")])
    catalogue.upsert([comic("1", "Fox", "1")])
    assert found(files, ListEntry("Owl", "1"), ListEntry("Fox", "1")) == [None, ("1", "number")]
    assert [row["name_key"] for row in database.rows("SELECT name_key FROM series_names")] == [
        "fox"
    ]


def test_files_of_an_earlier_release_are_found_after_a_scan(tmp_path: Path, clock: Clock) -> None:
    path = tmp_path / "config" / "jobs.db"
    path.parent.mkdir()
    connection = driver.connect(str(path), isolation_level=None)
    bring_up_to_date(
        connection,
        path,
        up_to=next(at for at, name in enumerate(steps()) if name.endswith("_reading_lists.sql")),
    )
    connection.execute("INSERT INTO roots (root_id, path, first_seen_at) VALUES (1, '/comics', 1)")
    connection.execute("INSERT INTO folders (folder_id, root_id, path) VALUES (1, 1, '/comics')")
    for number, tags in enumerate(('{"web":["https://metron.cloud/issue/5"]}', "{}"), start=1):
        connection.execute(
            "INSERT INTO files (file_id, root_id, folder_id, name, path, size_bytes, mtime_ns,"
            " series, series_key, issue, added_at, changed_at, read_at) VALUES"
            " (?1, 1, 1, ?1 || '.cbz', '/comics/' || ?1, 1, 1, 'The Owl', 'owl', ?1, 1, 1, 1)",
            (number,),
        )
        connection.execute("INSERT INTO file_tags VALUES (?, ?)", (number, tags))
    connection.close()
    database = SqliteDatabase(path)
    files, catalogue = EntryFiles(database), Catalogue(database, now=clock)
    entries = [by_id("5", "metron"), ListEntry("Owl", "2")]
    assert found(files, *entries) == [None, None]
    assert catalogue.catch_up_lookups() == 2
    assert catalogue.catch_up_lookups() == 0
    assert found(files, *entries) == [("1", "id"), ("2", "number")]
    database.close()
