from __future__ import annotations

import random

import pytest

from comicmaintainer.database import Database
from comicmaintainer.errors import FileMissing
from comicmaintainer.library.catalogue.catalogue import Catalogue
from comicmaintainer.library.catalogue.file_filter import FileFilter
from comicmaintainer.library.catalogue.listing import Listing
from comicmaintainer.library.catalogue.model import FileFacts, FileState, SeenFile
from comicmaintainer.library.catalogue.series_listing import SeriesListing
from tests.kit.clock import Clock
from tests.kit.databases import Place

pytestmark = pytest.mark.both_databases


def seen(path: str, *, mtime_ns: int = 1, size_bytes: int = 10, **facts: object) -> SeenFile:
    known = FileFacts(format="cbz", page_count=20, **facts) if facts else None  # type: ignore[arg-type]
    return SeenFile(path, size_bytes, mtime_ns, 1, abs(hash(path)), known)


def batman(issue: int) -> SeenFile:
    return seen(
        f"/comics/Batman/Batman {issue:03d}.cbz",
        series="Batman",
        issue=str(issue),
        tags={"series": "Batman", "issue": str(issue), "genres": ["Crime"]},
        fingerprint=f"pages {issue}".encode(),
    )


def test_upsert_records_new_files_as_unprocessed(catalogue: Catalogue) -> None:
    assert catalogue.upsert([batman(1), batman(2)]) == 2
    file = catalogue.by_path("/comics/Batman/Batman 001.cbz")
    assert file is not None
    assert (file.state, file.series, file.issue) == (FileState.UNPROCESSED, "Batman", "1")
    assert file.tags["genres"] == ["Crime"]
    assert catalogue.get(file.file_id) == file


def test_get_of_an_unknown_id_is_missing(catalogue: Catalogue) -> None:
    with pytest.raises(FileMissing):
        catalogue.get(404)


def test_upsert_skips_files_outside_the_roots(catalogue: Catalogue) -> None:
    assert catalogue.upsert([seen("/elsewhere/A.cbz", series="A")]) == 0
    assert catalogue.by_path("/elsewhere/A.cbz") is None


def test_a_file_that_cannot_be_read_is_failed_and_recovers_when_it_can(
    catalogue: Catalogue,
) -> None:
    catalogue.upsert([seen("/comics/a.cbz", reason="It is cut off.")])
    file = catalogue.by_path("/comics/a.cbz")
    assert file is not None
    assert (file.state, file.reason) == (FileState.FAILED, "It is cut off.")
    catalogue.upsert([seen("/comics/a.cbz", mtime_ns=2, series="A")])
    file = catalogue.by_path("/comics/a.cbz")
    assert file is not None
    assert (file.state, file.reason) == (FileState.UNPROCESSED, None)


def test_state_stays_when_only_tags_change_and_is_reset_when_pages_do(catalogue: Catalogue) -> None:
    path = "/comics/a.cbz"
    catalogue.upsert([seen(path, series="A", fingerprint=b"1")])
    assert catalogue.set_state(path, FileState.PROCESSED)
    catalogue.upsert([seen(path, mtime_ns=2, series="B", fingerprint=b"1")])
    file = catalogue.by_path(path)
    assert file is not None
    assert (file.state, file.series) == (FileState.PROCESSED, "B")
    catalogue.upsert([seen(path, mtime_ns=3, series="B", fingerprint=b"2")])
    file = catalogue.by_path(path)
    assert file is not None
    assert file.state is FileState.UNPROCESSED


def test_move_keeps_id_state_and_facts_and_is_found_under_the_new_name(
    catalogue: Catalogue, listing: Listing
) -> None:
    catalogue.upsert([batman(1)])
    catalogue.set_state("/comics/Batman/Batman 001.cbz", FileState.PROCESSED)
    before = catalogue.by_path("/comics/Batman/Batman 001.cbz")
    assert catalogue.move("/comics/Batman/Batman 001.cbz", "/comics/New/Nightwing.cbz")
    after = catalogue.by_path("/comics/New/Nightwing.cbz")
    assert before is not None
    assert after is not None
    assert (after.file_id, after.state, after.series) == (
        before.file_id,
        FileState.PROCESSED,
        "Batman",
    )
    assert catalogue.by_path("/comics/Batman/Batman 001.cbz") is None
    assert list(listing.paths(FileFilter(text="nightwing"))) == ["/comics/New/Nightwing.cbz"]


def test_move_over_a_stale_row_replaces_it(catalogue: Catalogue) -> None:
    catalogue.upsert([batman(1), batman(2)])
    moved = catalogue.by_path("/comics/Batman/Batman 001.cbz")
    assert catalogue.move("/comics/Batman/Batman 001.cbz", "/comics/Batman/Batman 002.cbz")
    at_target = catalogue.by_path("/comics/Batman/Batman 002.cbz")
    assert moved is not None
    assert at_target is not None
    assert at_target.file_id == moved.file_id


