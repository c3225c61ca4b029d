"""Filters, orders and choices of the library page, held against a plain look at all files."""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pysqlite3 import dbapi2 as driver

from comicmaintainer.database import Database, SqliteDatabase
from comicmaintainer.database.schema_steps import bring_up_to_date, steps
from comicmaintainer.errors import InvalidInput
from comicmaintainer.library.catalogue import filter_ranges, filter_sql, search_terms
from comicmaintainer.library.catalogue import series_listing as series_listing_module
from comicmaintainer.library.catalogue.catalogue import Catalogue
from comicmaintainer.library.catalogue.choices import Choices
from comicmaintainer.library.catalogue.file_filter import FileFilter
from comicmaintainer.library.catalogue.listing import Listing
from comicmaintainer.library.catalogue.model import (
    CappedCount,
    CatalogueFile,
    FileFacts,
    FileOrder,
    FileState,
    SeenFile,
    SeriesOrder,
)
from comicmaintainer.library.catalogue.series_listing import SeriesListing
from comicmaintainer.library.series_figures import SeriesFigures
from tests.kit.clock import Clock
from tests.kit.databases import Place

SERIES = ("Owl", "The Otter", "Badger", "Zebra", "1602", "Ärger", "Owl Annual")
PUBLISHERS = (None, "Saltmarsh", "saltmarsh", "Lantern Press", "Éditions Nord")
MB = 1_000_000


def shelved(series: str | None, issue: int, **facts: Any) -> SeenFile:
    """A file of a series; `size_bytes` is its size."""
    size = facts.pop("size_bytes", 1)
    name = f"{series or 'Loose'} {issue:03}"
    known = FileFacts(format="cbz", series=series, issue=str(issue), **facts)
    return SeenFile(f"/comics/{(series or 'L')[0]}/{name}.cbz", size, 1, 1, 1, known)


@pytest.fixture
def shelf(catalogue: Catalogue, database: Database, clock: Clock) -> list[CatalogueFile]:
    """Files with random facts, added over some weeks, with the figures of their series."""
    chance = random.Random(5)
    files = [
        shelved(
            chance.choice((*SERIES, None)),
            chance.randrange(1, 200),
            year=chance.choice((None, 1986, 1999, 2020)),
            publisher=chance.choice(PUBLISHERS),
            size_bytes=chance.choice((MB - 1, MB, 7 * MB, 20 * MB, 20 * MB + 1, 3_000 * MB)),
        )
        for _ in range(120)
    ]
    for at in range(0, len(files), 20):
        catalogue.upsert(files[at : at + 20])
        clock.advance(9 * 86_400)
    SeriesFigures(database).catch_up()
    every = [catalogue.by_path(path) for path in dict.fromkeys(file.path for file in files)]
    return [file for file in every if file is not None]


@pytest.fixture
def last_plan(database: Database, monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[str]]:
    """Return how SQLite plans the last query for rows; a server plans by the figures of tables."""
    asked: list[tuple[str, Any]] = []
    rows = database.rows

    def noted_rows(sql: str, parameters: Any = ()) -> list[Any]:
        asked.append((sql, parameters))
        return rows(sql, parameters)

    def plan() -> list[str]:
        sql, parameters = asked[-1]
        return [step["detail"] for step in rows(f"EXPLAIN QUERY PLAN {sql}", parameters)]

    monkeypatch.setattr(database, "rows", noted_rows)
    return plan


def matches(file: CatalogueFile, wanted: FileFilter, gaps: set[str]) -> bool:
    """Whether a filter means the file, worked out from its row alone."""
    return (
        (wanted.publisher or "").lower() in ("", (file.publisher or "").lower())
        and (wanted.size_from or 0) <= file.size_bytes <= (wanted.size_to or 1 << 62)
        and (wanted.added_from or 0) <= file.added_at <= (wanted.added_to or 1e12)
        and (not wanted.gaps or file.series in gaps)
        and wanted.year_from in (None, file.year)
    )


