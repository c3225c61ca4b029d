"""Conflicts in the catalogue: listed with what tells apart, taken back when the cause is gone."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest
from pysqlite3 import dbapi2 as driver

from comicmaintainer.database import Database, SqliteDatabase
from comicmaintainer.database.schema_steps import bring_up_to_date, steps
from comicmaintainer.errors import InvalidInput
from comicmaintainer.library.catalogue.catalogue import Catalogue
from comicmaintainer.library.catalogue.file_filter import FileFilter
from comicmaintainer.library.catalogue.listing import Listing
from comicmaintainer.library.catalogue.model import (
    DuplicateBy,
    FileFacts,
    FileMark,
    FileState,
    SeenFile,
)
from comicmaintainer.library.conflicts import Conflicts
from comicmaintainer.library.journal import Journal, PlannedChange
from tests.kit.clock import Clock

INODES = count(1)
NAME = "/comics/Saga #0001.cbz"
CONFLICT = FileMark(
    FileState.CONFLICT, "Another comic has the name Saga #0001.cbz.", conflict_with=NAME
)
DUPLICATE = FileMark(
    FileState.DUPLICATE, duplicate_of=NAME, duplicate_by=DuplicateBy.PAGES
)  # fmt: skip


def comic(path: str, pages: str, *, mtime_ns: int = 1, **tags: object) -> SeenFile:
    facts = FileFacts(
        format="cbz",
        page_count=20,
        tags=tags,
        fingerprint=pages.encode(),
        series="Saga",
        issue="1",
    )
    return SeenFile(path, 10, mtime_ns, 1, next(INODES), facts)


@pytest.fixture
def conflicts(database: Database, journal: Journal) -> Conflicts:
    return Conflicts(database, journal)


@pytest.fixture
def shelf(catalogue: Catalogue) -> Catalogue:
    """The name's holder, a file in conflict with it, a copy of it."""
    catalogue.upsert(
        [
            comic(NAME, "1", series="Saga", issue="1", volume=1),
            comic("/comics/Saga 1.cbz", "2", series="Saga", issue="1", volume=11),
            comic("/comics/more/Saga 1.cbz", "1"),
        ]
    )
    catalogue.set_marks([("/comics/Saga 1.cbz", CONFLICT), ("/comics/more/Saga 1.cbz", DUPLICATE)])
    return catalogue


def mark(catalogue: Catalogue, path: str) -> FileMark:
    file = catalogue.by_path(path)
    assert file is not None
    return file.mark


def found(listing: Listing, state: FileState) -> list[str]:
    """The files of a state, found by the search index and by the rows alone."""
    by_rows = [file.path for file in listing.page(FileFilter(states=(state,))).files]
    by_words = [file.path for file in listing.page(FileFilter(text="saga", states=(state,))).files]
    assert by_rows == by_words
    assert listing.count(FileFilter(states=(state,))).files == len(by_rows)
    return by_rows


def test_a_conflict_is_listed_beside_the_file_that_has_the_name(
    shelf: Catalogue, conflicts: Conflicts
) -> None:
    groups, next_key = conflicts.groups()
    assert next_key is None
    (group,) = groups
    assert (group.path, group.count) == (NAME, 1)
    assert group.holder is not None
    assert group.holder.path == NAME
    (one,) = group.files
    assert one.file.path == "/comics/Saga 1.cbz"
    assert [(each.field, each.own, each.other) for each in one.apart] == [("volume", "11", "1")]
    assert one.likeness is None
    assert conflicts.count() == (1, 1)


def test_the_conflict_of_one_file_and_of_files_without(
    shelf: Catalogue, conflicts: Conflicts
) -> None:
    group = conflicts.of_file("/comics/Saga 1.cbz")
    assert group is not None
    assert [one.file.path for one in group.files] == ["/comics/Saga 1.cbz"]
    for path in (NAME, "/comics/more/Saga 1.cbz", "/comics/unknown.cbz"):
        assert conflicts.of_file(path) is None


def test_former_names_from_the_journal_are_a_difference(
    shelf: Catalogue, conflicts: Conflicts, journal: Journal
) -> None:
    change_id = journal.plan(
        PlannedChange("rename", "/comics/Saga Extra 1.cbz", NAME, {}, {}, "job", 0)
    )
    journal.confirm(change_id, {})
    (group,), _ = conflicts.groups()
    told = {each.field: each.other for each in group.files[0].apart}
    assert told["words"] == "Extra"


