"""Reading lists: stored, replaced, made of files and arcs, shown with what is here and missing."""

from __future__ import annotations

import pytest

from comicmaintainer.database import Database
from comicmaintainer.errors import InvalidInput, NotFound, TargetExists
from comicmaintainer.library.catalogue.catalogue import Catalogue
from comicmaintainer.library.catalogue.listing import Listing
from comicmaintainer.library.reading_lists import list_store
from comicmaintainer.library.reading_lists.cbl import read_cbl, write_cbl
from comicmaintainer.library.reading_lists.model import ListEntry, SourceIds
from comicmaintainer.library.reading_lists.reading_lists import ReadingLists
from tests.kit.clock import Clock
from tests.library.reading_lists.shelf import comic

TIDES = (
    ListEntry("Tide Warden", "1", 2016, 2016, ids={"comicvine": SourceIds("9", "51")}),
    ListEntry("Owl", "7", 2016, 2017),
    ListEntry("Tide Warden", "2", 2016, 2016),
)


@pytest.fixture
def lists(database: Database, listing: Listing, clock: Clock) -> ReadingLists:
    return ReadingLists(database, listing, now=clock)


def here(lists: ReadingLists, list_id: int) -> list[tuple[int, str, str | None]]:
    return [
        (each.position, each.entry.title, None if each.file is None else each.file.name)
        for each in lists.entries(list_id)
    ]


def test_a_list_is_stored_as_it_was_read(lists: ReadingLists) -> None:
    added = lists.add_cbl(write_cbl("Tides", TIDES))
    assert (added.name, added.entries) == ("Tides", 3)
    assert tuple(each.entry for each in lists.entries(added.list_id)) == TIDES
    assert read_cbl(lists.as_cbl(added.list_id)) == ("Tides", TIDES)
    assert lists.get(added.list_id) == lists.named("tides") == added


def test_what_is_here_follows_the_catalogue(lists: ReadingLists, catalogue: Catalogue) -> None:
    list_id = lists.add_cbl(write_cbl("Tides", TIDES)).list_id
    assert lists.count_here(list_id) == 0
    catalogue.upsert([comic("two", "Tide Warden", "2", "2016", 2016)])
    assert here(lists, list_id) == [
        (1, "Tide Warden #1 (2016)", None),
        (2, "Owl #7 (2017)", None),
        (3, "Tide Warden #2 (2016)", "two.cbz"),
    ]
    assert [each.position for each in lists.missing(list_id)] == [1, 2]
    assert [each.position for each in lists.entries(list_id, after=1, limit=1)] == [2]
    catalogue.remove(["/comics/two.cbz"])
    assert lists.count_here(list_id) == 0


def test_a_name_is_taken_once_and_its_list_can_be_replaced(lists: ReadingLists) -> None:
    first = lists.add_cbl(write_cbl("Tides", TIDES))
    with pytest.raises(TargetExists, match="called 'Tides'"):
        lists.add_cbl(write_cbl("Tides", TIDES[:1]))
    assert lists.get(first.list_id).entries == 3
    again = lists.add_cbl(write_cbl("Tides", TIDES[:1]), replace=True)
    assert (again.list_id, again.entries) == (first.list_id, 1)
    assert len(lists.entries(again.list_id)) == 1
    other = lists.add_cbl(write_cbl("Tides", TIDES), name="Tides, all")
    assert other.list_id != first.list_id


def test_a_list_without_a_name_gets_that_of_its_file(lists: ReadingLists) -> None:
    data = write_cbl("", TIDES)
    assert lists.add_cbl(data, other_name="Tides 2016").name == "Tides 2016"
    with pytest.raises(InvalidInput, match="needs a name"):
        lists.add_cbl(data)


def test_lists_are_paged_by_name_with_what_is_here(
    lists: ReadingLists, catalogue: Catalogue
) -> None:
    catalogue.upsert([comic("seven", "Owl", "7", "2016", 2017)])
    for name in ("Order 10", "order 2", "Äpfel"):
        lists.add_cbl(write_cbl(name, TIDES))
    shown, key = lists.page(limit=2)
    assert [(each.name, count) for each, count in shown] == [("Äpfel", 1), ("order 2", 1)]
    rest, end = lists.page(after_key=key)
    assert ([each.name for each, _ in rest], end) == (["Order 10"], None)


def test_a_removed_list_is_gone_with_its_entries(lists: ReadingLists, database: Database) -> None:
    list_id = lists.add_cbl(write_cbl("Tides", TIDES)).list_id
    assert lists.remove(list_id).name == "Tides"
    assert database.rows("SELECT * FROM reading_list_entries") == []
    for missing in (lambda: lists.get(list_id), lambda: lists.remove(list_id)):
        with pytest.raises(NotFound):
            missing()
    with pytest.raises(NotFound):
        lists.named("Tides")


def test_a_list_is_made_of_files_with_their_ids(lists: ReadingLists, catalogue: Catalogue) -> None:
    catalogue.upsert(
        [
            comic("b", "Owl", "10", "2016", 2017, format="Annual"),
            comic("a", "Owl", "9", web=["https://comicvine.gamespot.com/x/4000-7/"]),
            comic("scan", None, None),
        ]
    )
    paths = [f"/comics/{name}.cbz" for name in ("b", "scan", "a", "unknown")]
    added = lists.add_files(" My  owls ", paths)
    assert (added.name, lists.count_here(added.list_id)) == ("My owls", 2)
    assert [each.entry for each in lists.entries(added.list_id)] == [
        ListEntry("Owl", "9", ids={"comicvine": SourceIds(None, "7")}),
        ListEntry("Owl", "10", 2016, 2017, "Annual"),
        ListEntry("scan"),
    ]
    with pytest.raises(InvalidInput, match="at least one"):
        lists.add_files("None", ["/comics/unknown.cbz"])


def arc(name: str, number: str | None) -> list[dict[str, str | None]]:
    return [{"name": "Other arc", "number": "1"}, {"name": name, "number": number}]


def test_a_list_is_made_of_a_story_arc_in_its_order(
    lists: ReadingLists, catalogue: Catalogue
) -> None:
    catalogue.upsert(
        [
            comic("a", "Owl", "1", story_arcs=arc("The Long Night", "10")),
            comic("b", "Owl", "2", story_arcs=arc("The long night", "2")),
            comic("c", "Fox", "1", story_arcs=arc("The Long Night", None)),
            comic("d", "Fox", "2", story_arcs=arc("The Long Night of Ice", "1")),
            comic("e", "The Long Night", "1"),
        ]
    )
    added = lists.add_arc("the long night")
    titles = [each.entry.title for each in lists.entries(added.list_id)]
    assert (added.name, titles) == ("the long night", ["Owl #2", "Owl #1", "Fox #1"])
    with pytest.raises(NotFound, match="'Long'"):
        lists.add_arc("Long")


def test_a_page_of_long_lists_ends_early(
    lists: ReadingLists, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(list_store, "MAX_PAGE_ENTRIES", 5)
    for name in "abcd":
        lists.add_cbl(write_cbl(name, TIDES * (3 if name == "c" else 1)))
    pages, key = [], None
    while True:
        shown, key = lists.page(after_key=key)
        pages.append([each.name for each, _ in shown])
        if key is None:
            break
    assert pages == [["a"], ["b"], ["c"], ["d"]]
    monkeypatch.setattr(list_store, "MAX_PAGE_ENTRIES", 6)
    assert [each.name for each, _ in lists.page()[0]] == ["a", "b"]
