from __future__ import annotations

import random
from itertools import product
from pathlib import PurePosixPath

import pytest

from comicmaintainer.database import Database
from comicmaintainer.errors import InvalidInput
from comicmaintainer.library.catalogue.catalogue import Catalogue
from comicmaintainer.library.catalogue.file_filter import FileFilter
from comicmaintainer.library.catalogue.filter_sql import MAX_WORDS_OF_PREFIX
from comicmaintainer.library.catalogue.listing import COUNT_CAP_OF_ROWS, Listing
from comicmaintainer.library.catalogue.model import (
    CappedCount,
    FileFacts,
    FileOrder,
    FileState,
    SeenFile,
)
from comicmaintainer.library.catalogue.series_listing import SeriesListing
from tests.kit.clock import Clock

pytestmark = pytest.mark.both_databases


def comic(
    path: str,
    series: str,
    issue: str | None = None,
    *,
    year: int | None = None,
    kind: str = "cbz",
    **tags: object,
) -> SeenFile:
    facts = FileFacts(
        format=kind, series=series, issue=issue, year=year, tags={"series": series, **tags}
    )
    return SeenFile(f"/comics/{path}", 1, 1, 1, 1, facts)


def found(listing: Listing, **parts: object) -> list[str]:
    page = listing.page(FileFilter(**parts))  # type: ignore[arg-type]
    return [PurePosixPath(file.path).stem for file in page.files]


@pytest.fixture
def shelf(catalogue: Catalogue) -> Catalogue:
    catalogue.upsert(
        [
            comic(
                "DC/Batman 10.cbz",
                "Batman",
                "10",
                year=1950,
                credits=[{"person": "Bill Finger", "roles": ["Writer"]}],
            ),
            comic("DC/Batman 2.cbz", "Batman", "2", year=1940),
            comic("DC/Flash/The Flash 1.cbr", "The Flash", "1", year=1960, kind="cbr"),
            comic("Marvel/Amazing Spider-Man 007.cbz", "The Amazing Spider-Man", "7", year=1963),
            comic("進撃の巨人/第1巻.cbz", "進撃の巨人", "1"),
            comic("Корея/슈퍼맨 모험.cbz", "슈퍼맨 모험", "1"),
            comic("Astérix/Astérix 1.pdf", "Astérix le Gaulois", "1", kind="pdf"),
            comic("ru/Ёжик.cbz", "Ёжик в тумане", "1"),
            comic("th/การ์ตูน.cbz", "การ์ตูนไทย", "1"),
        ]
    )
    catalogue.set_state("/comics/DC/Batman 2.cbz", FileState.PROCESSED)
    return catalogue


