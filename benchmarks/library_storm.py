"""Kills workers with SIGKILL while one job tags and renames real comics, and checks every file.

    python benchmarks/library_storm.py --files 1000 --kills 200

A preview first shows how each file will be named and tagged. Then the job runs in real worker
processes; whenever a few more files are done, one of them is killed and another started. At the end
every item must have exactly one accepted result, a success; counters must agree; every archive must
be named and tagged as planned, open without errors and have its pages unchanged; and a second run
must find nothing to do. The report is one JSON object; exit code 1 means that something was lost.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import zipfile
from dataclasses import asdict, dataclass, field
from pathlib import Path

from comicmaintainer.jobs.model import ENDED, Job, JobRequest
from comicmaintainer.operations.comic import read_comic
from comicmaintainer.operations.declared.kinds import validated_params
from comicmaintainer.reading.allowances import ReadingLimits
from comicmaintainer.reading.comic_reader import ComicReader
from comicmaintainer.services import Services
from comicmaintainer.settings import Settings

POLL_S = 0.005
PAGES = 12
NAMES = [
    "Amber",
    "Brass",
    "Cedar",
    "Delta",
    "Ember",
    "Frost",
    "Grove",
    "Haven",
    "Iron",
    "Jade",
    "Karst",
    "Lumen",
    "Moss",
    "Nova",
    "Onyx",
    "Pearl",
    "Quartz",
    "Raven",
    "Slate",
    "Thorn",
]
RESUME_WITHIN_S = 30.0


@dataclass(slots=True)
class Report:
    """The outcome; `faults` is empty if nothing was lost. Times in seconds."""

    files: int
    kills: int = 0
    seconds: float = 0.0
    slowest_resume_s: float = 0.0
    second_run_changed: int = 0
    faults: list[str] = field(default_factory=list)


def draw_library(folder: Path, files: int, seed: int) -> dict[str, str]:
    """Write comics of a few random pages; return the hash of the pages by file name's number."""
    chance = random.Random(seed)
    hashes: dict[str, str] = {}
    for number in range(files):
        series = f"{NAMES[number % 20]} Tales"
        path = folder / series / f"{series} {number // 20 + 1:03} ({1990 + number % 20}).cbz"
        path.parent.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(path, "w") as archive:
            for page in range(PAGES):
                archive.writestr(f"{page:03}.jpg", b"\xff\xd8\xff" + chance.randbytes(2000))
        hashes[str(path)] = hash_of_pages(path)
    return hashes


def hash_of_pages(path: Path) -> str:
    """Return a hash over names and bytes of all pages, read with Python's own zipfile."""
    digest = hashlib.sha256()
    with zipfile.ZipFile(path) as archive:
        if archive.testzip() is not None:
            return "damaged"
        for name in sorted(archive.namelist()):
            if name.endswith(".jpg"):
                digest.update(name.encode() + archive.read(name))
    return digest.hexdigest()


class Workers:
    """A fixed number of real worker processes; a killed one is replaced."""

    def __init__(self, count: int, environment: dict[str, str]) -> None:
        self._environment = environment
        self._processes = [self._start() for _ in range(count)]

    def kill_one(self, chance: random.Random) -> None:
        """Kill a random worker and start another in its place."""
        place = chance.randrange(len(self._processes))
        self._processes[place].send_signal(signal.SIGKILL)
        self._processes[place].wait()
        self._processes[place] = self._start()

    def stop(self) -> None:
        """Stop all workers cleanly."""
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            process.wait()

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "comicmaintainer", "worker"],
            env=self._environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )


def run_to_end(services: Services, *, preview: bool) -> Job:
    """Submit a job over the whole library; the running workers do it."""
    request = JobRequest(
        kind="process",
        items=list(services.selections.all_files()),
        params=validated_params("process", {}),
        preview=preview,
    )
    job = services.manager.submit(request)
    while job.status not in ENDED:
        time.sleep(POLL_S)
        job = services.manager.get(job.job_id)
    return job


