"""Kills workers and the source's server while a job identifies comics, and checks what was lost.

    python benchmarks/identify_storm.py --comics 2000 --kills 50 --speed 300

The source allows 200 requests an hour of each resource, so most comics wait most of the time; the
clocks run `--speed` times faster than time. Workers are killed (SIGKILL) at random moments, spread
over the requests, and the server once in the middle. A run before it without limits and kills shows
how it has to end: all archives must have the same members, to the byte; every item exactly one
result, a success; and no answer may have been paid for twice, except one under way at each kill.

`estimate_error_percent` says how far the product's own estimate of the end was off when each tenth
of the comics was done, as a part of the whole time (above 0: too late), and
`worst_estimate_percent` how far at worst from a tenth on. `quiet_processor_ms_per_comic` is the
processor time that workers needed in the run without limits, and `waiting_ms_per_comic` what they
needed more in the storm, with the starts of those in place of killed ones. The report is one JSON
object; exit code 1 means faults.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import shutil
import sys
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from comicmaintainer.jobs.model import ENDED, Job, JobRequest
from comicmaintainer.matching.model import Level
from comicmaintainer.operations.declared.kinds import validated_params
from comicmaintainer.services import Services
from drawn_library import draw_cases
from fast_services import FastClock, FastWorkers, run_job
from replay_process import ReplayProcess, paid_twice

FAST = 20_000.0
FIRST = [
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
SECOND = [
    "Atlas",
    "Bridge",
    "Crown",
    "Divers",
    "Engine",
    "Falls",
    "Garden",
    "Harbour",
    "Island",
    "Journey",
    "Keeper",
    "Lights",
    "Meadow",
    "Nights",
    "Orchard",
    "Parade",
    "Quarry",
    "Road",
    "Signal",
    "Tide",
]
PUBLISHERS = ("Tern Press", "Lantern Comics", "Ostrava House")
ISSUES = 12
TWIN_EVERY, UNKNOWN_EVERY = 6, 15
MOST_SERVER_PAUSE_S = 1.0
ESTIMATE_EVERY_S = 1.0


@dataclass(slots=True)
class Report:
    """The outcome; `faults` is empty if nothing was lost. Times in seconds, of the real clock."""

    comics: int
    kills: int = 0
    seconds: float = 0.0
    hours_by_the_clock: float = 0.0
    tagged: int = 0
    requests: dict[str, int] = field(default_factory=dict)
    refused_by_a_limit: int = 0
    paid_twice: int = 0
    covers_twice: int = 0
    turns_per_comic: float = 0.0
    quiet_processor_ms_per_comic: float = 0.0
    processor_ms_per_comic: float = 0.0
    waiting_ms_per_comic: float = 0.0
    estimate_error_percent: dict[int, float] = field(default_factory=dict)
    worst_estimate_percent: float = 0.0
    faults: list[str] = field(default_factory=list)


def invent(folder: Path, comics: int, seed: int) -> tuple[Path, Path]:
    """Write a catalogue and the cases of so many comics; return the two files.

    Some series have a twin of the same name and years, so that covers decide; some are unknown.
    """
    chance = random.Random(seed)
    series: list[dict[str, Any]] = []
    cases: list[dict[str, Any]] = []
    left, number = comics, 0
    while left > 0:
        name = f"{FIRST[number % 20]} {SECOND[number // 20 % 20]}"
        if number >= 400:
            name += f" {FIRST[number // 400 % 20]}"
        start = 1970 + number % 50
        count = min(left, chance.choice((1, 2, 4, 8, ISSUES)))
        twins = 2 if number % TWIN_EVERY == 1 else 1
        for twin in range(twins):
            first = 10_000 + number * 100 + twin * 50
            issues = [[first + at, str(at), start + (at - 1) // 6] for at in range(1, ISSUES + 1)]
            series.append({"id": 1000 + number * 2 + twin, "name": name, "start_year": start,
                           "publisher": PUBLISHERS[twin], "issues": issues})  # fmt: skip
        shown = name if number % UNKNOWN_EVERY else f"Nobody Knows {number}"
        files = [{"name": f"{shown} {at:03} ({year}).cbz", "issue": id_}
                 for id_, at, year in ((i, int(n), y) for i, n, y in issues[:count])]  # fmt: skip
        cases.append({"folder": f"{shown} ({start})", "series": 0, "files": files})
        left -= count
        number += 1
    paths = folder / "series.jsonl", folder / "cases.jsonl"
    for path, lines in zip(paths, (series, cases), strict=True):
        path.write_text("".join(f"{json.dumps(line)}\n" for line in lines), encoding="utf-8")
    return paths


def members_of(path: Path) -> Mapping[str, str]:
    """Return a hash of each member of an archive, read with Python's own zipfile."""
    with zipfile.ZipFile(path) as archive:
        return {name: hashlib.sha256(archive.read(name)).hexdigest() for name in archive.namelist()}


