"""Processes, scans and verifies a library on a slow disk, beside ComicTagger and the bare disk.

    python benchmarks/slow_disk.py --sync-ms 8
    python benchmarks/slow_disk.py --disk spinning --database same elsewhere
    python benchmarks/slow_disk.py --files 1000 --megabytes 20 --operations process --rounds 1

Both disks and all engines take turns in one run; each run gets fresh comics and an empty page cache
(as root). Rates and ratios are medians of the rounds.

`--disk syncs` delays every sync by `--sync-ms`, one after the other; with `--overlap`, syncs of
several threads wait side by side, as on a disk whose flushes serve all who wait. Nothing else is
slower.
`--disk spinning` is ext4 on an emulated disk with seeks, rotation and a write cache; it needs root,
/dev/fuse, a loop device and mkfs.ext4. The image is the whole reach of the head, so a small library
stands for one that fills its disk.

ComicTagger's API runs in four threads: as it is, which syncs nothing, and with one sync of the
filesystem at its end. It has no scan and no check; it reads tags and page lists, and all pages.
"""

from __future__ import annotations

import argparse
import os
import signal
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from comic_copies import ComicTemplate
from emulated_disks import (
    Disk,
    DiskUnavailable,
    DiskWork,
    HeadWork,
    PlainDisk,
    SpinningDisk,
    missing_for_spinning,
    use_own_mounts,
)
from engine_process import EngineFailed, started
from rivals import SOURCE, python_of