def storm(services: Services, workers: Workers, report: Report, chance: random.Random) -> Job:
    """Run the job, killing a worker each time some more files are done."""
    job = services.manager.submit(
        JobRequest(
            kind="process",
            items=list(services.selections.all_files()),
            params=validated_params("process", {}),
        )
    )
    wanted = report.kills
    report.kills = 0
    killed_at = time.monotonic()
    next_kill = 1
    waiting_for_progress = False
    seen = 0
    while job.status not in ENDED:
        job = services.manager.get(job.job_id)
        if job.processed_items > seen:
            seen = job.processed_items
            if waiting_for_progress:
                waiting_for_progress = False
                resumed = time.monotonic() - killed_at
                report.slowest_resume_s = max(report.slowest_resume_s, resumed)
        if job.processed_items >= next_kill and report.kills < wanted:
            time.sleep(chance.random() * 0.02)
            workers.kill_one(chance)
            report.kills += 1
            killed_at = time.monotonic()
            waiting_for_progress = True
            left = max(1, report.files - job.processed_items)
            step = max(1.0, left / max(1, wanted - report.kills))
            next_kill = job.processed_items + max(1, round(chance.uniform(0.3, 1.1) * step))
        if waiting_for_progress and time.monotonic() - killed_at > RESUME_WITHIN_S:
            report.faults.append(f"no progress for {RESUME_WITHIN_S:.0f} s after a kill")
            break
        time.sleep(POLL_S)
    return job


def check(
    services: Services,
    job: Job,
    planned: dict[str, str],
    hashes: dict[str, str],
    report: Report,
) -> None:
    """Compare results, counters and files with the plan."""
    faults = report.faults
    results = list(services.manager.results.in_order(job.job_id))
    items = [result.item for result in results]
    if sorted(items) != sorted(planned) or len(set(items)) != len(items):
        faults.append(f"{len(items)} results for {len(planned)} items")
    faults += [f"{r.item}: {r.error}" for r in results if not r.success]
    if (job.status, job.processed_items, job.failed_items) != ("completed", len(planned), 0):
        faults.append(f"job is {job.status}: {job.processed_items}, {job.failed_items} failed")
    comics = ComicReader(ReadingLimits.of(services.settings))
    for before, after in planned.items():
        path = Path(after)
        if not path.is_file():
            faults.append(f"{after} is not there")
        elif hash_of_pages(path) != hashes[before]:
            faults.append(f"{after}: pages differ")
        elif not read_comic(comics, path).metadata.series:
            faults.append(f"{after}: no tags")
    there = {str(path) for path in services.roots.walk(services.roots.paths[0])}
    faults += [f"{path} is not planned" for path in there - set(planned.values())]
    for path in services.roots.paths[0].rglob(".*.tmp"):
        faults.append(f"{path} is left over")
    if services.journal.open_changes():
        faults.append("changes are still open in the journal")
    if services.database.value("PRAGMA integrity_check") != "ok":
        faults.append("the database is damaged")


def run(files: int, kills: int, workers: int, seed: int, folder: Path) -> Report:
    """Draw a library in `folder`, run the storm and check the outcome."""
    report = Report(files=files, kills=kills)
    chance = random.Random(seed)
    library = folder / "library"
    hashes = draw_library(library, files, seed)
    environment = {
        **os.environ,
        "WATCHED_DIR": str(library),
        "CONFIG_DIR": str(folder / "config"),
        "WATCH_MODE": "off",
        "TZ": "UTC",
    }
    services = Services.build(Settings.from_environment(environment))
    pool = Workers(workers, environment)
    try:
        preview = run_to_end(services, preview=True)
        planned = {
            result.item: str((result.details or {})["path"])
            for result in services.manager.results.in_order(preview.job_id)
        }
        began = time.monotonic()
        job = storm(services, pool, report, chance)
        report.seconds = round(time.monotonic() - began, 1)
        again = run_to_end(services, preview=False)
        report.second_run_changed = sum(
            not (result.details or {}).get("unchanged")
            for result in services.manager.results.in_order(again.job_id)
        )
        if report.second_run_changed:
            report.faults.append(f"a second run changed {report.second_run_changed} files")
    finally:
        pool.stop()
    check(services, job, planned, hashes, report)
    return report


def main() -> None:
    """Read the options, run one storm, print its report."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--files", type=int, default=1000)
    options.add_argument("--kills", type=int, default=200)
    options.add_argument("--workers", type=int, default=2)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--folder", type=Path, help="where to work (a temporary folder)")
    chosen = options.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="storm-", dir=chosen.folder))
    try:
        report = run(chosen.files, chosen.kills, chosen.workers, chosen.seed, folder)
    finally:
        shutil.rmtree(folder)
    print(json.dumps(asdict(report), indent=2))
    sys.exit(1 if report.faults else 0)


if __name__ == "__main__":
    main()