@pytest.mark.usefixtures("shelf")
class TestSearch:
    @pytest.mark.parametrize(
        ("text", "names"),
        [
            ("bat", ["Batman 2", "Batman 10"]),
            ("BATMAN 2", ["Batman 2"]),
            ("finger", ["Batman 10"]),
            ("spiderman", ["Amazing Spider-Man 007"]),
            ("spider-man 7", ["Amazing Spider-Man 007"]),
            ("man spider", ["Amazing Spider-Man 007"]),
            ("asterix gaul", ["Astérix 1"]),
            ("ASTÉRIX", ["Astérix 1"]),
            ("巨人", ["第1巻"]),
            ("巨", ["第1巻"]),
            ("撃の巨", ["第1巻"]),
            ("퍼맨", ["슈퍼맨 모험"]),
            ("ежик туман", ["Ёжик"]),
            ("ตูนไท", ["การ์ตูน"]),
            ("1950", ["Batman 10"]),
            ("batman nobody", []),
            ("!?", []),
            ('"bat" OR', []),
        ],
    )
    def test_finds_words_in_any_script(
        self, listing: Listing, series_listing: SeriesListing, text: str, names: list[str]
    ) -> None:
        assert found(listing, text=text) == names

    @pytest.mark.parametrize(
        ("parts", "names"),
        [
            ({"states": (FileState.PROCESSED,)}, ["Batman 2"]),
            ({"states": (FileState.UNPROCESSED,), "text": "batman"}, ["Batman 10"]),
            ({"formats": ("cbr", "pdf")}, ["Astérix 1", "The Flash 1"]),
            ({"series": "flash"}, ["The Flash 1"]),
            ({"series": "BATMAN"}, ["Batman 2", "Batman 10"]),
            ({"series": "Batman", "text": "finger"}, ["Batman 10"]),
            ({"series": "Flash", "formats": ("cbr",)}, ["The Flash 1"]),
            ({"series": "Batman", "missing": ("credits",)}, ["Batman 2"]),
            ({"series": "Batman", "year_from": 1950, "year_to": 1959}, ["Batman 10"]),
            ({"folder": "/comics/DC"}, ["Batman 2", "Batman 10", "The Flash 1"]),
            ({"folder": "/comics/DC/Flash/"}, ["The Flash 1"]),
            ({"folder": "/comics/none"}, []),
            ({"root": "/comics", "formats": ("pdf",)}, ["Astérix 1"]),
            ({"root": "/other"}, []),
            ({"year_from": 1945, "year_to": 1961}, ["Batman 10", "The Flash 1"]),
            ({"year_from": 1961}, ["Amazing Spider-Man 007"]),
            ({"year_from": 1990, "year_to": 1980}, []),
            ({"year_to": 1945}, ["Batman 2"]),
            ({"year_from": 1961, "year_to": 1963}, ["Amazing Spider-Man 007"]),
            ({"year_from": 0, "year_to": 9999, "text": "flash"}, ["The Flash 1"]),
            ({"year_from": 1, "year_to": 1949}, ["Batman 2"]),
            ({"missing": ("series",)}, []),
            ({"missing": ("credits",), "text": "batman"}, ["Batman 2"]),
        ],
    )
    def test_filters(self, listing: Listing, parts: dict[str, object], names: list[str]) -> None:
        assert found(listing, **parts) == names
        assert listing.count(FileFilter(**parts)).files == len(names)  # type: ignore[arg-type]

    def test_every_range_of_years_is_exact(self, listing: Listing) -> None:
        firsts = (None, 0, 1939, 1940, 1949, 1950, 1951, 1963, 1999)
        lasts = (None, 1900, 1940, 1949, 1950, 1960, 1963, 2000, 9999)
        for first, last in product(firsts, lasts):
            if first is None and last is None:
                continue
            wanted = FileFilter(year_from=first, year_to=last)
            meant = [
                year
                for year in (1940, 1950, 1960, 1963)
                if (first or 0) <= year <= (9999 if last is None else last)
            ]
            page = listing.page(wanted)
            assert sorted(file.year or 0 for file in page.files) == meant, wanted
            assert listing.count(wanted) == CappedCount(len(meant), is_capped=False), wanted

    @pytest.mark.parametrize("order", [FileOrder.NEWEST, FileOrder.PATH])
    @pytest.mark.parametrize("sort_cap", [0, 100])
    def test_every_order_gives_the_same_files(
        self, database: Database, order: FileOrder, sort_cap: int
    ) -> None:
        listing = Listing(database, sort_cap=sort_cap)
        for wanted in (
            FileFilter(text="batman"),
            FileFilter(),
            FileFilter(formats=("cbz",)),
            FileFilter(missing=("credits",)),
            FileFilter(series="batman", missing=("credits",)),
        ):
            by_series = {file.path for file in listing.page(wanted).files}
            assert {file.path for file in listing.page(wanted, order=order).files} == by_series

    def test_series_are_listed_with_count_and_the_cover_of_the_first_issue(
        self, series_listing: SeriesListing, catalogue: Catalogue
    ) -> None:
        entries, next_key = series_listing.page(FileFilter(text="bat"))
        first = catalogue.by_path("/comics/DC/Batman 2.cbz")
        assert first is not None
        assert next_key is None
        assert [(entry.name, entry.files, entry.cover_file_id) for entry in entries] == [
            ("Batman", 2, first.file_id)
        ]

    def test_series_pages_follow_one_another(self, series_listing: SeriesListing) -> None:
        names: list[str] = []
        entries, key = series_listing.page(FileFilter(), limit=3)
        names += [entry.name for entry in entries]
        while key is not None:
            entries, key = series_listing.page(FileFilter(), limit=3, after_key=key)
            names += [entry.name for entry in entries]
        assert len(names) == len(set(names)) == 8
        assert names[:3] == ["The Amazing Spider-Man", "Astérix le Gaulois", "Batman"]


def many(catalogue: Catalogue, count: int) -> None:
    catalogue.upsert([comic(f"X {number}.cbz", "X", str(number)) for number in range(count)])


@pytest.fixture
def harbour(catalogue: Catalogue) -> Catalogue:
    catalogue.upsert(
        comic(f"{name}.cbz", "Harbour Lights", issue)
        for name, issue in (("Harbour 001", "1"), ("Harbour 2", "2"), ("Harbour 0010", "10"))
    )
    catalogue.upsert([comic("2000 AD 5.cbz", "2000 AD", "5"), comic("Zero 0.cbz", "Zero", "0")])
    return catalogue