class Storm:
    """One library, identified twice: quietly, and in a storm."""

    def __init__(self, options: argparse.Namespace, folder: Path) -> None:
        self._options = options
        self._folder = folder
        self._library = folder / "library"
        self._catalogue, self._cases = invent(folder, options.comics, options.seed)
        self.report = Report(options.comics)

    def run(self) -> Report:
        """Run both jobs and compare how they end."""
        log = self._folder / "quiet.jsonl"
        server = ReplayProcess(log, clock := self._clock(FAST), self._arguments())
        draw_cases(self._cases, self._library, server.cover, None)
        shutil.copytree(self._library, self._folder / "fresh")
        before = len(server.requests())
        quiet_s = self._quiet(server, clock)
        requests = len(server.requests(before))
        server.stop()
        wanted = {path: members_of(path) for path in self._comics()}
        shutil.rmtree(self._library)
        shutil.move(self._folder / "fresh", self._library)
        self._storm(requests, quiet_s)
        self._compare(wanted)
        return self.report

    def _clock(self, speed: float) -> FastClock:
        return FastClock(time.time(), speed)

    def _arguments(self, *limits: str) -> list[str]:
        words = [word for limit in limits for word in ("--limit", f"comicvine:{limit}")]
        return ["--catalogue", str(self._catalogue), *words]

    def _comics(self) -> list[Path]:
        return sorted(self._library.rglob("*.cbz"))

    def _environment(self, name: str, server: ReplayProcess) -> dict[str, str]:
        return {
            **os.environ,
            "WATCHED_DIR": str(self._library),
            "CONFIG_DIR": str(self._folder / name),
            "WATCH_MODE": "off",
            "SOURCES": "comicvine",
            "COMICVINE_KEY": "k",
            "COMICVINE_ADDRESS": server.comicvine,
            "ANSWER_DAYS": "3650",
            "TZ": "UTC",
        }

    def _quiet(self, server: ReplayProcess, clock: FastClock) -> float:
        """Identify all comics without kills and limits; return the processor time in seconds."""
        environment = self._environment("quiet", server)
        services = clock.services(environment)
        workers = FastWorkers(self._options.workers, clock, environment)
        try:
            run_job(services, "scan", [str(self._library)])
            job = run_job(services, "identify", [str(path) for path in self._comics()])
        finally:
            workers.stop()
        failed = [r for r in services.manager.results.in_order(job.job_id) if not r.success]
        self.report.faults += [f"without kills: {each.item}: {each.error}" for each in failed]
        services.database.close()
        return workers.used_s

    # --- the storm -------------------------------------------------------------------------------

    def _storm(self, expected: int, quiet_s: float) -> None:
        options, report = self._options, self.report
        clock = self._clock(options.speed)
        server = ReplayProcess(self._folder / "storm.jsonl", clock, self._arguments(*options.limit))
        environment = self._environment("storm", server)
        services = clock.services(environment)
        workers = FastWorkers(options.workers, clock, environment)
        try:
            run_job(services, "scan", [str(self._library)])
            began, real = clock(), time.monotonic()
            job = services.manager.submit(
                JobRequest(
                    "identify",
                    [str(path) for path in self._comics()],
                    validated_params("identify", {}),
                )
            )
            estimates = self._kill_until_end(services, job, server, workers, expected)
        finally:
            workers.stop()
            server.stop()
        ended = clock()
        report.seconds = round(time.monotonic() - real, 1)
        report.hours_by_the_clock = round((ended - began) / 3600, 1)
        report.quiet_processor_ms_per_comic = round(1000 * quiet_s / report.comics, 1)
        report.processor_ms_per_comic = round(1000 * workers.used_s / report.comics, 1)
        report.waiting_ms_per_comic = round(1000 * (workers.used_s - quiet_s) / report.comics, 1)
        errors = [(done, 100 * (at - ended) / (ended - began)) for done, at in estimates]
        for done, error in errors:
            report.estimate_error_percent.setdefault(done * 10 // report.comics, round(error, 1))
        report.worst_estimate_percent = round(max(abs(error) for _, error in errors), 1)
        self._check_job(services, job.job_id)
        self._check_requests(server)

    def _kill_until_end(
        self,
        services: Services,
        job: Job,
        server: ReplayProcess,
        workers: FastWorkers,
        expected: int,
    ) -> list[tuple[int, float]]:
        """Kill along the way; return the ends that the product estimated, by comics done."""
        options, chance = self._options, random.Random(self._options.seed)
        every = expected / (options.kills + 1)
        server_at = expected / 2 if options.kills else float("inf")
        estimates: list[tuple[int, float]] = []
        estimate_at = 0.0
        until = time.monotonic() + options.within_s
        while job.status not in ENDED:
            time.sleep(0.05)
            asked = sum(server.counts().values())
            job = services.manager.get(job.job_id)
            if job.processed_items * 10 >= options.comics and time.monotonic() > estimate_at:
                estimate_at = time.monotonic() + ESTIMATE_EVERY_S
                estimates += self._estimate(services, job)
            if self.report.kills < options.kills and asked >= (self.report.kills + 1) * every:
                time.sleep(chance.random() * 0.05)
                workers.kill_one(chance)
                self.report.kills += 1
            if asked >= server_at:
                server_at = float("inf")
                server.kill()
                time.sleep(chance.random() * MOST_SERVER_PAUSE_S)
                server.start_again()
            if time.monotonic() > until:
                self.report.faults.append(f"not at its end after {options.within_s:.0f} s")
                break
        return estimates

    def _estimate(self, services: Services, job: Job) -> list[tuple[int, float]]:
        certain = services.manager.results.count_by(job.job_id, "$.identified.level")
        found = services.identification_progress.forecast(job, certain.get(Level.CERTAIN, 0))
        return [] if found is None else [(job.processed_items, found.done_at)]

    # --- checks ----------------------------------------------------------------------------------

    def _check_job(self, services: Services, job_id: str) -> None:
        faults, report = self.report.faults, self.report
        job = services.manager.get(job_id)
        if (job.processed_items, job.failed_items) != (report.comics, 0):
            faults.append(f"counters: {job.processed_items} done, {job.failed_items} failed")
        results = list(services.manager.results.in_order(job_id))
        if (
            len({result.item for result in results}) != len(results)
            or len(results) != job.total_items
        ):
            faults.append(f"{len(results)} results for {job.total_items} items")
        faults += [f"{result.item}: {result.error}" for result in results if not result.success]
        turns = services.database.value(
            "SELECT sum(attempt) FROM job_items WHERE job_id = ?", (job_id,)
        )
        report.turns_per_comic = round(turns / report.comics, 2)
        if services.journal.open_changes():
            faults.append("changes are still open in the journal")
        if services.database.value("PRAGMA integrity_check") != "ok":
            faults.append("the database is damaged")

    def _check_requests(self, server: ReplayProcess) -> None:
        report, requests = self.report, server.requests()
        report.requests = dict(Counter(each["resource"] for each in requests))
        report.refused_by_a_limit = sum(each["status"] == 420 for each in requests)
        again = paid_twice(requests)
        report.covers_twice = sum(address.startswith("/covers/") for address in again)
        report.paid_twice = len(again) - report.covers_twice
        if report.refused_by_a_limit:
            report.faults.append(f"{report.refused_by_a_limit} requests were over a limit")
        if report.paid_twice > report.kills + bool(report.kills):
            report.faults.append(f"{report.paid_twice} answers were paid for twice")

    def _compare(self, wanted: Mapping[Path, Mapping[str, str]]) -> None:
        there = {path: members_of(path) for path in self._comics()}
        self.report.tagged = sum("ComicInfo.xml" in members for members in there.values())
        if there.keys() != wanted.keys():
            self.report.faults.append("other files than without kills")
        differing = [path for path in wanted if there.get(path) != wanted[path]]
        self.report.faults += [f"{path.name} is another than without kills" for path in differing]
        left = [path for path in self._library.rglob("*") if path.is_file()
                and path.suffix != ".cbz"]  # fmt: skip
        self.report.faults += [f"{path} is left over" for path in left]


def main() -> None:
    """Read the options, run one storm, print its report."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--comics", type=int, default=2000)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--limit", action="append", default=None, metavar="COUNT/SECONDS")
    parser.add_argument("--speed", type=float, default=300.0, help="how much faster clocks run")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--within-s", type=float, default=3600.0)
    parser.add_argument("--folder", type=Path, help="where to work (a temporary folder)")
    options = parser.parse_args()
    options.limit = options.limit or ["200/3600"]
    folder = Path(tempfile.mkdtemp(prefix="identify-storm-", dir=options.folder))
    try:
        report = Storm(options, folder).run()
    finally:
        shutil.rmtree(folder)
    print(json.dumps(asdict(report), indent=2))
    sys.exit(1 if report.faults else 0)


if __name__ == "__main__":
    main()