def wanted_filters(shelf: list[CatalogueFile]) -> list[FileFilter]:
    chance = random.Random(6)
    times = sorted({file.added_at for file in shelf})
    sizes = (None, MB - 1, MB, 7 * MB, 20 * MB, 20 * MB + 1, 3_000 * MB)
    filters = []
    for _ in range(60):
        low, high = sorted(chance.choices(sizes[1:], k=2))
        year = chance.choice((None, None, 1999))
        first, last = sorted(chance.choices(times, k=2))
        filters.append(
            FileFilter(
                publisher=chance.choice((None, None, "SALTMARSH", "Lantern Press", "Nobody")),
                size_from=chance.choice((None, low)),
                size_to=chance.choice((None, high)),
                added_from=chance.choice((None, None, first)),
                added_to=chance.choice((None, None, last)),
                gaps=chance.random() < 0.3,
                year_from=year,
                year_to=year,
            )
        )
    return filters


@pytest.mark.parametrize("cost_of_match", [1, 1 << 40])
@pytest.mark.parametrize("is_caught_up", [True, False])
def test_filters_of_the_page_find_what_a_look_at_every_file_finds(
    shelf: list[CatalogueFile],
    listing: Listing,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
    is_caught_up: bool,
    cost_of_match: int,
) -> None:
    monkeypatch.setattr(filter_ranges, "COST_OF_MATCH", cost_of_match)
    monkeypatch.setattr(filter_ranges, "FEW_FACETS", 1)
    if not is_caught_up:
        with database.transaction() as transaction:
            transaction.execute("INSERT INTO files_without_facets SELECT file_id FROM files")
    rows = database.rows(
        "SELECT name FROM series JOIN series_figures USING (series_key) WHERE gaps > 0"
    )
    gaps = {row["name"] for row in rows}
    assert 0 < len(gaps) < len(SERIES) + 1
    for wanted in wanted_filters(shelf):
        expected = {file.path for file in shelf if matches(file, wanted, gaps)}
        assert set(listing.paths(wanted)) == expected, wanted
        assert listing.count(wanted).files == len(expected), wanted
        for order in FileOrder:
            page = listing.page(wanted, order=order, limit=200)
            assert {file.path for file in page.files} == expected, (wanted, order)


ORDERED_BY = {
    FileOrder.NEWEST: lambda file: -file.added_at,
    FileOrder.SIZE: lambda file: -file.size_bytes,
    FileOrder.YEAR: lambda file: -(file.year or 0),
    FileOrder.PUBLISHER: lambda file: (file.publisher or chr(0x10FFFF)).lower(),
    FileOrder.PATH: lambda file: file.path,
}


@pytest.mark.parametrize("wanted", [FileFilter(), FileFilter(size_from=MB), FileFilter(gaps=True)])
@pytest.mark.parametrize("is_reversed", [False, True])
@pytest.mark.parametrize("order", list(FileOrder))
def test_pages_go_forward_and_back_through_every_order(
    shelf: list[CatalogueFile],
    listing: Listing,
    wanted: FileFilter,
    order: FileOrder,
    is_reversed: bool,
    place: Place,
) -> None:
    def page(**place: Any) -> Any:
        return listing.page(wanted, order=order, is_reversed=is_reversed, limit=7, **place)

    pages = [page()]
    while pages[-1].next_key is not None:
        pages.append(page(after_key=pages[-1].next_key))
    files = [file for each in pages for file in each.files]
    assert len({file.path for file in files}) == len(files) == listing.count(wanted).files
    if order in ORDERED_BY:
        keys = [ORDERED_BY[order](file) for file in files]
        if order is FileOrder.PUBLISHER and place.url is not None:
            # A server has é beside e, where SQLite has it behind z.
            keys = [unicodedata.normalize("NFKD", key) for key in keys]
        assert keys == sorted(keys, reverse=is_reversed)
    assert pages[0].previous_key is None
    before = page(before_key=pages[2].previous_key)
    assert before.files == pages[1].files
    assert page(after_key=before.next_key).files == pages[2].files
    assert page(before_key=before.previous_key).previous_key is None


