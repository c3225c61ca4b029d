from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from comicmaintainer.database import Database, SqliteDatabase
from comicmaintainer.errors import DamagedArchive, JobStopped
from comicmaintainer.library.catalogue.catalogue import Catalogue
from comicmaintainer.library.catalogue.file_filter import FileFilter
from comicmaintainer.library.catalogue.listing import Listing
from comicmaintainer.library.catalogue.model import CatalogueFile, FileFacts, FileState
from comicmaintainer.library.roots import LibraryRoots
from comicmaintainer.library.scan.arrivals import LEEWAY_S
from comicmaintainer.library.scan.library_scan import LibraryScan, Listeners, ScanReport
from tests.kit.clock import Clock
from tests.kit.databases import Place


def read_facts(path: Path) -> FileFacts:
    """A comic of these tests: its text is its series, and its pages as well."""
    content = path.read_bytes()
    if content == b"damaged":
        raise DamagedArchive(f"{path}: cut off")
    if content == b"strange":
        raise ZeroDivisionError("a fault of ours")
    return FileFacts(
        format="cbz", series=content.decode(), tags={}, fingerprint=content, page_count=1
    )


class Shelf:
    """A library on disk with a scan over it, counting what the scan reads."""

    def __init__(self, folder: Path, database: Database, clock: Clock) -> None:
        self.folder = folder
        self.read: list[str] = []
        self.roots = LibraryRoots([folder])
        self.catalogue = Catalogue(database, now=clock)
        self.listing = Listing(database)
        self.scanner = LibraryScan(database, self.roots, self._reader, now=clock)

    def _reader(self, path: Path) -> FileFacts:
        self.read.append(path.name)
        return read_facts(path)

    def put(self, name: str, content: str = "") -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content or name)
        return path

    def scan(self, listeners: Listeners | None = None, **options: bool) -> ScanReport:
        self.read.clear()
        return self.scanner.scan_root(self.folder, listeners, **options)

    def names(self) -> list[str]:
        paths = self.listing.paths(FileFilter())
        return sorted(os.path.relpath(path, self.folder) for path in paths)

    def file(self, name: str) -> CatalogueFile:
        file = self.catalogue.by_path(self.folder / name)
        assert file is not None
        return file


@pytest.fixture
def shelf(tmp_path: Path, database: Database, clock: Clock) -> Shelf:
    shelf = Shelf(tmp_path / "library", database, clock)
    for name in ("A/1.cbz", "A/2.cbz", "B/C/3.cbz", "4.cbr"):
        shelf.put(name)
    shelf.put("A/notes.txt")
    shelf.put(".comicmaintainer/trash/5.cbz")
    return shelf


def test_first_scan_catalogues_every_comic_without_changing_it(shelf: Shelf) -> None:
    before = {path: path.stat() for path in shelf.folder.rglob("*") if path.is_file()}
    report = shelf.scan()
    assert shelf.names() == ["4.cbr", "A/1.cbz", "A/2.cbz", "B/C/3.cbz"]
    assert (report.files, report.added, report.is_first_sight) == (4, 4, True)
    assert shelf.file("A/1.cbz").state is FileState.UNPROCESSED
    after = {path: path.stat() for path in before}
    assert {p: (s.st_mtime_ns, s.st_size, s.st_ino) for p, s in after.items()} == {
        p: (s.st_mtime_ns, s.st_size, s.st_ino) for p, s in before.items()
    }


def test_second_scan_reads_and_writes_nothing(
    shelf: Shelf, open_database: Callable[[], Database]
) -> None:
    shelf.scan()
    other = open_database()
    other.data_version()
    before = other.rows("SELECT * FROM files ORDER BY file_id")
    report = shelf.scan()
    assert shelf.read == []
    assert [tuple(row) for row in other.rows("SELECT * FROM files ORDER BY file_id")] == [
        tuple(row) for row in before
    ]
    assert (report.files, report.added, report.changed, report.removed) == (4, 0, 0, 0)
    assert not report.is_first_sight