@pytest.mark.usefixtures("harbour")
class TestNumbersAsTheyAreTyped:
    @pytest.mark.parametrize("number", ["1", "01", "001", "0001"])
    def test_padding_makes_no_difference(
        self, listing: Listing, series_listing: SeriesListing, number: str
    ) -> None:
        assert found(listing, text=f"harbour {number}") == ["Harbour 001"]

    @pytest.mark.parametrize("text", ["harbour 0", "harbour 00", "HARBOUR #00", "0 harbour 00"])
    def test_zeros_that_are_typed_first_do_not_empty_the_list(
        self, listing: Listing, text: str
    ) -> None:
        expected = ["Harbour 001", "Harbour 2", "Harbour 0010"] if text[0] != "0" else []
        assert found(listing, text=text) == expected
        assert listing.count(FileFilter(text=text)) == CappedCount(len(expected), False)

    def test_zeros_alone_find_the_number_0_or_leave_the_list(
        self, listing: Listing, catalogue: Catalogue
    ) -> None:
        assert found(listing, text="00") == ["Zero 0"]
        catalogue.remove(["/comics/Zero 0.cbz"])
        assert len(found(listing, text="00")) == 4

    def test_a_0_before_a_space_is_the_number(self, listing: Listing) -> None:
        assert found(listing, text="harbour 0 ") == []
        assert found(listing, text="zero 0 ") == ["Zero 0"]

    @pytest.mark.parametrize("text", ["2", "20", "200", "2000", "2000 a", "02000", "00"])
    def test_a_series_named_by_a_number_is_found_while_it_is_typed(
        self, series_listing: SeriesListing, text: str
    ) -> None:
        assert "2000 AD" in [entry.name for entry in series_listing.page(FileFilter(text=text))[0]]


@pytest.mark.parametrize("order", list(FileOrder))
@pytest.mark.parametrize("text", ["", "x"])
def test_pages_show_every_lasting_file_once_while_others_change(
    catalogue: Catalogue, listing: Listing, clock: Clock, order: FileOrder, text: str
) -> None:
    many(catalogue, 60)
    shown: list[str] = []
    key: str | None = None
    number = 0
    while True:
        page = listing.page(FileFilter(text=text), after_key=key, limit=7, order=order)
        shown += [file.name for file in page.files]
        if page.next_key is None:
            break
        key = page.next_key
        # Rows beside the key come and go, the key's own row among them.
        clock.at += 1
        for step in range(20 if number < 6 else 0):  # some orders put them all at the end
            catalogue.upsert([comic(f"X 1.{number}{step}.cbz", "X", f"1.{number}{step}")])
        catalogue.remove([page.files[-1].path])
        number += 1
    old = [f"X {number}.cbz" for number in range(60)]
    assert sorted(name for name in shown if name in old) == sorted(old)
    assert len(shown) == len(set(shown))


def test_a_key_of_another_order_or_an_invalid_key_is_refused(
    catalogue: Catalogue, listing: Listing
) -> None:
    many(catalogue, 3)
    key = listing.page(FileFilter(), limit=1).next_key
    assert key is not None
    with pytest.raises(InvalidInput):
        listing.page(FileFilter(), after_key=key, order=FileOrder.NEWEST)
    for bad in ("x", "", "bnVsbA", "W10"):
        with pytest.raises(InvalidInput):
            listing.page(FileFilter(), after_key=bad)


@pytest.mark.parametrize("max_looked_at", [0, 10_000])
def test_every_filter_counts_what_its_pages_show(
    catalogue: Catalogue, database: Database, max_looked_at: int
) -> None:
    chance = random.Random(5)
    kinds = ("cbz", "cbr", "pdf")
    for number in range(300):
        tags = {"title": "A title"} if chance.random() < 0.5 else {}
        year = chance.choice([None, *range(1990, 2020)])
        folder = chance.choice(("A", "B/C"))
        catalogue.upsert(
            [
                comic(
                    f"{folder}/{number}.cbz", "Series", year=year, kind=chance.choice(kinds), **tags
                )
            ]
        )
        if chance.random() < 0.4:
            catalogue.set_state(f"/comics/{folder}/{number}.cbz", chance.choice(list(FileState)))
    catalogue.upsert([SeenFile("/comics/not read.cbz", 1, 1, 1, 1)])
    listing = Listing(database, max_looked_at=max_looked_at)
    for _ in range(150):
        wanted = FileFilter(
            states=tuple(chance.sample(list(FileState), chance.randrange(3))),
            formats=tuple(chance.sample((*kinds, "cb7"), chance.randrange(3))),
            missing=tuple(chance.sample(("title", "year", "series"), chance.randrange(3))),
            year_from=chance.choice([None, 1995, 2030]),
            year_to=chance.choice([None, 2010, 1980]),
            root=chance.choice([None, "/comics", "/elsewhere"]),
            folder=chance.choice([None, None, "/comics/B"]),
        )
        shown = listing.page(wanted, limit=1000).files
        assert listing.count(wanted) == CappedCount(len(shown), is_capped=False), wanted


