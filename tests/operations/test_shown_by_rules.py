"""The catalogue shows files without tags by the rules of their folders, also after a change."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from comicmaintainer.database import SqliteDatabase
from comicmaintainer.errors import ItemInterrupted
from comicmaintainer.library.catalogue.catalogue import Catalogue
from comicmaintainer.library.catalogue.file_filter import FileFilter
from comicmaintainer.library.catalogue.listing import Listing
from comicmaintainer.library.catalogue.shown_rows import ShownRows
from comicmaintainer.library.roots import LibraryRoots
from comicmaintainer.library.rule_book import LIBRARY, FolderChoice, RuleBook
from comicmaintainer.library.scan.library_scan import LibraryScan
from comicmaintainer.operations.facts import facts_reader
from comicmaintainer.operations.shown_by_rules import ShownByRules
from tests.kit.clock import Clock
from tests.kit.shared_reader import COMICS

TAGS = "<ComicInfo><Series>Amber Tide</Series><Number>{}</Number></ComicInfo>"


class Library:
    """A folder of comics, scanned by the rules that its folders have."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "library"
        self.database = SqliteDatabase(folder / "jobs.db")
        self.roots = LibraryRoots([self.folder])
        self.catalogue = Catalogue(self.database, now=Clock())
        self.book = RuleBook(self.database, now=Clock())
        self.shown = self.process()

    def process(self) -> ShownByRules:
        """Return what another process has of the same library."""
        rows = ShownRows(self.database, now=Clock())
        return ShownByRules(rows, self.roots, self.book.current)

    def comic(self, name: str, tags: str | None = None) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("1.jpg", name)
            if tags is not None:
                archive.writestr("ComicInfo.xml", tags)
        return path

    def scan(self) -> None:
        reader = facts_reader(COMICS, self.roots, self.book.current)
        scan = LibraryScan(
            self.database, self.roots, reader, now=Clock(), follow_rules=self.shown.follow
        )
        scan.scan_root(self.folder)

    def use(self, rules: str, folder: str = LIBRARY) -> None:
        self.book.assign(FolderChoice(folder and str(self.folder / folder), rules))

    def series(self, path: Path) -> str | None:
        file = self.catalogue.by_path(path)
        assert file is not None
        return file.series


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    made = Library(tmp_path)
    yield made
    made.database.close()


def test_a_new_file_is_shown_by_the_rules_of_its_folder(library: Library) -> None:
    manga = library.comic("Manga/Lantern Way/Ember 012.cbz")
    comic = library.comic("Comics/Lantern Way/Ember 012.cbz")
    library.use("manga", "Manga")
    library.scan()
    assert (library.series(manga), library.series(comic)) == ("Lantern Way", "Ember")


def test_files_follow_a_change_of_rules_without_being_read(library: Library) -> None:
    untagged = library.comic("Lantern Way/Ember 012.cbz")
    tagged = library.comic("Lantern Way/Amber 012.cbz", TAGS.format(12))
    library.scan()
    assert library.shown.follow() == 0
    library.use("manga")
    for path in (untagged, tagged):
        path.write_bytes(b"")  # would be seen if it were read
    assert library.shown.follow() == 1
    assert (library.series(untagged), library.series(tagged)) == ("Lantern Way", "Amber Tide")
    assert library.shown.follow() == 0
    found = Listing(library.database).page(FileFilter(series="Lantern Way"), limit=10).files
    assert [row.path for row in found] == [str(untagged)]


def test_a_change_that_was_cut_short_goes_on_in_another_process(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = [library.comic(f"Lantern Way/Ember {number:03}.cbz") for number in range(7)]
    library.scan()
    library.use("manga")
    monkeypatch.setattr("comicmaintainer.library.catalogue.shown_rows.AT_ONCE", 3)

    def stop() -> None:
        raise ItemInterrupted("stopped")

    with pytest.raises(ItemInterrupted):
        library.shown.follow(stop)
    assert [library.series(path) for path in paths].count("Lantern Way") == 3
    assert library.process().follow() == 4
    assert {library.series(path) for path in paths} == {"Lantern Way"}


def test_rules_that_change_again_meanwhile_win(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = [library.comic(f"Lantern Way/Ember {number:03}.cbz") for number in range(5)]
    library.scan()
    library.use("manga")
    monkeypatch.setattr("comicmaintainer.library.catalogue.shown_rows.AT_ONCE", 2)
    others = library.process()

    def change_back() -> None:
        library.use("comics")
        others.follow()

    library.shown.follow(change_back)
    assert {library.series(path) for path in paths} == {"Ember"}


def test_rules_that_were_set_before_an_upgrade_are_followed(library: Library) -> None:
    path = library.comic("Lantern Way/Ember 012.cbz")
    library.scan()
    with library.database.transaction() as transaction:
        transaction.execute("DELETE FROM shown_rules")
    library.use("manga")
    assert library.shown.follow() == 1
    assert library.series(path) == "Lantern Way"


def test_a_file_that_could_not_be_read_stays_failed(library: Library) -> None:
    path = library.folder / "Lantern Way" / "Ember 012.cbz"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"no archive")
    library.scan()
    library.use("manga")
    library.shown.follow()
    file = library.catalogue.by_path(path)
    assert file is not None
    assert (file.state, file.series) == ("failed", None)