def test_remove_forgets_file_counts_series_and_search(
    catalogue: Catalogue, listing: Listing, series_listing: SeriesListing
) -> None:
    catalogue.upsert([batman(1)])
    assert catalogue.remove(["/comics/Batman/Batman 001.cbz", "/comics/none.cbz"]) == 1
    assert listing.totals() == {}
    assert series_listing.page(FileFilter()) == ((), None)
    assert listing.page(FileFilter(text="batman")).files == ()


def test_ids_are_never_reused(catalogue: Catalogue) -> None:
    catalogue.upsert([batman(1)])
    first = catalogue.by_path("/comics/Batman/Batman 001.cbz")
    catalogue.remove(["/comics/Batman/Batman 001.cbz"])
    catalogue.upsert([batman(1)])
    second = catalogue.by_path("/comics/Batman/Batman 001.cbz")
    assert first is not None
    assert second is not None
    assert second.file_id > first.file_id


def test_totals_follow_every_kind_of_write(catalogue: Catalogue, listing: Listing) -> None:
    catalogue.upsert([batman(number) for number in range(5)])
    catalogue.set_state("/comics/Batman/Batman 003.cbz", FileState.DUPLICATE, duplicate_of="x")
    catalogue.remove(["/comics/Batman/Batman 004.cbz"])
    assert listing.totals() == {("unprocessed", "cbz"): 3, ("duplicate", "cbz"): 1}


def test_search_order_follows_sort_keys_after_thousands_of_random_writes(
    catalogue: Catalogue, listing: Listing, database: Database
) -> None:
    chance = random.Random(7)
    names = [f"S{number % 40:02d}" for number in range(1500)]
    files = [
        seen(f"/comics/{name}/{name} {number}.cbz", series=name, issue=str(number))
        for number, name in enumerate(names)
    ]
    chance.shuffle(files)
    # One by one at the same spot uses gaps up; in batches neighbours come together.
    for file in files[:500]:
        catalogue.upsert([file])
    catalogue.upsert(files[500:])
    for file in files[:200]:
        catalogue.move(file.path, file.path.replace(".cbz", " again.cbz"))
    catalogue.remove([file.path for file in files[200:300]])
    rows = database.rows("SELECT path, position FROM files ORDER BY sort_key, file_id")
    positions = [row["position"] for row in rows]
    assert positions == sorted(set(positions))
    by_search = list(listing.paths(FileFilter(formats=("cbz",))))
    assert by_search == [row["path"] for row in rows]
    assert len(by_search) == 1400


def test_a_root_around_or_inside_an_older_one_takes_over_its_files(
    catalogue: Catalogue, listing: Listing
) -> None:
    catalogue.upsert([batman(1), seen("/comics/Other/1.cbz", series="Other")])
    before = catalogue.by_path("/comics/Batman/Batman 001.cbz")
    catalogue.add_root("/comics/Batman")
    assert list(listing.paths(FileFilter(root="/comics/Batman"))) == [
        "/comics/Batman/Batman 001.cbz"
    ]
    assert list(listing.paths(FileFilter(root="/comics"))) == ["/comics/Other/1.cbz"]
    catalogue.add_root("/comics")
    assert len(list(listing.paths(FileFilter(root="/comics")))) == 2
    assert "/comics/Batman" not in catalogue.roots()
    assert catalogue.by_path("/comics/Batman/Batman 001.cbz") == before


def test_a_forgotten_root_takes_its_files_with_it(catalogue: Catalogue, listing: Listing) -> None:
    catalogue.add_root("/more")
    catalogue.upsert([batman(1), seen("/more/1.cbz", series="More")])
    assert catalogue.forget_root("/comics") == 1
    assert catalogue.forget_root("/comics") == 0
    assert list(listing.paths(FileFilter())) == ["/more/1.cbz"]
    assert listing.page(FileFilter(text="batman")).files == ()
    assert catalogue.roots() == ["/more"]


def test_spellings_of_a_series_are_one_series_with_the_better_name(
    catalogue: Catalogue, listing: Listing, series_listing: SeriesListing
) -> None:
    spellings = ("harbour lights", "Harbour  Lights", "HARBOUR_LIGHTS", "The Harbour Lights")
    catalogue.upsert(
        seen(f"/comics/{number}.cbz", series=series, issue=str(number))
        for number, series in enumerate(spellings)
    )
    (entry,), _ = series_listing.page(FileFilter())
    assert (entry.name, entry.files) == ("Harbour  Lights", 4)
    assert len(listing.page(FileFilter(series="harbour lights")).files) == 4
    assert len(listing.page(FileFilter(text="HARBOUR lights")).files) == 4


def test_a_respelled_series_is_listed_with_the_new_spelling(
    catalogue: Catalogue, series_listing: SeriesListing
) -> None:
    for series in ("harbour lights", "Harbour Lights"):
        catalogue.upsert([seen("/comics/1.cbz", series=series)])
        assert [(entry.name, entry.files) for entry in series_listing.page(FileFilter())[0]] == [
            (series, 1)
        ]