def test_a_name_whose_file_is_not_catalogued_is_listed_without_it(
    shelf: Catalogue, conflicts: Conflicts
) -> None:
    elsewhere = FileMark(FileState.CONFLICT, "why", conflict_with="/comics/folder.cbz")
    shelf.set_marks([("/comics/more/Saga 1.cbz", elsewhere)])
    groups, _ = conflicts.groups()
    assert [(group.path, group.holder is None) for group in groups] == [
        (NAME, False),
        ("/comics/folder.cbz", True),
    ]


def test_groups_are_paged_by_name(shelf: Catalogue, conflicts: Conflicts) -> None:
    marks = []
    for number in range(5):
        path = f"/comics/other {number}.cbz"
        shelf.upsert([comic(path, f"other {number}")])
        marks.append((path, FileMark(FileState.CONFLICT, None, conflict_with=f"/comics/{number}")))
    shelf.set_marks(marks)
    seen, after = [], None
    while True:
        groups, after = conflicts.groups(after_key=after, limit=2)
        seen += [group.path for group in groups]
        if after is None:
            break
    assert seen == [f"/comics/{number}" for number in range(5)] + [NAME]
    with pytest.raises(InvalidInput):
        conflicts.groups(after_key="nonsense")


def test_filters_counts_and_search_know_the_state(shelf: Catalogue, listing: Listing) -> None:
    assert found(listing, FileState.CONFLICT) == ["/comics/Saga 1.cbz"]
    assert found(listing, FileState.DUPLICATE) == ["/comics/more/Saga 1.cbz"]
    assert listing.totals()[("conflict", "cbz")] == 1


@pytest.mark.parametrize(
    "takes_away",
    [
        lambda catalogue: catalogue.remove([NAME]),
        lambda catalogue: catalogue.move(NAME, "/elsewhere/Saga.cbz"),
    ],
)
def test_conflicts_and_duplicates_end_when_the_other_file_has_left(
    shelf: Catalogue, listing: Listing, takes_away: Callable[[Catalogue], object]
) -> None:
    takes_away(shelf)
    for path in ("/comics/Saga 1.cbz", "/comics/more/Saga 1.cbz"):
        assert mark(shelf, path) == FileMark(FileState.UNPROCESSED)
    assert found(listing, FileState.CONFLICT) == found(listing, FileState.DUPLICATE) == []
    assert len(found(listing, FileState.UNPROCESSED)) == 2


def test_conflicts_end_when_the_folder_or_the_root_of_the_other_is_forgotten(
    catalogue: Catalogue,
) -> None:
    catalogue.add_root("/more")
    for holder, forget in (
        ("/comics/deep/Saga.cbz", lambda: catalogue.forget_folder("/comics/deep")),
        ("/more/Saga.cbz", lambda: catalogue.forget_root("/more")),
    ):
        catalogue.upsert([comic(holder, "1"), comic("/comics/a.cbz", "2")])
        in_conflict = FileMark(FileState.CONFLICT, "why", conflict_with=holder)
        catalogue.set_marks([("/comics/a.cbz", in_conflict)])
        assert forget() == 1
        assert mark(catalogue, "/comics/a.cbz") == FileMark(FileState.UNPROCESSED)


def test_another_name_of_the_other_file_frees_the_name_and_its_copies_follow(
    shelf: Catalogue, listing: Listing
) -> None:
    shelf.move(NAME, "/comics/Saga v01 #0001.cbz")
    assert mark(shelf, "/comics/Saga 1.cbz") == FileMark(FileState.UNPROCESSED)
    copy = mark(shelf, "/comics/more/Saga 1.cbz")
    assert (copy.state, copy.duplicate_of) == ("duplicate", "/comics/Saga v01 #0001.cbz")
    assert len(found(listing, FileState.UNPROCESSED)) == 2


def test_a_file_in_conflict_is_unprocessed_after_a_rename(
    shelf: Catalogue, listing: Listing
) -> None:
    shelf.move("/comics/Saga 1.cbz", "/comics/Saga Annual 1.cbz")
    assert mark(shelf, "/comics/Saga Annual 1.cbz") == FileMark(FileState.UNPROCESSED)
    assert found(listing, FileState.CONFLICT) == []


