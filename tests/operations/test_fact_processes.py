"""Processes that read for a scan: the same catalogue as without, and no harm from any file."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from comicmaintainer.database import Database, SqliteDatabase
from comicmaintainer.errors import ArchiveError, FileMissing, JobStopped, TooCostly
from comicmaintainer.library.catalogue import search_terms
from comicmaintainer.library.catalogue.model import FileFacts, SeenFile
from comicmaintainer.library.roots import LibraryRoots
from comicmaintainer.library.scan.library_scan import LibraryScan, Listeners
from comicmaintainer.library.scan.reading_pool import GROUP_SIZE, MIN_FILES_FOR_PROCESSES
from comicmaintainer.operations.fact_processes import TASK_MODULE, FactProcesses
from comicmaintainer.operations.facts import facts_reader, quick_facts_reader
from comicmaintainer.reading.allowances import ReadingLimits
from tests.kit.comics import cbt, cbz
from tests.kit.shared_reader import COMICS

LIMITS = ReadingLimits(memory_bytes=192 << 20)
HOSTILE = "tests.operations.hostile_fact_tasks"
PAGES = {"1.jpg": b"one", "2.jpg": b"two"}

Open = Callable[..., FactProcesses]


@pytest.fixture
def library(tmp_path: Path) -> Path:
    (tmp_path / "library").mkdir()
    return tmp_path / "library"


@pytest.fixture
def opened(library: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    all_opened: list[FactProcesses] = []

    def open_(
        tasks: str = TASK_MODULE, is_left: Callable[[str], bool] = lambda _: False
    ) -> FactProcesses:
        roots = LibraryRoots([library])
        all_opened.append(FactProcesses(LIMITS, roots, count=2, is_left=is_left, tasks=tasks))
        return all_opened[-1]

    yield open_
    for processes in all_opened:
        processes.close()


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = SqliteDatabase(tmp_path / "jobs.db")
    yield database
    database.close()


def seen(path: Path) -> SeenFile:
    return SeenFile(str(path), path.stat().st_size, 1, 1, 1)


def comics(library: Path, *names: str) -> list[SeenFile]:
    return [seen(cbz(library / f"{name}.cbz", PAGES)) for name in names]


def test_facts_and_errors_are_those_of_the_reader(library: Path, opened: Open) -> None:
    tagged = "<Series>Löwe</Series><Number>7</Number><Genre>A, B</Genre><Writer>X</Writer>"
    paths = [
        cbz(library / "Reef 003 (2001).cbz", PAGES),
        cbz(library / "tagged.cbz", PAGES, tagged),
        cbz(library / "broken tags.cbz", PAGES, "<Series>"),
        cbz(library / "no pages.cbz", {"readme.txt": b"x"}),
        library / "text.cbz",
    ]
    paths[-1].write_text("not an archive")
    gone, slow = seen(cbz(library / "gone.cbz", PAGES)), seen(cbt(library / "a.cbt", PAGES))
    Path(gone.path).unlink()
    *answers, no_file, left = opened().read([*map(seen, paths), gone, slow])
    read = facts_reader(COMICS, LibraryRoots([library]))
    for path, answer in zip(paths, answers, strict=True):
        expected = outcome(read, path)
        assert type(answer) is type(expected)
        if isinstance(expected, FileFacts):
            assert answer == plain(expected)
        else:
            assert str(answer) == str(expected)
    assert isinstance(no_file, FileMissing)
    assert left is None


def outcome(read: Callable[[Path], FileFacts], path: Path) -> FileFacts | ArchiveError:
    try:
        return read(path)
    except ArchiveError as error:
        return error


def plain(facts: FileFacts) -> FileFacts:
    """The facts with tags as JSON values, which is how the catalogue stores them."""
    tags = json.loads(json.dumps(dict(facts.tags)))
    return FileFacts(**{**{name: getattr(facts, name) for name in facts.__slots__}, "tags": tags})


@pytest.mark.parametrize(
    ("kind", "why"),
    [("segfault", "SIGSEGV"), ("memory", "MiB of memory"), ("nonsense", "invalid answer")],
)
def test_a_file_that_ends_its_process_costs_only_its_own_facts(
    library: Path,
    opened: Open,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
    why: str,
) -> None:
    log = tmp_path / "log"
    monkeypatch.setenv("TEST_LOG", str(log))
    files = comics(library, "a", "b", kind, "d", f"{kind} again", "f")
    answers = opened(HOSTILE).read(files)
    errors = [answer for answer in answers if isinstance(answer, TooCostly)]
    assert [error.path for error in errors] == [files[2].path, files[4].path]
    assert all(why in str(error) for error in errors)
    assert [isinstance(answer, FileFacts) for answer in answers] == [
        True, True, False, True, False, True,
    ]  # fmt: skip
    asked = [line.split()[0] for line in log.read_text().splitlines() if f" {kind}" in line]
    assert asked == ["6", "1", "3", "1"]  # with others, alone; with what was left, alone


def test_files_of_which_something_is_known_are_left_to_the_scan(
    library: Path, opened: Open
) -> None:
    files = comics(library, "a", "suspect", "c")
    processes = opened(HOSTILE, is_left=lambda path: Path(path).stem == "suspect")
    assert [answer is None for answer in processes.read(files)] == [False, True, False]


def test_without_a_process_all_is_left_to_the_scan(
    library: Path, opened: Open, capfd: pytest.CaptureFixture[str]
) -> None:
    files = comics(library, "a", "b")
    assert opened("tests.operations.no_such_tasks").read(files) == [None, None]
    assert "no_such_tasks" in capfd.readouterr().err


def many_comics(library: Path, count: int = MIN_FILES_FOR_PROCESSES + 3 * GROUP_SIZE) -> None:
    """Comics of all kinds in folders of 40."""
    for number in range(count):
        folder = library / f"{number // 400:02}" / f"Series {number // 40} (1999)"
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"Series {number // 40} {number % 40:03}.cbz"
        if number % 97 == 5:
            path.write_bytes(b"PK\x03\x04 damaged")
            continue
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("1.jpg", f"page {number}")
            if number % 2:
                archive.writestr(
                    "ComicInfo.xml",
                    f"<ComicInfo><Series>Größe {number // 50}</Series><Number>{number}</Number>"
                    f"<Year>19{number % 100:02}</Year><Writer>A B, C</Writer></ComicInfo>",
                )
    cbt(library / "slow.cbt", PAGES, "<Series>Slow</Series>")


def contents(database: Database) -> dict[str, list[tuple[object, ...]]]:
    """Everything that a scan stores, without ids, positions and times."""
    files = (
        "SELECT f.path, f.name, r.path, d.path, f.size_bytes, f.mtime_ns, f.device, f.inode, "
        "f.format, f.page_count, f.series, f.issue, f.title, f.volume, f.year, f.publisher, "
        "f.series_key, f.sort_key, f.fingerprint, f.missing, f.state, f.reason, "
        "f.sound_fingerprint, f.sound_page_count, f.duplicate_of, f.conflict_with, t.tags "
        "FROM files f JOIN roots r USING (root_id) JOIN folders d USING (folder_id) "
        "LEFT JOIN file_tags t USING (file_id) ORDER BY f.path"
    )
    queries = {
        "files": files,
        "order": "SELECT path FROM files ORDER BY position",
        "folders": "SELECT path, digest FROM folders ORDER BY path",
        "roots": "SELECT path, device, warning, unstorable FROM roots",
        "words": "SELECT word FROM search_words ORDER BY word",
        "counts": "SELECT state, format, files, size_bytes FROM file_counts ORDER BY 1, 2",
        "series": "SELECT series_key, files FROM series ORDER BY series_key",
    }
    found = {name: [tuple(row) for row in database.rows(sql)] for name, sql in queries.items()}
    folders = {
        search_terms.folder_facet(row["folder_id"]): row["path"]
        for row in database.rows("SELECT folder_id, path FROM folders")
    }
    with database.transaction() as transaction:
        transaction.execute(
            "CREATE VIRTUAL TABLE temp.terms USING fts5vocab('main', 'file_search', 'instance')"
        )
        rows = transaction.rows(
            "SELECT f.path, v.term FROM terms v LEFT JOIN files f ON f.position = v.doc"
        )
    found["search"] = sorted((row["path"], folders.get(row["term"], row["term"])) for row in rows)
    return found


def scan_of(
    library: Path,
    database: Database,
    open_: Callable[[], FactProcesses | None] = lambda: None,
) -> LibraryScan:
    roots = LibraryRoots([library])
    return LibraryScan(
        database,
        roots,
        facts_reader(COMICS, roots),
        now=time.time,
        quick_reader=quick_facts_reader(roots),
        open_processes=open_,
    )


def test_the_catalogue_is_that_of_a_scan_without_processes(
    library: Path, tmp_path: Path, opened: Open
) -> None:
    many_comics(library)
    catalogues = []
    for name, open_ in (("alone", lambda: None), ("processes", opened)):
        database = SqliteDatabase(tmp_path / f"{name}.db")
        scan_of(library, database, open_).scan_root(library)
        catalogues.append(contents(database))
        database.close()
    alone, processes = catalogues
    assert processes == alone
    assert len(alone["files"]) > MIN_FILES_FOR_PROCESSES
    assert len(alone["search"]) > 10 * len(alone["files"])


def test_a_hostile_file_in_a_scan_fails_and_the_others_are_read(
    library: Path, database: Database, opened: Open
) -> None:
    many_comics(library)
    (hostile,) = comics(library, "99/segfault")
    report = scan_of(library, database, lambda: opened(HOSTILE)).scan_root(library)
    assert report.added == report.files
    (row,) = database.rows("SELECT path, state FROM files WHERE reason LIKE '%SIGSEGV%'")
    assert (row["path"], row["state"]) == (hostile.path, "failed")


def test_a_scan_stops_at_once_while_processes_read(
    library: Path, database: Database, opened: Open
) -> None:
    many_comics(library)
    comics(library, "99/sleep")
    stop_at: list[float] = []

    def stop() -> None:
        known = database.value("SELECT count(*) FROM files")
        if not stop_at and known > MIN_FILES_FOR_PROCESSES:
            stop_at.append(time.monotonic() + 1)
        if stop_at and time.monotonic() > stop_at[0]:
            raise JobStopped("stopped")

    scan = scan_of(library, database, lambda: opened(HOSTILE))
    with pytest.raises(JobStopped):
        scan.scan_root(library, Listeners(checkpoint=stop))
    assert time.monotonic() < stop_at[0] + 5  # at once, but this machine may be busy


PROGRAM = """
import sys, time
from pathlib import Path
from comicmaintainer.database import Database, SqliteDatabase
from tests.operations.test_fact_processes import LIMITS, scan_of
from comicmaintainer.library.roots import LibraryRoots
from comicmaintainer.operations.fact_processes import FactProcesses

library, database = map(Path, sys.argv[1:])
scan_of(library, SqliteDatabase(database), lambda: FactProcesses(
    LIMITS, LibraryRoots([library]), count=2, is_left=lambda _: False
)).scan_root(library)
"""


def test_a_scan_that_is_killed_is_completed_by_the_next(
    library: Path, tmp_path: Path, opened: Open
) -> None:
    many_comics(library)
    database = SqliteDatabase(tmp_path / "killed.db")
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(library), str(database.path)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        start_new_session=True,
    )
    while database.value("SELECT count(*) FROM files") < MIN_FILES_FOR_PROCESSES:
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    so_far = database.value("SELECT count(*) FROM files")
    report = scan_of(library, database, opened).scan_root(library)
    assert so_far < report.files
    fresh = SqliteDatabase(tmp_path / "fresh.db")
    scan_of(library, fresh).scan_root(library)
    assert contents(database) == contents(fresh)
    database.close()
    fresh.close()