def test_spellings_beside_a_file_are_those_of_its_series_and_folder(catalogue: Catalogue) -> None:
    catalogue.upsert(
        [
            seen("/comics/A/1.cbz", series="Harbour Lights"),
            seen("/comics/A/2.cbz", series="harbour lights"),
            seen("/comics/A/3.cbz", series="Harbour Lights"),
            seen("/comics/A/4.cbz", series="Harbour Lightships"),
            seen("/comics/B/5.cbz", series="HARBOUR LIGHTS"),
        ]
    )
    assert catalogue.spellings_beside("/comics/A/2.cbz", "harbour lights") == {"Harbour Lights": 2}
    assert catalogue.spellings_beside("/comics/A/9.cbz", "harbour_lights") == {
        "Harbour Lights": 2, "harbour lights": 1,
    }  # fmt: skip


def test_a_catalogue_that_reads_ahead_answers_as_usual(catalogue: Catalogue) -> None:
    series = ("Harbour Lights", "harbour lights", "Harbour Lights", "Salt Road", "HARBOUR LIGHTS")
    paths = [f"/comics/{'AB'[n // 4]}/{n}.cbz" for n in range(len(series))]
    catalogue.upsert(seen(path, series=name) for path, name in zip(paths, series, strict=True))
    ahead = catalogue.ahead([*paths, "/comics/A/unknown.cbz"])
    for path in (*paths, "/comics/A/unknown.cbz", "/comics/A/not-asked-for.cbz"):
        assert ahead.by_path(path) == catalogue.by_path(path)
        for name in (*series, "unknown"):
            assert ahead.spellings_beside(path, name) == catalogue.spellings_beside(path, name)


def test_a_row_that_was_read_ahead_is_used_once(catalogue: Catalogue) -> None:
    catalogue.upsert([seen("/comics/1.cbz", series="Salt Road")])
    ahead = catalogue.ahead(["/comics/1.cbz", "/comics/2.cbz"])
    for path in ("/comics/1.cbz", "/comics/2.cbz"):
        before = catalogue.by_path(path)
        catalogue.upsert([seen(path, series="Harbour Lights")])
        assert ahead.by_path(path) == before
        now = ahead.by_path(path)
        assert now is not None
        assert now.series == "Harbour Lights"


def test_files_with_one_number_are_found_in_every_spelling(
    catalogue: Catalogue,
) -> None:
    catalogue.upsert(
        [
            seen("/comics/1.cbz", series="Salt Road", volume="2", issue="7"),
            seen("/comics/2.cbz", series="salt road", volume="2", issue="#7"),
            seen("/comics/3.cbz", series="Salt Road", volume="2", issue="7.0", year=2001),
            seen("/comics/4.cbz", series="Salt Road", volume="1", issue="7"),
            seen("/comics/5.cbz", series="Salt Road", volume="2", issue="7.1"),
            seen("/comics/6.cbz", series="Salt Roads", volume="2", issue="7"),
        ]
    )
    file = catalogue.by_path("/comics/1.cbz")
    assert file is not None
    assert sorted(catalogue.with_same_number(file)) == [
        "/comics/2.cbz", "/comics/3.cbz", "/comics/4.cbz",
    ]  # fmt: skip


def test_files_added_together_are_counted_as_one_by_one(
    catalogue: Catalogue, database: Database, other_place: Place, clock: Clock
) -> None:
    spellings = ["x-men", "X-men", "X-Men", "saga", "SAGA", None, "bone", "x-men", "bone", "Saga"]
    files = [
        seen(
            f"/comics/{number % 3}/{number}.cbz",
            series=series,
            issue=str(number),
            size_bytes=10 + number,
        )
        for number, series in enumerate(spellings * 3)
    ]
    other = other_place.open()
    other_catalogue = Catalogue(other, now=clock)
    other_catalogue.add_root("/comics")
    for each in (catalogue, other_catalogue):
        each.upsert(files[:3])
    catalogue.upsert(files[3:])
    for file in files[3:]:
        other_catalogue.upsert([file])
    for table in ("file_counts", "series", "series_figures", "series_names", "folders"):
        rows = [
            sorted(tuple(row) for row in each.rows(f"SELECT * FROM {table}"))
            for each in (database, other)
        ]
        assert rows[0] == rows[1], table
        assert rows[0]
    assert database.rows("SELECT name, files FROM series ORDER BY name")[0]["files"] > 1
    other.close()


def test_a_new_file_has_its_place_and_mark_from_the_first_write(
    catalogue: Catalogue, listing: Listing, database: Database
) -> None:
    catalogue.upsert([batman(1), batman(9)])
    catalogue.upsert([batman(5), batman(4)], state=FileState.FAILED, reason="torn")
    found = listing.page(FileFilter(text="batman")).files
    assert [(file.issue, file.state, file.reason) for file in found] == [
        ("1", FileState.UNPROCESSED, None),
        ("4", FileState.FAILED, "torn"),
        ("5", FileState.FAILED, "torn"),
        ("9", FileState.UNPROCESSED, None),
    ]
    assert listing.totals() == {("unprocessed", "cbz"): 2, ("failed", "cbz"): 2}
    assert database.value("SELECT count(*) FROM file_search") == 4
