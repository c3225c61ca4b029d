"""Converts a library of CB7 comics to CBZ, beside `7z x` plus writing.

    python benchmarks/convert_library.py
    python benchmarks/convert_library.py --files 20 --megabytes 20 --rounds 3 --threads 1 2

The product's `convert` runs as a job: it reads each archive in a helper process, writes the CBZ
durably, reads it back, compares it with the source, and moves the original to the trash. The limit
unpacks with `7z x` into a folder, stores the pages in a ZIP, syncs it, and removes the original;
it keeps no journal and checks nothing. Each run gets fresh comics; runs take turns. Prints medians,
ranges, and the ratio of the speeds to the limit with as many processes. 7z must be installed.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Sequence
from pathlib import Path

from comicmaintainer.jobs.model import ENDED, JobRequest
from comicmaintainer.services import Services
from comicmaintainer.services.worker_tools import WorkerTools
from comicmaintainer.settings import Settings
from verify_library import drawn_page

DRAWN_PAGES = 12


def main() -> None:
    parser = argparse.ArgumentParser(description="Convert a library beside 7z x plus writing.")
    parser.add_argument("--files", type=int, default=30)
    parser.add_argument("--megabytes", type=float, default=20)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--folder", type=Path, help="where the comics are made")
    parser.add_argument("--run", nargs="+", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.run is not None:
        task, *words = arguments.run
        {"limit": unpack_and_write, "convert": convert}[task](words)
        return
    if shutil.which("7z") is None:
        raise SystemExit("7z is missing. On Debian and Ubuntu: apt-get install p7zip-full")
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
        originals = Path(folder, "originals")
        draw_library(originals, arguments.files, int(arguments.megabytes * 1e6))
        megabytes = sum(path.stat().st_size for path in originals.iterdir()) / 1e6
        print("| way | processes | MB/s | range | beside 7z x and writing |")
        print("|---|---:|---:|---:|---:|")
        for processes in arguments.threads:
            limit_s: list[float] = []
            ours_s: list[float] = []
            for _ in range(arguments.rounds):
                limit_s.append(seconds_of_limit(originals, processes))
                ours_s.append(seconds_of_convert(originals, processes))
            for name, seconds in (("7z x and writing", limit_s), ("convert", ours_s)):
                speeds = [megabytes / each for each in seconds]
                ratio = statistics.median(
                    theirs / each for theirs, each in zip(limit_s, seconds, strict=True)
                )
                print(
                    f"| {name} | {processes} | {statistics.median(speeds):.0f} "
                    f"| {min(speeds):.0f} to {max(speeds):.0f} | {ratio:.2f} |",
                    flush=True,
                )


def draw_library(library: Path, files: int, size_bytes: int) -> None:
    """Draw CB7 comics of the given size whose pages are stored."""
    pages = [drawn_page(number, "baseline") for number in range(DRAWN_PAGES)]
    library.mkdir()
    for number in range(files):
        folder = library / f"pages {number:03}"
        folder.mkdir()
        left, count = size_bytes, 0
        while left > 0:
            page = pages[(number + count) % DRAWN_PAGES]
            (folder / f"{count:03}.jpg").write_bytes(page)
            left -= len(page)
            count += 1
        archive = library / f"Drawn Heroes {number:03} (2011).cb7"
        subprocess.run(
            ["7z", "a", "-t7z", "-mx=0", "-bd", "-bso0", str(archive), f"{folder}/."], check=True
        )
        shutil.rmtree(folder)
    os.sync()


def fresh(originals: Path, place: Path) -> list[str]:
    """Copy the comics to `place`; return their paths."""
    shutil.copytree(originals, place)
    os.sync()
    return sorted(str(path) for path in place.iterdir())


def seconds_of_limit(originals: Path, processes: int) -> float:
    with tempfile.TemporaryDirectory(dir=originals.parent) as folder:
        paths = fresh(originals, Path(folder, "library"))
        parts = [paths[start::processes] for start in range(processes)]
        begun = time.perf_counter()
        running = [
            subprocess.Popen([sys.executable, __file__, "--run", "limit", *part]) for part in parts
        ]
        if any(process.wait() for process in running):
            raise SystemExit("7z x and writing failed")
        return time.perf_counter() - begun


def seconds_of_convert(originals: Path, threads: int) -> float:
    with tempfile.TemporaryDirectory(dir=originals.parent) as folder:
        library = Path(folder, "library")
        fresh(originals, library)
        command = [sys.executable, __file__, "--run", "convert", str(library), str(threads)]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        return float(json.loads(done.stdout.splitlines()[-1]))


def unpack_and_write(paths: Sequence[str]) -> None:
    """Unpack each comic, store its pages in a synced CBZ, and remove it."""
    for path in map(Path, paths):
        pages = path.with_suffix("")
        subprocess.run(["7z", "x", "-bd", "-bso0", f"-o{pages}", str(path)], check=True)
        with path.with_suffix(".cbz").open("xb") as target:
            with zipfile.ZipFile(target, "w") as archive:
                for page in sorted(pages.iterdir()):
                    archive.write(page, page.name)
            target.flush()
            os.fsync(target.fileno())
        shutil.rmtree(pages)
        path.unlink()


def convert(words: Sequence[str]) -> None:
    """Convert the library by a job; print the seconds that it took."""
    library, threads = Path(words[0]), words[1]
    settings = {
        "WATCHED_DIR": str(library),
        "CONFIG_DIR": str(library.parent / "config"),
        "MAX_WORKERS": threads,
    }
    services = Services.build(Settings.from_environment(settings))
    tools = WorkerTools.build(services)
    tools.context.scan.scan_root(library)
    items = sorted(str(path) for path in library.iterdir())
    worker = tools.worker()
    worker.start()
    begun = time.perf_counter()
    job = services.manager.submit(JobRequest("convert", items))
    while job.status not in ENDED:
        time.sleep(0.005)
        job = services.manager.get(job.job_id)
    seconds = time.perf_counter() - begun
    worker.stop()
    tools.close()
    if job.failed_items or len(list(library.glob("*.cbz"))) != len(items):
        raise SystemExit("some files failed")
    print(json.dumps(seconds))


if __name__ == "__main__":
    main()
