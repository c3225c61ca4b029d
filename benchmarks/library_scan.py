"""Measures the first scan of a library, and compares later ones with `find -printf '%s %T@'`.

    python benchmarks/library_scan.py [--files 100000] [--rounds 9] [--folder FOLDER] [--alone]

The library is made of small CBZs, 50 to a folder. The first scan reads every file; with `--alone`
another one does so without processes that read beside it, into another database. Then scan and
`find` take turns in one run, and the medians are compared. The target is 1.3 x `find`.

Other work on the machine slows all of it down, so the processor time is told as well: that of the
scan's own process and of the processes that read for it.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import tempfile
import time
import zipfile
from functools import partial
from pathlib import Path

from comicmaintainer.database import Database, SqliteDatabase
from comicmaintainer.library.roots import LibraryRoots
from comicmaintainer.library.scan.library_scan import LibraryScan
from comicmaintainer.operations.fact_processes import open_fact_processes
from comicmaintainer.operations.facts import facts_reader, quick_facts_reader
from comicmaintainer.reading.allowances import ReadingLimits
from comicmaintainer.reading.comic_reader import ComicReader

FILES_PER_FOLDER = 50
COMIC_INFO = "<ComicInfo><Series>{series}</Series><Number>{issue}</Number></ComicInfo>"


def make_library(folder: Path, files: int) -> None:
    """Write `files` small CBZs of two pages, half of them tagged."""
    for first in range(0, files, FILES_PER_FOLDER):
        number = first // FILES_PER_FOLDER
        series = folder / f"{number // 20:03d}" / f"Series {number:05d} (2001)"
        series.mkdir(parents=True, exist_ok=True)
        for issue in range(1, min(FILES_PER_FOLDER, files - first) + 1):
            with zipfile.ZipFile(series / f"Series {number:05d} {issue:03d}.cbz", "w") as archive:
                archive.writestr("001.jpg", f"page {first} {issue}")
                archive.writestr("002.jpg", f"page {issue} {first}")
                if number % 2:
                    text = COMIC_INFO.format(series=f"Series {number:05d}", issue=issue)
                    archive.writestr("ComicInfo.xml", text)


def seconds_of_find(folder: Path) -> float:
    began = time.perf_counter()
    subprocess.run(
        ["find", os.fspath(folder), "-type", "f", "-printf", "%s %T@\n"],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return time.perf_counter() - began


def wait_for_idle(longest_s: float) -> bool:
    """Wait until the machine is idle; return False if it stayed busy."""
    ends_at = time.monotonic() + longest_s
    while True:
        before = _processor_ticks()
        time.sleep(0.4)
        after = _processor_ticks()
        if after[1] - before[1] > 0.9 * (after[0] - before[0]):
            return True
        if time.monotonic() > ends_at:
            return False


def _processor_ticks() -> tuple[int, int]:
    """Return all ticks and the idle ones since the machine started."""
    ticks = [int(word) for word in Path("/proc/stat").read_text().split("\n")[0].split()[1:]]
    return sum(ticks), ticks[3] + ticks[4]


def scanner_of(database: Database, roots: LibraryRoots, *, alone: bool) -> LibraryScan:
    """Return the scan of the worker, or one that reads everything in its own thread."""
    limits = ReadingLimits(192 << 20)
    open_processes = partial(open_fact_processes, limits, roots, lambda _: False)
    return LibraryScan(
        database,
        roots,
        facts_reader(ComicReader(limits), roots),
        now=time.time,
        quick_reader=quick_facts_reader(roots),
        open_processes=(lambda: None) if alone else open_processes,
    )


def first_scan(path: Path, roots: LibraryRoots, *, alone: bool) -> dict[str, int]:
    """Scan into a new database at `path`, and return the figures."""
    database = SqliteDatabase(path, cache_bytes=64 << 20)
    began_at, began = os.times(), time.perf_counter()
    report = scanner_of(database, roots, alone=alone).scan_root(roots.paths[0])
    seconds, ended_at = time.perf_counter() - began, os.times()
    database.close()
    own_s = ended_at.user + ended_at.system - began_at.user - began_at.system
    of_helpers_s = (
        ended_at.children_user
        + ended_at.children_system
        - began_at.children_user
        - began_at.children_system
    )
    return {
        "files_per_s": round(report.files / seconds),
        "own_cpu_us_per_file": round(own_s / report.files * 1e6),
        "helpers_cpu_us_per_file": round(of_helpers_s / report.files * 1e6),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--folder", type=Path, help="use (and keep) the library in this folder")
    parser.add_argument("--alone", action="store_true", help="also scan without processes")
    parser.add_argument("--wait", type=float, default=30, help="longest wait for an idle moment")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = (arguments.folder or Path(temporary)) / f"library-{arguments.files}"
        if not folder.exists():
            make_library(folder, arguments.files)
        roots = LibraryRoots([folder])
        figures: dict[str, object] = {"files": arguments.files}
        if arguments.alone:
            alone_path = Path(temporary) / "alone.db"
            figures["first_scan_alone"] = first_scan(alone_path, roots, alone=True)
        path = Path(temporary) / "jobs.db"
        figures["first_scan"] = first_scan(path, roots, alone=False)
        database = SqliteDatabase(path, cache_bytes=64 << 20)
        scanner = scanner_of(database, roots, alone=False)
        find_s: list[float] = []
        scan_s: list[float] = []
        disturbed = 0
        for _ in range(arguments.rounds):
            # Two processes need two processors; other work would distort the figures.
            disturbed += not wait_for_idle(arguments.wait)
            find_s.append(seconds_of_find(folder))
            began = time.perf_counter()
            report = scanner.scan_root(roots.paths[0])
            scan_s.append(time.perf_counter() - began)
            assert (report.files, report.changed) == (arguments.files, 0)
        database.close()
    found, scanned = statistics.median(find_s), statistics.median(scan_s)
    figures |= {
        "find_s": round(found, 3),
        "rescan_s": round(scanned, 3),
        "times_find": round(scanned / found, 2),
        "rounds_disturbed_by_others": disturbed,
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