def test_other_pages_clear_marks_made_for_the_old_ones(shelf: Catalogue) -> None:
    shelf.upsert([comic("/comics/Saga 1.cbz", "new", mtime_ns=2)])
    assert mark(shelf, "/comics/Saga 1.cbz") == FileMark(FileState.UNPROCESSED)
    shelf.upsert([comic(NAME, "other pages", mtime_ns=2)])
    assert mark(shelf, "/comics/more/Saga 1.cbz") == FileMark(FileState.UNPROCESSED)


def test_other_tags_change_nothing_about_marks(shelf: Catalogue) -> None:
    shelf.upsert([comic(NAME, "1", mtime_ns=2, title="x")])
    shelf.upsert([comic("/comics/Saga 1.cbz", "2", mtime_ns=2, title="x")])
    assert mark(shelf, "/comics/Saga 1.cbz") == CONFLICT
    assert mark(shelf, "/comics/more/Saga 1.cbz") == DUPLICATE


def test_marks_pass_through_the_journal_s_json() -> None:
    for each in (CONFLICT, DUPLICATE, FileMark(FileState.FAILED, "broken")):
        assert FileMark.from_json(each.to_json()) == each
    before = ["duplicate", None, "/comics/a.cbz"]
    assert FileMark.from_json(before) == FileMark(FileState.DUPLICATE, duplicate_of="/comics/a.cbz")


# --- catalogues of earlier releases ---------------------------------------------------------------


def earlier_catalogue(path: Path) -> None:
    """A database from before conflicts: duplicates of one name, of which the pages are known."""
    path.parent.mkdir(parents=True)
    connection = driver.connect(str(path), isolation_level=None)
    bring_up_to_date(connection, path, up_to=steps().index("0010_conflicts.sql"))
    connection.execute("INSERT INTO roots (root_id, path, first_seen_at) VALUES (1, '/comics', 1)")
    connection.execute("INSERT INTO folders (folder_id, root_id, path) VALUES (1, 1, '/comics')")
    rows = [
        ("original", "processed", None, b"1"),
        ("copy", "duplicate", "/comics/original.cbz", b"1"),
        ("other comic", "duplicate", "/comics/original.cbz", b"2"),
        ("looks alike", "duplicate", "/comics/original.cbz", b"3"),
        ("never read", "duplicate", "/comics/original.cbz", None),
        ("of nothing", "duplicate", "/comics/gone.cbz", b"4"),
    ]
    for number, (name, state, duplicate_of, pages) in enumerate(rows, start=1):
        connection.execute(
            "INSERT INTO files (file_id, root_id, folder_id, name, path, size_bytes, mtime_ns, "
            "state, duplicate_of, series, fingerprint, added_at, changed_at, read_at) "
            "VALUES (?, 1, 1, ?, ?, 1, 1, ?, ?, 'Saga', ?, 1, 1, 1)",
            (number, f"{name}.cbz", f"/comics/{name}.cbz", state, duplicate_of, pages),
        )
    for file_id in (1, 4):
        connection.execute("INSERT INTO file_pictures VALUES (?, 1, 1, 1, 0)", (file_id,))
        connection.execute("INSERT INTO near_members VALUES (?, 1)", (file_id,))
    connection.close()


def test_duplicates_by_name_only_are_checked_again(tmp_path: Path, clock: Clock) -> None:
    earlier_catalogue(tmp_path / "config" / "jobs.db")
    database = SqliteDatabase(tmp_path / "config" / "jobs.db")
    catalogue = Catalogue(database, now=clock)
    assert mark(catalogue, "/comics/other comic.cbz").state == "duplicate"
    assert catalogue.check_name_duplicates() == 3
    marks = {name: mark(catalogue, f"/comics/{name}.cbz") for name in NAMES_OF_EARLIER}
    assert {name: (each.state, each.duplicate_by) for name, each in marks.items()} == {
        "original": ("processed", None),
        "copy": ("duplicate", "pages"),
        "other comic": ("conflict", None),
        "looks alike": ("duplicate", "look"),
        "never read": ("duplicate", None),
        "of nothing": ("duplicate", None),
    }
    assert marks["other comic"].conflict_with == "/comics/original.cbz"
    assert marks["other comic"].duplicate_of is None
    assert found(Listing(database), FileState.CONFLICT) == ["/comics/other comic.cbz"]
    assert catalogue.check_name_duplicates() == 0
    database.close()


NAMES_OF_EARLIER = ("original", "copy", "other comic", "looks alike", "never read", "of nothing")