OPERATIONS = ("scan", "verify", "process")
"""In this order, since the last one changes the library."""
OURS, RIVAL, SYNCED_RIVAL = "ComicMaintainer", "ComicTagger", "ComicTagger + sync"
ENGINES = (OURS, RIVAL, SYNCED_RIVAL)
NOTES = {
    "scan": f"{RIVAL} reads tags and page lists, and stores nothing",
    "verify": f"{RIVAL} reads all pages, but does not decode them",
    "process": f"{RIVAL} keeps no journal, and syncs nothing or once at the end",
}
SAME, ELSEWHERE, NONE = "same", "elsewhere", "none"
BARE = "bare"
SPARE_BYTES = 512 << 20
MODELS = {
    "syncs": (
        "Every sync in the library's folder takes {sync_ms:g} ms more, {order} over "
        "all threads and processes. Left out: slower reads and writes, and syncs that share a "
        "commit of the filesystem's journal. O_SYNC, msync and io_uring are not seen."
    ),
    "spinning": (
        "ext4 on a disk of 7,200 rpm: 8 ms per seek on average (by distance), rotation, 150 MB/s, "
        "64 MB of write cache that empties in the order of sectors at a flush or when it is full, "
        "waiting reads served nearest first. Left out: writing while idle, faster outer tracks, "
        "more than one stream of read-ahead in the disk, partitions, RAID."
    ),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the tables: an engine on a disk, with its database there or not."""

    engine: str
    disk: str
    database: str

    @property
    def operations(self) -> Sequence[str]:
        """What this engine does; a sync only matters where something was written."""
        return OPERATIONS[-1:] if self.engine == SYNCED_RIVAL else OPERATIONS


@dataclass(frozen=True, slots=True)
class Run:
    """One run of one operation."""

    files: int
    seconds: float
    processor_s: float
    work: DiskWork

    @property
    def rate(self) -> float:
        """Files per second."""
        return self.files / self.seconds


Runs = dict[tuple[str, Entry], list[Run]]


def main() -> None:
    options = parsed()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        if options.disk == "spinning":
            if missing := missing_for_spinning():
                raise DiskUnavailable(f"A spinning disk needs {', '.join(missing)}.")
            use_own_mounts()
        with tempfile.TemporaryDirectory(dir=options.folder) as folder:
            runs = Measurement(options, Path(folder)).runs()
    except (DiskUnavailable, EngineFailed) as error:
        raise SystemExit(str(error)) from error
    print_report(options, runs)


def parsed() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--disk", choices=list(MODELS), default="syncs")
    parser.add_argument("--sync-ms", type=float, default=8, help="for --disk syncs")
    parser.add_argument(
        "--overlap", action="store_true", help="for --disk syncs: they wait side by side"
    )
    parser.add_argument(
        "--database", nargs="+", choices=[SAME, ELSEWHERE], default=[SAME],
        help="whether it lies on the slow disk too, or on the bare one",
    )  # fmt: skip
    parser.add_argument("--files", type=int, default=200)
    parser.add_argument("--megabytes", type=float, default=4)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=4)
    parser.add_argument("--worker-processes", type=int, default=1)
    parser.add_argument("--operations", nargs="+", choices=OPERATIONS, default=list(OPERATIONS))
    parser.add_argument("--engines", nargs="+", choices=ENGINES, default=list(ENGINES))
    parser.add_argument("--rivals", type=Path, help="where the rival is installed")
    parser.add_argument("--folder", type=Path, help="where the comics are made: the bare disk")
    parser.add_argument("--limit-s", type=float, default=1800, help="longest time of one run")
    return parser.parse_args()


class Measurement:
    """All runs of one command, under `folder`."""

    def __init__(self, options: argparse.Namespace, folder: Path) -> None:
        self._options = options
        self._folder = folder
        self._build = folder / "build"
        self._build.mkdir()
        size_bytes = int(options.megabytes * 1e6)
        self._template = ComicTemplate(folder / "template.cbz", size_bytes)
        # Twice the library, because ComicTagger copies every comic.
        self._disk_bytes = 2 * options.files * size_bytes + SPARE_BYTES
        if set(options.engines) != {OURS}:
            self._rival = python_of("comictagger", options.rivals or folder / "rivals")

    def runs(self) -> Runs:
        """Run every entry once in each round, every second round backwards."""
        runs: Runs = {}
        entries = self._entries()
        for number in range(self._options.rounds):
            for entry in entries if number % 2 == 0 else entries[::-1]:
                for operation, run in self._run_entry(entry):
                    runs.setdefault((operation, entry), []).append(run)
                    print(
                        f"round {number + 1}: {operation}, {entry.engine}, {entry.disk}, database "
                        f"{entry.database}: {run.rate:.1f} files/s",
                        file=sys.stderr,
                    )
        return runs

    def _entries(self) -> list[Entry]:
        options = self._options
        slow = slow_name(options)
        entries = []
        for engine in options.engines:
            on_slow = options.database if engine == OURS else [NONE]
            entries.append(Entry(engine, BARE, SAME if engine == OURS else NONE))
            entries += [Entry(engine, slow, database) for database in on_slow]
        return sorted(entries, key=lambda entry: entry.disk != BARE)

    def _run_entry(self, entry: Entry) -> list[tuple[str, Run]]:
        """Run the operations of an entry on a fresh disk."""
        files = self._options.files
        with (
            tempfile.TemporaryDirectory(dir=self._folder) as place,
            self._disk(entry.disk, Path(place, "disk")) as disk,
        ):
            self._template.make_library(disk.folder / "library", files)
            self._template.make_library(disk.folder / "warm-up", 1, first=files)
            config = disk.folder if entry.database == SAME else Path(place)
            return [
                (operation, self._run(operation, entry.engine, disk, config / operation))
                for operation in entry.operations
                if operation in self._options.operations
            ]

    def _disk(self, name: str, folder: Path) -> PlainDisk | SpinningDisk:
        if name == BARE:
            return PlainDisk(name, folder, self._build)
        if self._options.disk == "syncs":
            return PlainDisk(
                name,
                folder,
                self._build,
                sync_ms=self._options.sync_ms,
                overlap=self._options.overlap,
            )
        return SpinningDisk(name, folder, self._build, size_bytes=self._disk_bytes)

    def _run(self, operation: str, engine: str, disk: Disk, config: Path) -> Run:
        command = self._command(operation, engine, disk.folder, config)
        environment = {**disk.environment, "PYTHONPATH": str(SOURCE) if engine == OURS else ""}
        try:
            with started(command, environment, limit_s=self._options.limit_s) as process:
                process.wait_until_ready()
                empty_page_cache(disk.folder)
                disk.begin()
                seconds, processor_s = process.work()
                work = disk.end()
        except EngineFailed as error:
            raise EngineFailed(f"{engine}, {operation} on {disk.name}: {error}") from error
        return Run(self._options.files, seconds, processor_s, work)

    def _command(self, operation: str, engine: str, folder: Path, config: Path) -> list[str]:
        options = self._options
        places = [str(folder / "library"), str(folder / "warm-up")]
        if engine == OURS:
            program = str(Path(__file__).with_name("comicmaintainer_run.py"))
            rest = [str(config), str(options.threads), str(options.worker_processes)]
            return [sys.executable, program, operation, *places, *rest]
        program = str(Path(__file__).with_name("comictagger_run.py"))
        rest = [str(options.threads), *(["--sync"] if engine == SYNCED_RIVAL else [])]
        return [str(self._rival), program, operation, *places, *rest]


def slow_name(options: argparse.Namespace) -> str:
    """Return what the tables call the emulated disk."""
    return f"syncs of {options.sync_ms:g} ms" if options.disk == "syncs" else "spinning"


def empty_page_cache(folder: Path) -> None:
    """Write out what is not yet on the disk of the folder, and forget what was read (as root)."""
    subprocess.run(["sync", "--file-system", str(folder)], check=True)
    if os.geteuid() == 0:
        Path("/proc/sys/vm/drop_caches").write_text("3")


def print_report(options: argparse.Namespace, runs: Runs) -> None:
    """Print what was measured, of which disk, and how far rounds differ."""
    order = "side by side" if options.overlap else "one after the other"
    model = MODELS[options.disk].format(sync_ms=options.sync_ms, order=order)
    print(f"{slow_name(options)}: {model}")
    load = ", ".join(f"{average:.1f}" for average in os.getloadavg())
    cache = "emptied before each run" if os.geteuid() == 0 else "not emptied (needs root)"
    print(
        f"{options.files} files of {options.megabytes:g} MB, {options.threads} threads, "
        f"{options.worker_processes} worker processes, {options.rounds} rounds; page cache "
        f"{cache}; {os.cpu_count()} processors, load averages at the end {load}."
    )
    for operation in options.operations:
        entries = [entry for done, entry in runs if done == operation]
        rows = {entry: runs[operation, entry] for entry in entries}
        print(f"\n{operation} ({NOTES[operation]}): medians, lowest and highest round\n")
        print(
            "| engine | disk | database | files/s | syncs/file | elsewhere | processor ms/file "
            f"| x {RIVAL} | x {SYNCED_RIVAL} |\n|---|---|---|---:|---:|---:|---:|---:|---:|"
        )
        for entry, done in rows.items():
            print(
                f"| {entry.engine} | {entry.disk} | {entry.database} | {rates(done)} "
                f"| {per_file(done, lambda run: run.work.syncs):.2f} "
                f"| {per_file(done, lambda run: run.work.syncs_elsewhere):.2f} "
                f"| {per_file(done, lambda run: run.processor_s * 1000):.1f} "
                f"| {ratio(rows, entry, RIVAL)} | {ratio(rows, entry, SYNCED_RIVAL)} |"
            )
        print_head_work({entry: done for entry, done in rows.items() if done[0].work.head})


def print_head_work(rows: dict[Entry, list[Run]]) -> None:
    """Print what the spinning disk did for each file."""
    if not rows:
        return
    print(
        "\n| engine | database | flushes/file | accesses/file | KB read/file | KB written/file "
        "| disk busy |\n|---|---|---:|---:|---:|---:|---:|"
    )
    for entry, runs in rows.items():
        busy = statistics.median(head_of(run).busy_us / 1e6 / run.seconds for run in runs)
        print(
            f"| {entry.engine} | {entry.database} "
            f"| {per_file(runs, lambda run: head_of(run).flushes):.2f} "
            f"| {per_file(runs, lambda run: head_of(run).accesses):.2f} "
            f"| {per_file(runs, lambda run: head_of(run).read_bytes / 1000):.0f} "
            f"| {per_file(runs, lambda run: head_of(run).written_bytes / 1000):.0f} "
            f"| {busy:.0%} |"
        )


def head_of(run: Run) -> HeadWork:
    """Return what the head of a spinning disk did."""
    assert run.work.head is not None
    return run.work.head


def rates(runs: Sequence[Run]) -> str:
    """Return the median rate, and its lowest and highest."""
    found = sorted(run.rate for run in runs)
    return f"{statistics.median(found):.1f} ({found[0]:.1f} to {found[-1]:.1f})"


def per_file(runs: Sequence[Run], value: Callable[[Run], float]) -> float:
    """Return the median over the rounds of a value for each file."""
    return statistics.median(value(run) / run.files for run in runs)


def ratio(rows: dict[Entry, list[Run]], entry: Entry, rival: str) -> str:
    """Return how many times as fast as a rival of the same round and disk the entry is."""
    beside = rows.get(Entry(rival, entry.disk, NONE))
    if beside is None:
        return "-"
    pairs = zip(rows[entry], beside, strict=True)
    return f"{statistics.median(run.rate / other.rate for run, other in pairs):.2f}"


if __name__ == "__main__":
    main()
