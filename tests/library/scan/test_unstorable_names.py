"""Names that are not valid UTF-8: told, counted, and never in the way of the others."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from comicmaintainer.database import Database
from comicmaintainer.errors import InvalidSetting, NotAComicPath
from comicmaintainer.library.catalogue.catalogue import Catalogue
from comicmaintainer.library.catalogue.file_filter import FileFilter
from comicmaintainer.library.catalogue.listing import Listing
from comicmaintainer.library.catalogue.model import FileFacts
from comicmaintainer.library.invalid_names import MAX_NAMED, shown
from comicmaintainer.library.root_states import RootState, RootStates
from comicmaintainer.library.roots import LibraryRoots
from comicmaintainer.library.scan.library_scan import LibraryScan
from tests.kit.clock import Clock


class Shelf:
    """A library with names that an old DOS program gave."""

    def __init__(self, folder: Path, database: Database, clock: Clock) -> None:
        self.folder = folder
        self.roots = LibraryRoots([folder])
        self.listing = Listing(database)
        self.states = RootStates(database, Catalogue(database, now=clock), self.roots, now=clock)
        self.scan = LibraryScan(database, self.roots, lambda _: FileFacts(format="cbz"), now=clock)

    def put(self, name: bytes) -> bytes:
        path = os.fsencode(self.folder) + b"/" + name
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(b"x")
        return path

    def state(self) -> RootState:
        (state,) = self.states.all()
        return state


@pytest.fixture
def shelf(tmp_path: Path, database: Database, clock: Clock) -> Shelf:
    (tmp_path / "library").mkdir()
    shelf = Shelf(tmp_path / "library", database, clock)
    shelf.put(b"A/caf\x82.cbz")
    shelf.put(b"A/sound.cbz")
    shelf.put(b"B\xe9/inside.cbz")
    return shelf


def test_files_and_folders_that_are_left_out_are_counted_and_named(shelf: Shelf) -> None:
    report = shelf.scan.scan_root(shelf.folder)
    assert (report.files, report.unstorable) == (1, 2)
    assert sorted(report.unstorable_names) == [
        rf"{shelf.folder}/A/caf\x82.cbz", rf"{shelf.folder}/B\xe9/",
    ]  # fmt: skip
    assert shelf.state().unstorable_names == tuple(sorted(report.unstorable_names))
    json.dumps(report.unstorable_names, ensure_ascii=False).encode()
    assert [Path(path).name for path in shelf.listing.paths(FileFilter())] == ["sound.cbz"]


def test_they_are_reported_again_by_a_scan_without_news(shelf: Shelf) -> None:
    shelf.scan.scan_root(shelf.folder)
    again = shelf.scan.scan_root(shelf.folder)
    assert (again.added, again.unstorable, shelf.state().unstorable) == (0, 2, 2)


def test_a_repaired_name_is_no_longer_reported(shelf: Shelf) -> None:
    shelf.scan.scan_root(shelf.folder)
    assert "left out" in (shelf.state().unstorable_remark() or "")
    folder = os.fsencode(shelf.folder)
    os.rename(folder + b"/A/caf\x82.cbz", folder + "/A/café.cbz".encode())
    os.rename(folder + b"/B\xe9", folder + "/Bé".encode())
    report = shelf.scan.scan_root(shelf.folder)
    assert (report.added, report.unstorable) == (2, 0)
    assert shelf.state().unstorable_remark() is None


def test_thousands_of_them_are_counted_and_the_first_named(shelf: Shelf) -> None:
    for number in range(3 * MAX_NAMED):
        shelf.put(b"many/%d/\xff%d.cbz" % (number, number))
    report = shelf.scan.scan_root(shelf.folder)
    assert report.unstorable == 3 * MAX_NAMED + 2
    assert len(report.unstorable_names) == MAX_NAMED
    assert f"and {3 * MAX_NAMED + 2 - 3} more" in (shelf.state().unstorable_remark() or "")


def test_a_walk_skips_and_logs_them(shelf: Shelf, caplog: pytest.LogCaptureFixture) -> None:
    assert [path.name for path in shelf.roots.walk(shelf.folder)] == ["sound.cbz"]
    assert r"caf\x82.cbz is not valid UTF-8" in caplog.text


def test_a_path_that_names_one_is_refused_with_advice(shelf: Shelf) -> None:
    with pytest.raises(NotAComicPath, match="convmv") as refused:
        shelf.roots.resolve(os.fsdecode(shelf.put(b"A/caf\x82.cbz")))
    assert str(refused.value).encode()


def test_a_watched_folder_with_such_a_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidSetting, match="not valid UTF-8"):
        LibraryRoots([tmp_path / os.fsdecode(b"com\xefcs")])


def test_a_name_is_shown_with_its_bytes() -> None:
    assert shown(os.fsdecode(b"caf\xe9 \xff")) == r"caf\xe9 \xff"
    assert shown("café") == "café"