def test_only_new_and_changed_files_are_read(shelf: Shelf) -> None:
    shelf.scan()
    shelf.put("A/1.cbz", "changed")
    shelf.put("B/new.cbz")
    report = shelf.scan()
    assert sorted(shelf.read) == ["1.cbz", "new.cbz"]
    assert (report.added, report.changed) == (1, 1)
    assert shelf.file("A/1.cbz").series == "changed"


def test_removed_files_and_folders_are_forgotten(shelf: Shelf) -> None:
    shelf.scan()
    (shelf.folder / "A/1.cbz").unlink()
    shutil.rmtree(shelf.folder / "B")
    report = shelf.scan()
    assert report.removed == 2
    assert shelf.names() == ["4.cbr", "A/2.cbz"]
    assert shelf.scan().removed == 0


def test_a_renamed_file_keeps_id_and_state_and_is_not_read(shelf: Shelf) -> None:
    shelf.scan()
    shelf.catalogue.set_state(shelf.folder / "A/1.cbz", FileState.PROCESSED)
    before = shelf.file("A/1.cbz")
    (shelf.folder / "A/1.cbz").rename(shelf.folder / "B/renamed.cbz")
    report = shelf.scan()
    after = shelf.file("B/renamed.cbz")
    assert (report.moved, report.added, report.removed, shelf.read) == (1, 0, 0, [])
    assert (after.file_id, after.state) == (before.file_id, FileState.PROCESSED)


def test_a_renamed_folder_keeps_all_its_files(shelf: Shelf) -> None:
    shelf.scan()
    ids = {shelf.file("A/1.cbz").file_id, shelf.file("A/2.cbz").file_id}
    (shelf.folder / "A").rename(shelf.folder / "Z")
    report = shelf.scan()
    assert (report.moved, report.added) == (2, 0)
    assert {shelf.file("Z/1.cbz").file_id, shelf.file("Z/2.cbz").file_id} == ids
    assert list(shelf.listing.paths(FileFilter(folder=str(shelf.folder / "A")))) == []


def test_a_file_moved_by_copying_is_known_by_its_pages(shelf: Shelf) -> None:
    shelf.scan()
    shelf.catalogue.set_state(shelf.folder / "A/1.cbz", FileState.PROCESSED)
    before = shelf.file("A/1.cbz")
    shelf.put("B/copied.cbz", "A/1.cbz")
    (shelf.folder / "A/1.cbz").unlink()
    report = shelf.scan()
    after = shelf.file("B/copied.cbz")
    assert (report.moved, report.added, report.removed) == (1, 0, 0)
    assert (after.file_id, after.state) == (before.file_id, FileState.PROCESSED)


def test_a_copy_and_a_hard_link_are_separate_files(shelf: Shelf) -> None:
    shelf.scan()
    shelf.put("B/copy.cbz", "A/1.cbz")
    os.link(shelf.folder / "A/2.cbz", shelf.folder / "B/link.cbz")
    report = shelf.scan()
    assert (report.moved, report.added) == (0, 2)
    assert len(shelf.names()) == 6


def test_two_files_that_swapped_names_keep_their_own_pages(shelf: Shelf) -> None:
    shelf.put("A/2.cbz", "longer content")
    shelf.scan()
    first, second, between = (shelf.folder / f"A/{name}.cbz" for name in ("1", "2", "between"))
    first.rename(between)
    second.rename(first)
    between.rename(second)
    shelf.scan()
    assert (shelf.file("A/1.cbz").series, shelf.file("A/2.cbz").series) == (
        "longer content",
        "A/1.cbz",
    )


@pytest.mark.parametrize("how", ["root gone", "root empty", "only junk left"])
def test_a_disconnected_share_forgets_nothing(shelf: Shelf, how: str) -> None:
    shelf.scan()
    names = shelf.names()
    aside = shelf.folder.with_name("aside")
    shelf.folder.rename(aside)
    if how != "root gone":
        shelf.folder.mkdir()
    if how == "only junk left":
        shelf.put(".DS_Store")
        shelf.put("@eaDir/x.cbz")
    report = shelf.scan()
    assert report.warning is not None
    assert str(shelf.folder) in report.warning
    assert (report.removed, shelf.names()) == (0, names)
    shelf.scanner.scan_path(shelf.folder / "A/1.cbz")
    assert shelf.names() == names
    if how != "root gone":
        shutil.rmtree(shelf.folder)
    aside.rename(shelf.folder)
    report = shelf.scan()
    assert (report.warning, report.added, report.removed, shelf.read) == (None, 0, 0, [])