SEVERAL_SERIES = [
    (FileFilter(any_of_series=("owl", "Otter", "Nothing")), {"Owl", "The Otter"}),
    (FileFilter(any_of_series=("Owl", "Zebra"), none_of_series=("zebra",)), {"Owl"}),
    (FileFilter(has_series=True, none_of_series=("Owl Annual",)), {*SERIES} - {"Owl Annual"}),
    (FileFilter(none_of_series=SERIES), {None}),
    (FileFilter(series_text="ow"), {"Owl", "Owl Annual"}),
    (FileFilter(series_text="OWL", none_of_series=("Owl",)), {"Owl Annual"}),
    (FileFilter(series_text="16"), {"1602"}),
    (FileFilter(has_series=True), {*SERIES}),
    (FileFilter(any_of_series=("Nothing",)), set()),
]


@pytest.mark.parametrize(("wanted", "series"), SEVERAL_SERIES)
@pytest.mark.parametrize("few_files", [0, 2_000])
def test_files_of_several_series_are_found_and_counted(
    shelf: list[CatalogueFile],
    listing: Listing,
    monkeypatch: pytest.MonkeyPatch,
    wanted: FileFilter,
    series: set[str | None],
    few_files: int,
) -> None:
    monkeypatch.setattr(filter_sql, "FEW_FILES", few_files)
    of_1999 = replace(wanted, year_from=1999, year_to=1999)
    for both in (wanted, of_1999):
        expected = {
            file.path
            for file in shelf
            if file.series in series and both.year_from in (None, file.year)
        }
        assert set(listing.paths(both)) == expected
        assert listing.count(both) == CappedCount(len(expected), is_capped=False)
        for order in FileOrder:
            page = listing.page(both, order=order, limit=200)
            assert {file.path for file in page.files} == expected


@pytest.mark.parametrize("name", ["letters", "publishers", "folders"])
def test_choices_are_found_by_steps_through_an_index(
    shelf: list[CatalogueFile], database: Database, last_plan: Callable[[], list[str]], name: str
) -> None:
    choices = Choices(database)
    found = choices.folders("/comics")[0] if name == "folders" else getattr(choices, name)()
    assert found
    assert [
        step for step in last_plan() if re.match(r"SCAN f(iles)?\b|USE TEMP B-TREE", step)
    ] == []


@pytest.mark.both_databases
def test_comics_of_a_publisher_are_sorted_by_publisher(
    shelf: list[CatalogueFile], listing: Listing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "_sort_cap", 2)
    wanted = FileFilter(publisher="SALTMARSH", size_from=MB)
    expected = sorted(file.file_id for file in shelf if matches(file, wanted, set()))
    for is_reversed in (False, True):
        found: list[int] = []
        key = None
        while True:
            page = listing.page(
                wanted, order=FileOrder.PUBLISHER, is_reversed=is_reversed, limit=7, after_key=key
            )
            found += [file.file_id for file in page.files]
            key = page.next_key
            if key is None:
                break
        assert sorted(found) == expected
        spellings = {file.file_id: file.publisher for file in shelf}
        keys = [(str(spellings[file_id]).lower(), file_id) for file_id in found]
        assert keys == sorted(keys, reverse=is_reversed)


def test_a_list_begins_at_a_letter_and_goes_back_from_there(
    shelf: list[CatalogueFile], listing: Listing, database: Database
) -> None:
    assert Choices(database).letters() == ["#", "a", "b", "l", "o", "z"]
    page = listing.page(FileFilter(), starting_with="o", limit=5)
    assert {file.series for file in page.files} <= {"The Otter"}
    before = listing.page(FileFilter(), before_key=page.previous_key, limit=1)
    assert before.files[0].name.startswith("Loose")
    assert listing.page(FileFilter(), starting_with="#").files[0].series == "1602"
    assert listing.page(FileFilter(), starting_with="~").files == ()
    with pytest.raises(InvalidInput, match="Only the order by series has letters"):
        listing.page(FileFilter(), starting_with="o", order=FileOrder.SIZE)