def test_tags_that_are_no_longer_missing_leave_the_filter(
    catalogue: Catalogue, listing: Listing
) -> None:
    catalogue.upsert([comic("a.cbz", "A")])
    assert listing.count(FileFilter(missing=("title", "genres"))).files == 1
    catalogue.upsert([comic("a.cbz", "A", title="T", genres=["Crime"])])
    for tag in ("title", "genres"):
        assert listing.count(FileFilter(missing=(tag,))).files == 0
        assert found(listing, missing=(tag,)) == []


def test_count_stops_at_its_cap(catalogue: Catalogue, listing: Listing) -> None:
    many(catalogue, 30)
    assert listing.count(FileFilter(text="x"), cap=10) == CappedCount(10, is_capped=True)
    assert listing.count(FileFilter(text="x"), cap=30) == CappedCount(30, is_capped=False)
    assert listing.count(FileFilter()) == CappedCount(30, is_capped=False)


def test_counts_that_need_the_rows_stop_earlier(catalogue: Catalogue, listing: Listing) -> None:
    catalogue.upsert([comic(f"X {n}.cbz", "X", str(n), year=1990 + n % 20) for n in range(2200)])
    wanted = FileFilter(year_from=1990, year_to=2008)
    assert listing.count(wanted) == CappedCount(2090, is_capped=False)
    in_folder = FileFilter(folder="/comics")
    assert listing.count(in_folder) == CappedCount(COUNT_CAP_OF_ROWS, is_capped=True)
    assert len(list(listing.paths(in_folder))) == 2200
    assert listing.count(FileFilter(text="x")) == CappedCount(2200, is_capped=False)
    assert len(list(listing.paths(wanted))) == 2090


def test_a_beginning_of_very_many_words_still_finds_them_all(
    catalogue: Catalogue, listing: Listing
) -> None:
    names = [f"Word{chr(97 + n // 26)}{chr(97 + n % 26)}" for n in range(MAX_WORDS_OF_PREFIX + 9)]
    catalogue.upsert([comic(f"{name}.cbz", name) for name in names])
    for beginning in ("wo", "word", "worda"):
        found = list(listing.paths(FileFilter(text=beginning)))
        expected = [name for name in names if name.lower().startswith(beginning)]
        assert len(found) == len(expected)


def test_merging_the_index_changes_no_answer(catalogue: Catalogue, listing: Listing) -> None:
    for start in range(0, 300, 20):
        catalogue.upsert([comic(f"X {n}.cbz", "X", str(n)) for n in range(start, start + 20)])
    catalogue.remove([f"/comics/X {n}.cbz" for n in range(0, 300, 3)])
    before = list(listing.paths(FileFilter(text="x")))
    catalogue.merge_search_index()
    assert list(listing.paths(FileFilter(text="x"))) == before
    assert len(before) == 200


def test_paths_and_ids_cover_all_of_a_filter(catalogue: Catalogue, listing: Listing) -> None:
    many(catalogue, 2300)
    assert len(set(listing.paths(FileFilter(text="x")))) == 2300
    assert len(set(listing.file_ids(FileFilter()))) == 2300


@pytest.mark.parametrize(
    "wanted",
    [
        FileFilter(),
        FileFilter(
            text="a b",
            states=(FileState.FAILED,),
            formats=("cbz",),
            series="S",
            folder="/f",
            root="/",
            year_from=1,
            year_to=2,
            missing=("year",),
        ),
    ],
)
def test_a_filter_survives_json(wanted: FileFilter) -> None:
    assert FileFilter.from_dict(wanted.to_dict()) == wanted


@pytest.mark.parametrize(
    "values",
    [
        {"colour": "red"},
        {"text": 1},
        {"states": ["lost"]},
        {"year_from": "1990"},
        {"year_to": 10_000},
        {"missing": ["pages"]},
        {"formats": 3},
        {"series": "a\0b"},
    ],
)
def test_an_invalid_filter_is_refused(values: dict[str, object]) -> None:
    with pytest.raises(InvalidInput):
        FileFilter.from_dict(values)