def test_an_emptied_library_is_forgotten_on_request(shelf: Shelf) -> None:
    shelf.scan()
    shutil.rmtree(shelf.folder)
    shelf.folder.mkdir()
    assert shelf.scan(forget_missing=True).removed == 4
    assert shelf.names() == []


def test_a_root_on_another_disk_with_other_comics_forgets_nothing(
    shelf: Shelf, database: Database
) -> None:
    shelf.scan()
    with database.transaction() as transaction:
        transaction.execute("UPDATE roots SET device = device + 1")
    shutil.rmtree(shelf.folder)
    shelf.put("Other/1.cbz", "another library")
    report = shelf.scan()
    assert report.warning is not None
    assert (report.added, report.removed) == (1, 0)
    assert len(shelf.names()) == 5


def test_a_bare_mount_point_inside_a_root_forgets_nothing(shelf: Shelf, database: Database) -> None:
    shelf.scan()
    with database.transaction() as transaction:
        transaction.execute("UPDATE files SET device = device + 1 WHERE path LIKE '%/B/%'")
    shutil.rmtree(shelf.folder / "B/C")
    report = shelf.scan()
    assert report.warning is not None
    assert "B/C/3.cbz" in shelf.names()


def test_a_mount_point_that_was_never_scanned_is_known_by_the_device_of_the_comic(
    shelf: Shelf,
) -> None:
    path = shelf.folder / "B" / "3.cbz"
    shutil.rmtree(shelf.folder)
    shelf.folder.mkdir()
    here = shelf.folder.stat().st_dev
    assert shelf.scanner.bare_mount_point(path, seen_on=here + 1) == shelf.folder
    assert shelf.scanner.bare_mount_point(path, seen_on=here) is None
    assert shelf.scanner.bare_mount_point(path) is None


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every folder")
def test_a_folder_that_may_not_be_read_keeps_its_files(shelf: Shelf) -> None:
    shelf.scan()
    (shelf.folder / "B").chmod(0)
    report = shelf.scan()
    (shelf.folder / "B").chmod(0o755)
    assert len(report.unreadable) == 2
    assert "B/C/3.cbz" in shelf.names()


def test_a_file_that_cannot_be_read_is_failed_with_its_reason(
    shelf: Shelf, caplog: pytest.LogCaptureFixture
) -> None:
    shelf.put("A/bad.cbz", "damaged")
    shelf.put("A/strange.cbz", "strange")
    shelf.scan()
    assert shelf.file("A/bad.cbz").state is FileState.FAILED
    assert "cut off" in (shelf.file("A/bad.cbz").reason or "")
    assert "a fault of ours" in (shelf.file("A/strange.cbz").reason or "")
    assert "strange.cbz could not be read" in caplog.text
    assert len(shelf.names()) == 6
    shelf.scan()
    assert shelf.read == []


def test_symbolic_links_and_names_of_no_encoding_are_left_out(shelf: Shelf) -> None:
    (shelf.folder / "loop").symlink_to(shelf.folder)
    (shelf.folder / "link.cbz").symlink_to(shelf.folder / "A/1.cbz")
    (shelf.folder / os.fsdecode(b"\xff.cbz")).write_bytes(b"x")
    (shelf.folder / "folder.cbz").mkdir()
    report = shelf.scan()
    assert (report.files, report.unstorable) == (4, 1)
    assert len(shelf.names()) == 4


def test_what_downloaders_have_not_finished_is_left_alone(shelf: Shelf) -> None:
    for name in ("_UNPACK_Mill/1.cbz", "_FAILED_Mill/2.cbz", "Mill.#7/3.cbz", "_unpack_4.cbz"):
        shelf.put(name)
    assert shelf.scan().files == 4
    (shelf.folder / "_UNPACK_Mill").rename(shelf.folder / "Mill")
    assert shelf.scan().files == 5
    assert "Mill/1.cbz" in shelf.names()