def test_one_letter_finds_the_names_that_begin_with_it(
    shelf: list[CatalogueFile], listing: Listing
) -> None:
    for text in ("o", "O", "o "):
        found = listing.page(FileFilter(text=text), limit=200).files
        assert {file.series for file in found} == {"Owl", "The Otter", "Owl Annual"}
        assert listing.count(FileFilter(text=text)).files == len(found)
    assert listing.page(FileFilter(text="x")).files == ()


def test_a_letter_at_the_end_is_the_beginning_of_a_word_until_a_space_follows(
    catalogue: Catalogue, listing: Listing
) -> None:
    catalogue.upsert([shelved("Plan B", 1), shelved("Owl Annual", 1), shelved("Owl", 2)])

    def found(text: str) -> list[str | None]:
        return [file.series for file in listing.page(FileFilter(text=text)).files]

    assert found("plan b") == ["Plan B"]
    assert found("owl a") == ["Owl", "Owl Annual"]
    assert found("owl a ") == []


SERIES_ORDERED_BY = {
    SeriesOrder.NEWEST: lambda files: -max(file.added_at for file in files),
    SeriesOrder.FILES: lambda files: -len(files),
    SeriesOrder.SIZE: lambda files: -sum(file.size_bytes for file in files),
    SeriesOrder.YEAR: lambda files: -min((file.year for file in files if file.year), default=0),
}


@pytest.mark.parametrize("is_reversed", [False, True])
@pytest.mark.parametrize("order", list(SeriesOrder))
def test_series_with_a_file_of_the_filter_are_listed_in_every_order(
    shelf: list[CatalogueFile],
    series_listing: SeriesListing,
    order: SeriesOrder,
    is_reversed: bool,
) -> None:
    assert_series_are_listed(shelf, series_listing, order, is_reversed=is_reversed)


@pytest.mark.parametrize("is_reversed", [False, True])
@pytest.mark.parametrize("few_series", [0, 100])
def test_series_are_listed_by_name_however_many_of_their_files_match(
    shelf: list[CatalogueFile],
    series_listing: SeriesListing,
    monkeypatch: pytest.MonkeyPatch,
    is_reversed: bool,
    few_series: int,
) -> None:
    monkeypatch.setattr(series_listing_module, "_FILES_AT_ONCE", 4)
    monkeypatch.setattr(series_listing_module, "_FEW_SERIES", few_series)
    assert_series_are_listed(shelf, series_listing, SeriesOrder.NAME, is_reversed=is_reversed)


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
def test_a_series_is_looked_at_by_the_range_of_its_own_files(
    shelf: list[CatalogueFile], database: Database, last_plan: Callable[[], list[str]]
) -> None:
    """By an index of sizes, each series would be looked for among all files of the library."""
    wanted = FileFilter(size_from=MB, size_to=20 * MB, added_from=1.0)
    SeriesListing(database, Listing(database)).page(wanted, order=SeriesOrder.SIZE)
    (step,) = [step for step in last_plan() if step.startswith("SEARCH f ")]
    assert "idx_files_sort (sort_key>? AND sort_key<?)" in step


