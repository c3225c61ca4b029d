from __future__ import annotations

from pathlib import Path

import pytest

from comicmaintainer.errors import Conflict, FileMissing, OutsideLibrary, TrashEntryNotFound
from comicmaintainer.filesystem.folders import make_folder
from comicmaintainer.filesystem.renames import move
from comicmaintainer.library.roots import LibraryRoots
from comicmaintainer.library.trash import Trash, digest_of
from tests.kit.clock import Clock

DAY_S = 86400.0


class Shelf:
    """Two roots with a trash, and the move that operations do."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self.roots = LibraryRoots([folder / "one", folder / "two"])
        self.trash = Trash(self.roots, now=clock)

    def put(self, name: str, size_bytes: int = 10) -> Path:
        path = self.roots.paths[0].parent / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x" * size_bytes)
        return path

    def delete(self, path: Path) -> Path:
        place = self.trash.place_for(path)
        make_folder(place.parent)
        move(path, place)
        return place


@pytest.fixture
def shelf(tmp_path: Path, clock: Clock) -> Shelf:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    return Shelf(tmp_path, clock)


def test_a_deleted_file_is_listed_with_where_and_when_it_was(shelf: Shelf, clock: Clock) -> None:
    path = shelf.put("one/Series/1.cbz")
    place = shelf.delete(path)
    (entry,) = shelf.trash.entries()
    assert entry.original_path == str(path)
    assert entry.kept_path == str(place)
    assert (entry.size_bytes, entry.deleted_at) == (10, clock.at)
    assert shelf.trash.get(entry.trash_id) == entry
    assert place.is_relative_to(shelf.roots.paths[0] / ".comicmaintainer/trash")


def test_files_with_one_name_do_not_collide_in_the_trash(shelf: Shelf) -> None:
    for content in range(3):
        shelf.delete(shelf.put("one/1.cbz", content))
    assert sorted(entry.size_bytes for entry in shelf.trash.entries()) == [0, 1, 2]


def test_the_trash_is_never_walked(shelf: Shelf) -> None:
    shelf.delete(shelf.put("one/1.cbz"))
    assert list(shelf.roots.walk(shelf.roots.paths[0])) == []


def test_a_file_outside_the_roots_gets_a_place_beside_it(shelf: Shelf, tmp_path: Path) -> None:
    path = shelf.put("elsewhere/1.cbz")
    place = shelf.trash.place_for(path)
    assert place.is_relative_to(tmp_path / "elsewhere/.comicmaintainer/trash")
    assert place.name == "1.cbz"


def test_entries_of_all_roots_come_last_deleted_first(shelf: Shelf, clock: Clock) -> None:
    for name in ("one/1.cbz", "two/2.cbz", "one/3.cbz"):
        shelf.delete(shelf.put(name))
        clock.at += 1
    assert [Path(entry.original_path).name for entry in shelf.trash.entries()] == [
        "3.cbz",
        "2.cbz",
        "1.cbz",
    ]


def test_a_file_restored_by_a_move_is_no_longer_listed(shelf: Shelf) -> None:
    path = shelf.put("one/1.cbz")
    move(shelf.delete(path), path)
    assert shelf.trash.entries() == []


@pytest.mark.parametrize("trash_id", ["", "..", "x", "20260101T000000-0123456789abcdef"])
def test_an_unknown_id_is_missing(shelf: Shelf, trash_id: str) -> None:
    with pytest.raises(TrashEntryNotFound):
        shelf.trash.get(trash_id)


def test_expire_deletes_what_is_too_old(shelf: Shelf, clock: Clock) -> None:
    shelf.delete(shelf.put("one/Old/old.cbz"))
    clock.at += 31 * DAY_S
    shelf.delete(shelf.put("one/new.cbz"))
    gone = shelf.trash.expire(max_age_s=30 * DAY_S)
    assert [Path(entry.original_path).name for entry in gone] == ["old.cbz"]
    assert [Path(entry.original_path).name for entry in shelf.trash.entries()] == ["new.cbz"]
    assert len(list(shelf.roots.trash_of(shelf.roots.paths[0]).iterdir())) == 1


def test_expire_keeps_the_newest_within_the_size(shelf: Shelf, clock: Clock) -> None:
    for number in range(5):
        shelf.delete(shelf.put(f"one/{number}.cbz", 100))
        clock.at += 1
    shelf.trash.expire(max_age_s=DAY_S, max_bytes=250)
    assert [Path(entry.original_path).name for entry in shelf.trash.entries()] == [
        "4.cbz",
        "3.cbz",
    ]


def test_old_empty_folders_in_the_trash_are_removed(shelf: Shelf, clock: Clock) -> None:
    make_folder(shelf.trash.place_for(shelf.put("one/a/1.cbz")).parent)
    shelf.trash.expire(max_age_s=30 * DAY_S)
    top = shelf.roots.trash_of(shelf.roots.paths[0])
    assert len(list(top.iterdir())) == 1
    clock.at += 2 * DAY_S
    shelf.trash.expire(max_age_s=30 * DAY_S)
    assert list(top.iterdir()) == []


def test_empty_deletes_only_what_was_shown(shelf: Shelf) -> None:
    places = [shelf.delete(shelf.put(f"one/{number}.cbz")) for number in range(3)]
    shown = digest_of(shelf.trash.entries())
    # One comes back, another goes: as many files as before, but not the same.
    move(places[0], shelf.roots.paths[0] / "0.cbz")
    unseen = shelf.delete(shelf.put("one/unseen.cbz"))
    with pytest.raises(Conflict):
        shelf.trash.empty(shown=shown)
    assert unseen.exists()
    shown = digest_of(reversed(shelf.trash.entries()))
    assert shelf.trash.empty(shown=shown) == 3
    assert shelf.trash.entries() == []


def test_files_that_are_not_ours_stay(shelf: Shelf) -> None:
    foreign = shelf.put("one/.comicmaintainer/trash/mine/keep.cbz")
    assert shelf.trash.empty(shown=digest_of([])) == 0
    assert foreign.exists()


def test_a_trash_folder_that_is_a_link_is_refused(shelf: Shelf, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (tmp_path / "one/.comicmaintainer").symlink_to(outside)
    with pytest.raises(OutsideLibrary):
        shelf.trash.place_for(tmp_path / "one/1.cbz")
    with pytest.raises(OutsideLibrary):
        shelf.trash.entries()


def test_links_in_the_trash_are_no_entries_and_lead_nowhere(
    shelf: Shelf, clock: Clock, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    (outside / "empty").mkdir(parents=True)
    precious = outside / "precious.cbz"
    precious.write_bytes(b"x")
    kept = shelf.delete(shelf.put("one/Series/1.cbz"))
    trash = kept.parents[2]
    planted = "20200101T000000-0123456789abcdef"
    (trash / planted).symlink_to(outside)
    (kept.parents[1] / "Link").symlink_to(outside)
    (kept.parent / "link.cbz").symlink_to(precious)

    assert [entry.kept_path for entry in shelf.trash.entries()] == [str(kept)]
    with pytest.raises(TrashEntryNotFound):
        shelf.trash.get(planted)
    clock.at += 60 * DAY_S
    shelf.trash.expire(max_age_s=DAY_S)
    shelf.trash.empty(shown=digest_of(shelf.trash.entries()))
    assert precious.read_bytes() == b"x"
    assert (outside / "empty").is_dir()
    assert not kept.exists()


def test_a_folder_swapped_for_a_link_after_it_was_listed_loses_nothing(
    shelf: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = shelf.delete(shelf.put("one/Series/1.cbz"))
    entries = shelf.trash.entries()
    outside = tmp_path / "outside"
    kept.parent.rename(outside)
    kept.parent.symlink_to(outside)
    monkeypatch.setattr(shelf.trash, "entries", lambda: entries)
    with pytest.raises(FileMissing):
        shelf.trash.empty(shown=digest_of(entries))
    assert (outside / "1.cbz").exists()