def test_a_folder_replaced_by_a_link_is_forgotten(shelf: Shelf) -> None:
    shelf.scan()
    (shelf.folder / "B").rename(shelf.folder.with_name("outside"))
    (shelf.folder / "B").symlink_to(shelf.folder.with_name("outside"))
    assert shelf.scan().removed == 1


def test_new_files_are_reported_with_whether_the_root_is_new(shelf: Shelf) -> None:
    told: list[tuple[list[str], bool]] = []
    listeners = Listeners(on_new=lambda paths, first: told.append((sorted(paths), first)))
    shelf.scan(listeners)
    shelf.put("A/new.cbz")
    shelf.scan(listeners)
    assert [(len(paths), first) for paths, first in told] == [(4, True), (1, False)]
    assert told[1][0] == [str(shelf.folder / "A/new.cbz")]


def at_the_first_checkpoint(do: Callable[[], object]) -> Callable[[], None]:
    """Something that happens when a scan has listed its root, but no folder below."""
    waiting = [do]

    def checkpoint() -> None:
        if waiting:
            waiting.pop()()

    return checkpoint


def keep_up_with(path: Path, clock: Clock) -> None:
    """Move the clock on to when `path` changed, less what a scan allows clocks to differ by.

    The filesystem's clock runs on while that of the test stands still. On a busy machine a file
    would else seem to come from the future, and a scan does not take such a file for new.
    """
    clock.at = max(clock.at, path.stat().st_ctime - LEEWAY_S / 2)


def test_files_that_arrive_during_the_first_scan_are_reported_as_new(
    shelf: Shelf, clock: Clock
) -> None:
    last = max(path.stat().st_ctime for path in shelf.folder.rglob("*"))
    clock.at = last + 0.001
    told: dict[str, bool] = {}

    def on_new(paths: Sequence[str], were_there: bool) -> None:
        told.update((os.path.relpath(path, shelf.folder), were_there) for path in paths)

    def come() -> None:
        while shelf.put("B/C/comes.cbz").stat().st_ctime < clock.at:
            pass
        shutil.move(shelf.put("../elsewhere.cbz"), shelf.folder / "A/moved in.cbz")
        os.utime(shelf.folder / "A/moved in.cbz", (1, 1))
        keep_up_with(shelf.folder / "A/moved in.cbz", clock)

    shelf.scan(Listeners(checkpoint=at_the_first_checkpoint(come), on_new=on_new))
    assert {name for name, were_there in told.items() if were_there} == {
        "4.cbr", "A/1.cbz", "A/2.cbz", "B/C/3.cbz",
    }  # fmt: skip
    assert {name for name, there in told.items() if not there} == {
        "A/moved in.cbz", "B/C/comes.cbz",
    }  # fmt: skip


def test_files_that_arrive_before_a_first_scan_resumes_are_reported_as_new(
    shelf: Shelf, clock: Clock
) -> None:
    clock.at = max(path.stat().st_ctime for path in shelf.folder.rglob("*")) + 0.001

    def stop() -> None:
        raise JobStopped("stopped")

    with pytest.raises(JobStopped):
        shelf.scan(Listeners(checkpoint=stop))
    while shelf.put("A/comes.cbz").stat().st_ctime < clock.at:
        pass
    clock.at += 3600
    told: list[tuple[list[str], bool]] = []
    shelf.scan(Listeners(on_new=lambda paths, there: told.append((list(paths), there))))
    assert [(len(paths), were_there) for paths, were_there in told] == [(4, True), (1, False)]


def test_a_file_server_whose_clock_is_ahead_makes_nothing_new(shelf: Shelf, clock: Clock) -> None:
    clock.at = min(path.stat().st_ctime for path in shelf.folder.rglob("*")) - 3600
    told: list[bool] = []
    shelf.scan(Listeners(on_new=lambda _, were_there: told.append(were_there)))
    assert told == [True]