@pytest.mark.usefixtures("shelf")
def test_a_page_of_series_looks_at_few_more_than_it_shows(
    series_listing: SeriesListing, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_at: list[int] = []
    rows = database.rows

    def noted_rows(sql: str, parameters: Any = ()) -> list[Any]:
        found = rows(sql, parameters)
        looked_at.extend([len(found)] if "AS is_found" in sql else [])
        return found

    monkeypatch.setattr(database, "rows", noted_rows)
    entries, key = series_listing.page(FileFilter(size_from=1), order=SeriesOrder.SIZE, limit=2)
    assert (len(entries), key is None) == (2, False)
    assert looked_at == [3]


def assert_series_are_listed(
    shelf: list[CatalogueFile],
    series_listing: SeriesListing,
    order: SeriesOrder,
    *,
    is_reversed: bool,
) -> None:
    """Every filter lists the series with a match, each once and in order."""
    by_series: dict[str, list[CatalogueFile]] = {}
    for file in shelf:
        if file.series:
            by_series.setdefault(file.series, []).append(file)
    for wanted in [FileFilter(), *wanted_filters(shelf)[:20]]:
        names, key = [], None
        while True:
            entries, key = series_listing.page(
                wanted, after_key=key, order=order, is_reversed=is_reversed, limit=2
            )
            names += [entry.name for entry in entries]
            assert all(entry.files == len(by_series[entry.name]) for entry in entries)
            if key is None:
                break
        gaps = {entry.name for entry in series_listing.page(FileFilter())[0] if entry.gaps}
        expected = {
            name
            for name, files in by_series.items()
            if any(matches(file, wanted, gaps) for file in files)
        }
        assert sorted(names) == sorted(expected), wanted
        if order in SERIES_ORDERED_BY:
            keys = [SERIES_ORDERED_BY[order](by_series[name]) for name in names]
            assert keys == sorted(keys, reverse=is_reversed)


def test_series_begin_at_a_letter_and_are_found_by_a_part_of_their_name(
    shelf: list[CatalogueFile], series_listing: SeriesListing
) -> None:
    def names(wanted: FileFilter, **place: Any) -> list[str]:
        return [entry.name for entry in series_listing.page(wanted, **place)[0]]

    every = names(FileFilter())
    assert names(FileFilter(), starting_with="o") == every[every.index("The Otter") :]
    backwards = names(FileFilter(), starting_with="o", is_reversed=True)
    assert backwards == every[: every.index("Owl Annual") + 1][::-1]
    assert names(FileFilter(text="owl")) == ["Owl", "Owl Annual"]
    assert names(FileFilter(text="owl", size_from=1), limit=1) == ["Owl"]


def test_figures_of_a_series_follow_its_files(catalogue: Catalogue, database: Database) -> None:
    figures = SeriesFigures(database)

    def of(key: str) -> Any:
        row = database.row(
            "SELECT gaps, year, publisher, size_bytes, outdated FROM series_figures "
            "WHERE series_key = ?",
            (key,),
        )
        return row and tuple(row)

    catalogue.upsert([shelved("Owl", number, year=2000 + number) for number in (1, 2, 5)])
    assert of("owl") == (0, None, None, 0, 1)
    assert (figures.catch_up(), figures.catch_up()) == (1, 0)
    assert of("owl") == (2, 2001, None, 3, 0)
    catalogue.upsert([shelved("Owl", 3, publisher="Saltmarsh", size_bytes=7)])
    assert of("owl")[-1] == 1
    figures.catch_up()
    assert of("owl") == (1, 2001, "Saltmarsh", 10, 0)
    catalogue.remove(["/comics/O/Owl 001.cbz"])
    catalogue.upsert([SeenFile("/comics/O/Owl 005.cbz", 9, 9, 1, 1, FileFacts(series="Otter"))])
    assert figures.catch_up() == 2
    assert (of("owl")[0], of("otter")[3]) == (0, 9)
    catalogue.remove(["/comics/O/Owl 005.cbz"])
    assert of("otter") is None


def test_publishers_are_offered_once_and_folders_with_what_is_below_them(
    catalogue: Catalogue, database: Database
) -> None:
    places = ("A/x", "A (2020)/x", "A/sub/y", "A-z/x", "B/deep/deeper/x", "B/deep/y", "loose")
    catalogue.upsert(
        [
            SeenFile(f"/comics/{place}.cbz", 1, 1, 1, 1, FileFacts(publisher=PUBLISHERS[at % 4]))
            for at, place in enumerate(places)
        ]
    )
    choices = Choices(database)
    assert [name.lower() for name in choices.publishers()] == ["lantern press", "saltmarsh"]
    found, key = choices.folders("/comics")
    counts = {entry.path: entry.files.files for entry in found}
    assert counts == {
        "/comics/A": 2, "/comics/A (2020)": 1, "/comics/A-z": 1, "/comics/B": 2
    }  # fmt: skip
    assert key is None
    names, key = [], None
    while True:
        page, key = choices.folders("/comics", after=key, limit=1)
        names += [entry.path for entry in page]
        if key is None:
            break
    assert names == list(counts)
    assert [entry.path for entry in choices.folders("/comics/B")[0]] == ["/comics/B/deep"]


def test_files_of_a_folder_are_counted_up_to_a_cap(
    catalogue: Catalogue, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("comicmaintainer.library.catalogue.choices.COUNT_CAP", 3)
    for files in (2, 3, 4):
        catalogue.upsert([SeenFile(f"/comics/{files}/{n}.cbz", 1, 1, 1, 1) for n in range(files)])
    entries, _ = Choices(database).folders("/comics")
    assert [entry.files for entry in entries] == [
        CappedCount(2, is_capped=False),
        CappedCount(3, is_capped=False),
        CappedCount(3, is_capped=True),
    ]


def test_folders_are_sorted_as_series_are(catalogue: Catalogue, database: Database) -> None:
    names = ["Zebra", "eel", "Élan", "The Dove", "Crow 10", "Crow 2", "Édith 1", "crow-3", "#1"]
    catalogue.upsert([SeenFile(f"/comics/{name}/x.cbz", 1, 1, 1, 1) for name in names])
    ordered = ["#1", "Crow 2", "crow-3", "Crow 10", "The Dove", "Édith 1", "eel", "Élan", "Zebra"]
    assert names_in(Choices(database)) == ordered
    assert names_in(Choices(database), limit=2) == ordered
    with database.transaction() as transaction:  # as an earlier release leaves them
        transaction.execute("UPDATE folders SET sort_key = NULL WHERE path > '/comics/E'")
    assert sorted(names_in(Choices(database), limit=2)) == sorted(names)
    catalogue.catch_up_folders()
    assert names_in(Choices(database)) == ordered


def names_in(choices: Choices, *, limit: int = 100) -> list[str]:
    """Return the names of all folders, read page by page."""
    names: list[str] = []
    after = None
    while True:
        page, after = choices.folders("/comics", after=after, limit=limit)
        names += [entry.path.rpartition("/")[2] for entry in page]
        if after is None:
            return names


def test_a_catalogue_of_an_earlier_release_is_filtered_before_and_after_it_is_caught_up_on(
    tmp_path: Path, clock: Clock
) -> None:
    path = tmp_path / "old.db"
    connection = driver.connect(str(path), isolation_level=None)
    number = next(at for at, name in enumerate(steps()) if name.endswith("_library_page.sql"))
    bring_up_to_date(connection, path, up_to=number)
    connection.executescript("""
        INSERT INTO roots (root_id, path, first_seen_at) VALUES (1, '/comics', 1);
        INSERT INTO folders (folder_id, root_id, path) VALUES (1, 1, '/comics');
        INSERT INTO files (file_id, root_id, folder_id, name, path, size_bytes, mtime_ns, series,
            series_key, issue, publisher, sort_key, position, added_at, changed_at, read_at)
        VALUES (1, 1, 1, 'Owl 1.cbz', '/comics/Owl 1.cbz', 5, 1, 'Owl', 'owl', '1', 'Saltmarsh',
            'owl' || char(1) || '1', 32, 1, 1, 1);
        INSERT INTO file_search (rowid, terms) VALUES (32, 'owl 1');
        INSERT INTO search_words (word) VALUES ('owl');
    """)
    connection.close()
    database = SqliteDatabase(path)
    listing, catalogue = Listing(database), Catalogue(database, now=clock)
    wanted = FileFilter(publisher="saltmarsh", size_to=9, text="owl")
    assert list(listing.paths(wanted)) == ["/comics/Owl 1.cbz"]
    assert (catalogue.catch_up_facets(), catalogue.catch_up_facets()) == (1, 0)
    assert list(listing.paths(wanted)) == ["/comics/Owl 1.cbz"]
    assert SeriesFigures(database).catch_up() == 1
    (row,) = database.rows("SELECT publisher FROM series_figures")
    assert row["publisher"] == "Saltmarsh"
    database.close()


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
@pytest.mark.parametrize("order", [each for each in FileOrder if each is not FileOrder.SERIES])
def test_a_page_of_many_matches_is_read_in_its_order_without_sorting(
    shelf: list[CatalogueFile],
    database: Database,
    order: FileOrder,
    last_plan: Callable[[], list[str]],
) -> None:
    page = Listing(database, sort_cap=0, class_cap=0).page(
        FileFilter(states=(FileState.UNPROCESSED,), size_to=100 * MB), order=order, limit=5
    )
    assert len(page.files) == 5
    plan = last_plan()
    assert len([step for step in plan if "TEMP B-TREE" in step]) == 1  # the page, not the matches
    is_covered = any("USING COVERING INDEX" in step for step in plan)
    assert is_covered == (order in (FileOrder.NEWEST, FileOrder.YEAR, FileOrder.PUBLISHER))


@pytest.mark.parametrize("is_reversed", [False, True])
@pytest.mark.parametrize("class_cap", [0, 120, 1 << 20])
def test_pages_by_size_are_the_same_one_class_after_the_other(
    shelf: list[CatalogueFile], database: Database, class_cap: int, is_reversed: bool
) -> None:
    listing = Listing(database, class_cap=class_cap)
    rows = database.rows(
        "SELECT series_key, name FROM series JOIN series_figures USING (series_key) WHERE gaps > 0"
    )
    gaps = {row["name"] for row in rows}
    for wanted in [*wanted_filters(shelf), FileFilter(states=(FileState.UNPROCESSED,))]:
        found: list[tuple[int, int]] = []
        key = None
        while key is not None or not found:
            page = listing.page(
                wanted, order=FileOrder.SIZE, is_reversed=is_reversed, after_key=key, limit=7
            )
            found += [(file.size_bytes, file.file_id) for file in page.files]
            key = page.next_key
            if key is None:
                break
        expected = [
            (file.size_bytes, file.file_id) for file in shelf if matches(file, wanted, gaps)
        ]
        assert found == sorted(expected, reverse=not is_reversed), wanted


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
def test_a_page_by_size_of_some_thousand_matches_sorts_only_the_first_classes(
    shelf: list[CatalogueFile], database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    bounds: list[list[Any]] = []
    rows = database.rows

    def noted_rows(sql: str, parameters: Any = ()) -> list[Any]:
        if "ORDER BY f.size_bytes" in sql:
            bounds.append([each for each in parameters if isinstance(each, int) and each >= MB])
        return rows(sql, parameters)

    monkeypatch.setattr(database, "rows", noted_rows)
    wanted = FileFilter(publisher="Saltmarsh")
    of_publisher = [file for file in shelf if matches(file, wanted, set())]
    largest = sum(file.size_bytes >= 2_000 * MB for file in of_publisher)
    listing = Listing(database, class_cap=largest)
    listing.page(wanted, order=FileOrder.SIZE, limit=largest - 1)
    assert bounds == [[], [2_000 * MB]]


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
def test_few_matches_are_gone_through_once_whatever_the_order(
    shelf: list[CatalogueFile], database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    searches: list[str] = []
    for name in ("row", "rows"):
        ask = getattr(database, name)

        def noted(sql: str, parameters: Any = (), *, ask: Any = ask) -> Any:
            searches.extend(["search"] * sql.count("file_search MATCH"))
            return ask(sql, parameters)

        monkeypatch.setattr(database, name, noted)
    wanted = FileFilter(states=(FileState.UNPROCESSED,), publisher="Saltmarsh", size_to=8 * MB)
    for order in FileOrder:
        searches.clear()
        Listing(database).page(wanted, order=order)
        assert searches == ["search"], order


def test_sizes_apart_by_class_are_the_whole_range() -> None:
    sizes = [0, 1, MB - 1, MB, 7 * MB, 2_000 * MB - 1, 2_000 * MB, 9_000 * MB]
    for first in (None, *sizes):
        for last in (None, *sizes):
            ranges = search_terms.classes_of_sizes(first, last)
            for size in sizes:
                is_inside = (first or 0) <= size <= (size if last is None else last)
                held = [low <= size and (high is None or size <= high) for low, high in ranges]
                assert sum(held) == is_inside, (first, last, size)
