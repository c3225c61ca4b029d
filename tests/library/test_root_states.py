"""Roots that are no longer watched: kept for a while, then forgotten; watched ones never are."""

from __future__ import annotations

from pathlib import Path

import pytest

from comicmaintainer.database import Database
from comicmaintainer.errors import Conflict, NotFound
from comicmaintainer.library.catalogue.catalogue import Catalogue
from comicmaintainer.library.catalogue.file_filter import FileFilter
from comicmaintainer.library.catalogue.listing import Listing
from comicmaintainer.library.catalogue.model import SeenFile
from comicmaintainer.library.journal import Journal, PlannedChange
from comicmaintainer.library.root_states import KEEP_UNWATCHED_S, RootStates
from comicmaintainer.library.roots import LibraryRoots
from tests.kit.clock import Clock


class House:
    """Two folders that were watched, /old with two comics and /new with one."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self.database = database
        self.clock = clock
        self.catalogue = Catalogue(database, now=clock)
        self.listing = Listing(database)
        for folder in ("/old", "/new"):
            self.catalogue.add_root(folder)
        self.catalogue.upsert(
            SeenFile(path, 10, 1, 1, number)
            for number, path in enumerate(["/old/1.cbz", "/old/A/2.cbz", "/new/3.cbz"])
        )

    def watching(self, *folders: str) -> RootStates:
        roots = LibraryRoots(map(Path, folders))
        return RootStates(self.database, self.catalogue, roots, now=self.clock)

    def paths(self) -> list[str]:
        return sorted(self.listing.paths(FileFilter()))


@pytest.fixture
def house(database: Database, clock: Clock) -> House:
    return House(database, clock)


def test_a_root_that_is_no_longer_watched_is_kept_and_then_forgotten(house: House) -> None:
    states = house.watching("/new")
    states.note_watched()
    assert [(root.path, root.files, root.is_watched) for root in states.all()] == [
        ("/new", 1, True), ("/old", 2, False),
    ]  # fmt: skip
    house.clock.at += KEEP_UNWATCHED_S - 1
    states.note_watched()
    assert states.forget_expired() == 0
    house.clock.at += 2
    states.note_watched()
    assert states.forget_expired() == 2
    assert house.paths() == ["/new/3.cbz"]
    assert [root.path for root in states.all()] == ["/new"]


def test_watching_it_again_in_time_keeps_everything(house: House) -> None:
    house.watching("/new").note_watched()
    house.clock.at += KEEP_UNWATCHED_S - 1
    house.watching("/new", "/old").note_watched()
    house.clock.at += 2
    states = house.watching("/new")
    states.note_watched()
    assert states.forget_expired() == 0
    assert len(house.paths()) == 3


def test_a_watched_folder_whose_disk_is_gone_is_never_forgotten(house: House) -> None:
    states = house.watching("/new", "/old")  # neither is there on this computer
    for _ in range(3):
        states.note_watched()
        house.clock.at += 2 * KEEP_UNWATCHED_S
        assert states.forget_expired() == 0
    with pytest.raises(Conflict, match="is watched"):
        states.forget("/old")
    assert len(house.paths()) == 3


def test_a_missing_setting_does_not_forget_anything(house: House) -> None:
    states = house.watching()
    states.note_watched()
    house.clock.at += 2 * KEEP_UNWATCHED_S
    assert states.forget_expired() == 0
    assert len(house.paths()) == 3


def test_a_known_root_can_be_forgotten_at_once(house: House) -> None:
    states = house.watching("/new")
    assert states.forget("/old") == 2
    with pytest.raises(NotFound):
        states.forget("/old")
    assert house.paths() == ["/new/3.cbz"]


def test_a_folder_inside_that_is_watched_now_keeps_its_rows(house: House) -> None:
    before = house.catalogue.by_path("/old/A/2.cbz")
    states = house.watching("/new", "/old/A")
    assert states.forget("/old") == 1
    after = house.catalogue.by_path("/old/A/2.cbz")
    assert before is not None
    assert after is not None
    assert after.file_id == before.file_id


def test_a_folder_around_it_that_is_watched_now_counts_as_watching_it(house: House) -> None:
    house.catalogue.add_root("/shelf/inner")
    states = house.watching("/new", "/old", "/shelf")
    assert all(root.is_watched for root in states.all())


def test_what_undo_needs_outlives_the_root(house: House, journal: Journal) -> None:
    change_id = journal.plan(PlannedChange("rename", "/old/1.cbz", "/old/one.cbz"))
    house.watching("/new").forget("/old")
    assert journal.get(change_id).path_before == "/old/1.cbz"


def test_the_size_of_a_root_follows_every_kind_of_write(house: House) -> None:
    def sizes() -> list[int]:
        return [root.size_bytes for root in house.watching("/new", "/old").all()]

    assert sizes() == [10, 20]
    house.catalogue.upsert([SeenFile("/old/1.cbz", 25, 2, 1, 0)])
    assert sizes() == [10, 35]
    house.catalogue.move("/old/1.cbz", "/new/1.cbz")
    assert sizes() == [35, 10]
    house.catalogue.remove(["/new/1.cbz", "/old/A/2.cbz"])
    assert sizes() == [10, 0]