def test_a_file_renamed_during_the_first_scan_keeps_its_row(shelf: Shelf, clock: Clock) -> None:
    for number in range(600):
        shelf.put(f"A/{number}.cbz")
    clock.at = max(path.stat().st_ctime for path in shelf.folder.rglob("*")) + 0.001
    names: list[str] = []

    def on_new(paths: Sequence[str], were_there: bool) -> None:
        if not were_there:
            names.extend(map(os.path.basename, paths))

    def rename_when_catalogued() -> None:
        if "A/1.cbz" in shelf.names() and (shelf.folder / "A/1.cbz").exists():
            target = shelf.folder / "B/C/renamed.cbz"
            (shelf.folder / "A/1.cbz").rename(target)
            while target.stat().st_ctime < clock.at:
                target.touch()
            keep_up_with(target, clock)

    report = shelf.scan(Listeners(checkpoint=rename_when_catalogued, on_new=on_new))
    assert (report.moved, names) == (1, [])
    assert "B/C/renamed.cbz" in shelf.names()
    assert "A/1.cbz" not in shelf.names()


def test_a_bare_mount_point_is_new_when_its_disk_is_mounted(
    shelf: Shelf, database: Database
) -> None:
    aside = shelf.folder.rename(shelf.folder.with_name("aside"))
    shelf.folder.mkdir()
    shelf.scan()
    shelf.folder.rmdir()
    aside.rename(shelf.folder)
    with database.transaction() as transaction:
        transaction.execute("UPDATE roots SET device = device + 1")
    told: list[bool] = []
    report = shelf.scan(Listeners(on_new=lambda _, were_there: told.append(were_there)))
    assert (report.is_first_sight, told) == (True, [True])
    assert not shelf.scan().is_first_sight


def test_a_stopped_scan_loses_nothing_and_the_next_one_completes_it(shelf: Shelf) -> None:
    for number in range(1200):
        shelf.put(f"M{number % 7}/{number}.cbz", str(number))

    def stop_later() -> None:
        if shelf.names():
            raise JobStopped("stopped")

    with pytest.raises(JobStopped):
        shelf.scan(Listeners(checkpoint=stop_later))
    so_far = len(shelf.names())
    assert 0 < so_far < 1204
    report = shelf.scan()
    assert report.is_first_sight
    assert (len(shelf.names()), report.files) == (1204, 1204)


def test_a_scan_stopped_before_it_forgets_does_so_next_time(shelf: Shelf) -> None:
    shelf.scan()
    (shelf.folder / "A/1.cbz").unlink()
    shutil.rmtree(shelf.folder / "B")
    for allowed in range(20):
        left = allowed

        def stop() -> None:
            nonlocal left
            left -= 1
            if left < 0:
                raise JobStopped("stopped")

        try:
            shelf.scan(Listeners(checkpoint=stop))
        except JobStopped:
            continue
        break
    assert shelf.names() == ["4.cbr", "A/2.cbz"]


def test_progress_numbers_only_grow(shelf: Shelf) -> None:
    for number in range(200):
        shelf.put(f"M{number}/{number}.cbz")
    told: list[tuple[int, int, int]] = []
    shelf.scan(Listeners(progress=lambda p: told.append((p.folders, p.files, p.read))))
    assert told == sorted(told)
    assert told[-1][2] == 204


def test_scan_path_adds_and_removes_one_file(shelf: Shelf) -> None:
    shelf.scan()
    path = shelf.put("A/late.cbz")
    file = shelf.scanner.scan_path(path)
    assert file is not None
    assert file.series == "A/late.cbz"
    shelf.put("A/late.cbz", "other")
    file = shelf.scanner.scan_path(path)
    assert file is not None
    assert file.series == "other"
    moved = path.rename(path.with_name("moved.cbz"))
    shelf.scanner.scan_paths([path, moved])
    assert shelf.file("A/moved.cbz").file_id == file.file_id
    moved.unlink()
    assert shelf.scanner.scan_path(moved) is None
    assert "A/moved.cbz" not in shelf.names()


def test_scan_path_ignores_files_that_are_not_comics_of_the_library(
    shelf: Shelf, tmp_path: Path
) -> None:
    (tmp_path / "out.cbz").write_text("x")
    shelf.put("A/link-target.txt")
    (shelf.folder / "A/link.cbz").symlink_to(shelf.folder / "A/1.cbz")
    for path in (
        tmp_path / "out.cbz",
        shelf.folder / "A/notes.txt",
        shelf.folder / ".comicmaintainer/trash/5.cbz",
        shelf.folder / "A/link.cbz",
    ):
        assert shelf.scanner.scan_path(path) is None


