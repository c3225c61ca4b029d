"""A series on its shelf: in order of number, with gaps, copies and what lacks tags."""

from __future__ import annotations

from dataclasses import replace

import pytest

from comicmaintainer.database import Database
from comicmaintainer.errors import NotFound
from comicmaintainer.library.catalogue.catalogue import Catalogue
from comicmaintainer.library.catalogue.model import FileFacts, FileState, SeenFile
from comicmaintainer.library.series_shelf import Place, SeriesShelf, Shelves, neighbours
from tests.library.reading_lists.shelf import comic


@pytest.fixture
def shelves(database: Database) -> Shelves:
    return Shelves(database)


def numbers(shelf: SeriesShelf, volume: int = 0) -> list[str]:
    """The numbers of a volume's places; gaps are in brackets."""
    return [
        f"({place.number}-{place.last})" if place.missing else f"{place.number}"
        for place in shelf.volumes[volume].places
    ]


def with_pages(seen: SeenFile, pages: bytes) -> SeenFile:
    facts = seen.facts or FileFacts()
    return replace(seen, facts=replace(facts, fingerprint=pages))


def test_comics_are_in_order_of_number_whether_or_not_they_name_the_volume(
    catalogue: Catalogue, shelves: Shelves
) -> None:
    catalogue.upsert(
        [
            comic("a", "Owl", "10", "2016"),
            comic("b", "Owl", "2"),
            comic("c", "Owl", "1", "2016"),
            comic("d", "The Owl", "2.5"),
            comic("e", "Owl", "9"),
        ]
    )
    shelf = shelves.of_series("owl")
    assert [volume.volume for volume in shelf.volumes] == ["2016"]
    assert numbers(shelf) == ["1", "2", "2.5", "(3-8)", "9", "10"]
    assert shelf.volumes[0].missing == 6


def test_several_volumes_stand_apart_and_unnumbered_comics_come_last(
    catalogue: Catalogue, shelves: Shelves
) -> None:
    catalogue.upsert(
        [
            comic("a", "Owl", "1", "10"),
            comic("b", "Owl", "1", "2"),
            comic("c", "Owl", "7"),
            comic("d", "Owl", None, "1"),
            comic("e", "Owl", None, "3"),
            comic("f", "Owl", None),
        ]
    )
    shelf = shelves.of_series("Owl")
    assert [(volume.volume, volume.is_of_volumes) for volume in shelf.volumes] == [
        ("2", False),
        ("10", False),
        (None, False),
        (None, True),
        (None, False),
    ]
    assert [numbers(shelf, at) for at in range(5)] == [
        ["1"],
        ["1"],
        ["7"],
        ["1", "(2-2)", "3"],
        ["None"],
    ]


def test_comics_of_one_number_share_its_place_and_copies_are_told_by_their_pages(
    catalogue: Catalogue, shelves: Shelves
) -> None:
    catalogue.upsert(
        [
            with_pages(comic("a", "Owl", "1"), b"same"),
            with_pages(comic("b", "Owl", "001"), b"same"),
            with_pages(comic("c", "Owl", "#1"), b"other"),
        ]
    )
    (place,) = shelves.of_series("Owl").volumes[0].places
    assert [each.file.name for each in place.files] == ["a.cbz", "b.cbz", "c.cbz"]
    first = place.files[0].file.file_id
    assert [each.copy_of for each in place.files] == [None, first, None]


def test_a_damaged_comic_comes_after_a_sound_one_and_lacks_nothing(
    catalogue: Catalogue, shelves: Shelves
) -> None:
    catalogue.upsert(
        [comic("a", "Owl", "1", year=2019), comic("b", "Owl", "1", year=2019, title="Dusk")]
    )
    catalogue.set_state("/comics/a.cbz", FileState.FAILED, reason="torn")
    shelf = shelves.of_series("Owl")
    assert [each.file.name for each in shelf.files] == ["b.cbz", "a.cbz"]
    assert shelf.lacking()["year"] == 1
    assert "title" not in shelf.lacking()


def test_what_the_files_say_together(catalogue: Catalogue, shelves: Shelves) -> None:
    catalogue.upsert(
        [
            comic("a", "Owl", "1", year=2016),
            comic("b", "Owl", "2", year=2019),
            comic("c", "The Owl", "3"),
        ]
    )
    shelf = shelves.of_series("Owl")
    assert shelf.years() == (2016, 2019)
    assert shelf.spellings() == {"Owl": 2, "The Owl": 1}
    assert shelf.publishers() == {}
    assert not shelf.is_capped


def test_no_more_files_than_the_limit_are_shown(catalogue: Catalogue, database: Database) -> None:
    catalogue.upsert([comic(str(number), "Owl", str(number)) for number in range(5)])
    shelf = Shelves(database, max_files=3).of_series("Owl")
    assert (len(shelf.files), shelf.is_capped) == (3, True)


def test_neighbours_follow_the_order_of_the_shelf(catalogue: Catalogue, shelves: Shelves) -> None:
    catalogue.upsert(
        [comic("a", "Owl", "3"), comic("b", "Owl", "1", "2016"), comic("c", "Owl", "2")]
    )
    shelf = shelves.of_series("Owl")
    ids = {each.file.name: each.file.file_id for each in shelf.files}
    found = neighbours(shelf, ids["c.cbz"])
    assert found is not None
    assert found.before is not None
    assert found.after is not None
    assert (found.before.name, found.after.name) == ("b.cbz", "a.cbz")
    assert (found.position, found.of) == (2, 3)
    last = neighbours(shelf, ids["a.cbz"])
    assert last is not None
    assert last.after is None
    assert neighbours(shelf, 999) is None


def test_a_series_without_files_is_not_found(shelves: Shelves) -> None:
    with pytest.raises(NotFound, match="No file is of the series 'Heron'"):
        shelves.of_series("Heron")


def test_a_gap_that_is_too_long_is_none(catalogue: Catalogue, shelves: Shelves) -> None:
    catalogue.upsert([comic("a", "Owl", "1"), comic("b", "Owl", "700")])
    places = shelves.of_series("Owl").volumes[0].places
    assert all(isinstance(place, Place) and not place.missing for place in places)
