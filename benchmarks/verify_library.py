"""Verifies a library of CBZs with stored JPEG pages, beside `unzip -t` and bare checksums.

    python benchmarks/verify_library.py
    python benchmarks/verify_library.py --files 10 --rounds 3

The product's `verify` runs as a job with one thread and with two (each with its helper process),
`unzip -t` and zlib's checksum over the same files in one process and in two, and Pillow's own
decoding of all pages in one process. All take turns in each round; the page cache is warm. Prints
medians and ranges, the processor time of each with its processes, and the ratio to `unzip -t` of
as many processes. The syncs of the database are part of ours. unzip (Info-ZIP) must be installed.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path

from PIL import Image, ImageChops

from comicmaintainer.jobs.model import ENDED, JobRequest
from comicmaintainer.services import Services
from comicmaintainer.services.worker_tools import WorkerTools
from comicmaintainer.settings import Settings

PAGE_PX = (1400, 2100)
DRAWN_PAGES = 12
KINDS = {"baseline": {}, "progressive": {"progressive": True}}
UNZIP, PILLOW = "unzip -t", "Pillow decodes"
PILLOW_FILES = 4
"""Decoding is slow, so it is measured with the first few files."""


def main() -> None:
    parser = argparse.ArgumentParser(description="Verify a library beside unzip -t.")
    parser.add_argument("--files", type=int, default=40)
    parser.add_argument("--megabytes", type=float, default=20)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--pages", choices=list(KINDS), default="baseline")
    parser.add_argument("--folder", type=Path, help="where the comics are made")
    parser.add_argument("--run", nargs="+", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.run is not None:
        task, *words = arguments.run
        TASKS[task](words)
        return
    if shutil.which("unzip") is None:
        raise SystemExit("unzip is missing. On Debian and Ubuntu: apt-get install unzip")
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
        library = Path(folder, "library")
        size_bytes = int(arguments.megabytes * 1e6)
        paths = draw_library(library, arguments.files, size_bytes, arguments.pages)
        show(measured(library, paths, arguments.rounds), sum(path.stat().st_size for path in paths))


def draw_library(library: Path, files: int, size_bytes: int, kind: str) -> list[Path]:
    library.mkdir()
    pages = [drawn_page(number, kind) for number in range(DRAWN_PAGES)]
    paths = [library / f"Drawn Heroes {number:03} (2011).cbz" for number in range(files)]
    for number, path in enumerate(paths):
        left = size_bytes
        with zipfile.ZipFile(path, "w") as archive:
            while left > 0:
                count = len(archive.namelist())
                page = pages[(number + count) % DRAWN_PAGES]
                archive.writestr(f"{count:03}.jpg", page)
                left -= len(page)
    os.sync()
    return paths


def drawn_page(seed: int, kind: str) -> bytes:
    """Return a JPEG of about 800 KB with the grain of a scan."""
    noise = random.Random(seed).randbytes(350 * 525 * 3)
    shapes = Image.frombytes("RGB", (350, 525), noise).resize(PAGE_PX, Image.Resampling.BICUBIC)
    grain = Image.effect_noise(PAGE_PX, 16).convert("RGB")
    buffer = io.BytesIO()
    ImageChops.add(shapes, grain, 1, -128).save(buffer, "JPEG", quality=60, **KINDS[kind])
    return buffer.getvalue()


# --- measuring -----------------------------------------------------------------------------------


class Figures:
    """The seconds and processor seconds of one way, by round."""

    def __init__(self, processes: int, share: float = 1.0) -> None:
        self.processes = processes
        self.share = share  # of the files
        self.wall_s: list[float] = []
        self.processor_s: list[float] = []


def measured(library: Path, paths: Sequence[Path], rounds: int) -> dict[str, Figures]:
    halves = [[str(path) for path in paths[start::2]] for start in (0, 1)]
    everything = [[str(path) for path in paths]]
    few = [everything[0][:PILLOW_FILES]]
    ways: dict[str, tuple[Figures, Callable[[], tuple[float, float]]]] = {
        UNZIP: (Figures(1), lambda: timed("unzip", everything)),
        f"{UNZIP}, two": (Figures(2), lambda: timed("unzip", halves)),
        "CRC-32 of zlib": (Figures(1), lambda: timed("crc", everything)),
        "CRC-32 of zlib, two": (Figures(2), lambda: timed("crc", halves)),
        "verify": (Figures(1), lambda: verified(library, 1)),
        "verify, two": (Figures(2), lambda: verified(library, 2)),
        PILLOW: (Figures(1, len(few[0]) / len(paths)), lambda: timed("pillow", few)),
    }
    for _ in range(rounds):
        for figures, run in ways.values():
            wall_s, processor_s = run()
            figures.wall_s.append(wall_s)
            figures.processor_s.append(processor_s)
    return {name: figures for name, (figures, _) in ways.items()}


def timed(task: str, parts: Sequence[Sequence[str]]) -> tuple[float, float]:
    """Run a task in one process for each part; return seconds and processor seconds."""
    before_s, begun = children_s(), time.perf_counter()
    running = [subprocess.Popen([sys.executable, __file__, "--run", task, *part]) for part in parts]
    if any(process.wait() for process in running):
        raise SystemExit(f"{task} failed")
    return time.perf_counter() - begun, children_s() - before_s


def verified(library: Path, threads: int) -> tuple[float, float]:
    """Verify the library by a job in a process of its own; return what it reports."""
    command = [sys.executable, __file__, "--run", "verify", str(library), str(threads)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    wall_s, processor_s = json.loads(done.stdout.splitlines()[-1])
    return wall_s, processor_s


def children_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def show(ways: dict[str, Figures], size_bytes: int) -> None:
    print("| way | processes | MB/s | range | MB per processor second | beside unzip -t |")
    print("|---|---:|---:|---:|---:|---:|")
    unzip = {each.processes: each for name, each in ways.items() if name.startswith(UNZIP)}
    for name, figures in ways.items():
        megabytes = size_bytes * figures.share / 1e6
        speeds = [megabytes / seconds for seconds in figures.wall_s]
        per_core = megabytes / statistics.median(figures.processor_s)
        rival = unzip[figures.processes]
        ratios = [
            figures.share * theirs / ours
            for ours, theirs in zip(figures.wall_s, rival.wall_s, strict=True)
        ]
        print(
            f"| {name} | {figures.processes} | {statistics.median(speeds):.0f} "
            f"| {min(speeds):.0f} to {max(speeds):.0f} | {per_core:.0f} "
            f"| {statistics.median(ratios):.2f} |"
        )


# --- in processes of their own -------------------------------------------------------------------


def unzip_files(paths: Sequence[str]) -> None:
    for path in paths:
        subprocess.run(["unzip", "-tqq", path], check=True)


def sum_files(paths: Sequence[str]) -> None:
    for path in paths:
        crc = 0
        with open(path, "rb", buffering=0) as file:
            while block := file.read(1 << 20):
                crc = zlib.crc32(block, crc)


def decode_pages(paths: Sequence[str]) -> None:
    for path in paths:
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                Image.open(io.BytesIO(archive.read(name))).load()


def verify_library(words: Sequence[str]) -> None:
    library, threads = Path(words[0]), int(words[1])
    with tempfile.TemporaryDirectory(dir=library.parent) as config:
        settings = {
            "WATCHED_DIR": str(library), "CONFIG_DIR": config, "MAX_WORKERS": str(threads),
        }  # fmt: skip
        services = Services.build(Settings.from_environment(settings))
        tools = WorkerTools.build(services)
        tools.context.scan.scan_root(library)
        worker = tools.worker()
        worker.start()
        before_s, begun = processor_s(), time.perf_counter()
        items = sorted(str(path) for path in library.rglob("*.cbz"))
        job = services.manager.submit(JobRequest("verify", items))
        while job.status not in ENDED:
            time.sleep(0.005)
            job = services.manager.get(job.job_id)
        wall_s = time.perf_counter() - begun
        worker.stop()
        tools.context.comics.close()  # its processes count from their end
        print(json.dumps([wall_s, processor_s() - before_s]))
        if job.failed_items:
            raise SystemExit("some files failed")


def processor_s() -> float:
    return time.process_time() + children_s()


TASKS: dict[str, Callable[[Sequence[str]], None]] = {
    "unzip": unzip_files,
    "crc": sum_files,
    "pillow": decode_pages,
    "verify": verify_library,
}

if __name__ == "__main__":
    main()