def many_folders(shelf: Shelf, count: int = 400) -> None:
    for number in range(count):
        shelf.put(f"many/{number % 5}/{number}/{number}.cbz")


def test_a_helper_process_finds_what_one_process_finds(shelf: Shelf) -> None:
    many_folders(shelf)
    shelf.scan()
    assert len(shelf.names()) == 404
    shutil.rmtree(shelf.folder / "many/3")
    shelf.put("many/0/0/extra.cbz")
    report = shelf.scan()
    assert (report.added, report.removed, report.files) == (1, 80, 325)


SCAN_PROGRAM = """
import sys, time
from pathlib import Path
from tests.kit.databases import Place
from comicmaintainer.library.catalogue.model import FileFacts
from comicmaintainer.library.roots import LibraryRoots
from comicmaintainer.library.scan.arrivals import LEEWAY_S
from comicmaintainer.library.scan.library_scan import LibraryScan

def read(path):
    content = path.read_bytes()
    return FileFacts(format="cbz", series=content.decode(), fingerprint=content)

folder, database, url = sys.argv[1:]
place = Place(Path(database), url or None)
sys.stdin.readline()
folder = Path(folder)
LibraryScan(place.open(), LibraryRoots([folder]), read, now=time.time).scan_root(folder)
"""


@pytest.fixture
def scan_at_once(shelf: Shelf, place: Place) -> Callable[[int], None]:
    def run(count: int) -> None:
        processes = [
            subprocess.Popen(
                [sys.executable, "-c", SCAN_PROGRAM, shelf.folder, place.folder, place.url or ""],
                stdin=subprocess.PIPE,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            )
            for _ in range(count)
        ]
        for process in processes:
            assert process.stdin is not None
            process.stdin.close()
        assert [process.wait(timeout=60) for process in processes] == [0] * count

    return run


def test_scans_of_several_processes_at_once_agree(
    shelf: Shelf, database: Database, scan_at_once: Callable[[int], None]
) -> None:
    many_folders(shelf)
    scan_at_once(3)
    assert len(shelf.names()) == 404
    ids = {path: shelf.catalogue.by_path(path) for path in shelf.listing.paths(FileFilter())}
    for number in range(0, 400, 5):
        folder = shelf.folder / f"many/{number % 5}/{number}"
        folder.rename(folder.with_name(f"moved {number}"))
    scan_at_once(3)
    assert len(shelf.names()) == 404
    now = [shelf.catalogue.by_path(path) for path in shelf.listing.paths(FileFilter())]
    assert {file.file_id for file in now if file} == {file.file_id for file in ids.values() if file}
    assert list(shelf.listing.paths(FileFilter(formats=("cbz",)))) == list(
        shelf.listing.paths(FileFilter())
    )
    if isinstance(database, SqliteDatabase):
        assert database.value("PRAGMA integrity_check") == "ok"


def test_slow_files_do_not_delay_others(shelf: Shelf, database: Database, clock: Clock) -> None:
    for number in range(20):
        shelf.put(f"0/{number}.cbr")  # more than there are threads, and before the others
    begun, release = threading.Event(), threading.Event()

    def quick(path: Path) -> FileFacts | None:
        return None if path.suffix == ".cbr" else read_facts(path)

    def slow(path: Path) -> FileFacts:
        begun.set()
        release.wait(60)
        return read_facts(path)

    scanner = LibraryScan(
        database, shelf.roots, slow, now=clock, slow_threads=2, quick_reader=quick
    )
    scan = threading.Thread(target=scanner.scan_root, args=(shelf.folder,))
    scan.start()
    assert begun.wait(60)
    while len(shelf.names()) < 3:
        assert scan.is_alive()
        time.sleep(0.02)
    assert shelf.names() == ["A/1.cbz", "A/2.cbz", "B/C/3.cbz"]
    release.set()
    scan.join()
    assert len(shelf.names()) == 24
