"""Kills and stops workers at random moments, and counts what their jobs lose.

    python benchmarks/kill_storm.py --items 10000 --workers 4 --kills 2000
    python benchmarks/kill_storm.py --items 2000 --workers 20 --stops 100

Each item writes one small file. Kills (SIGKILL) are spread over the progress of the job; a killed
worker is replaced at once. A stopped worker (SIGSTOP) holds its claims until its lease has run out
and others have taken over; then it goes on (SIGCONT) and hands in results that must be refused.
With `--rescue-at-once` the lease is not waited for. The report is one JSON object; exit code 1
means that something was lost, doubled or miscounted.
"""

from __future__ import annotations

import argparse
import json
import logging
import multiprocessing
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from comicmaintainer.database import SqliteDatabase
from comicmaintainer.database.write_turn import NEXT, TURN
from comicmaintainer.filesystem import byte_locks
from comicmaintainer.jobs.engine.worker import Worker
from comicmaintainer.jobs.job_manager import JobManager
from comicmaintainer.jobs.model import ClaimedItem, ItemGuard, JobRequest, JobStatus, Outcome
from named_kinds import NamedKinds

KIND = "touch"
POLL_S = 0.005


@dataclass(slots=True)
class Report:
    """The outcome; `faults` is empty if nothing was lost."""

    items: int
    kills: int = 0
    stops: int = 0
    rescued_from_stopped: int = 0
    late_results_accepted: int = 0
    runs: int = 0
    seconds: float = 0.0
    resumed_within_s: float = 0.0
    faults: list[str] = field(default_factory=list)


def touch(item_s: float, claim: ClaimedItem, guard: ItemGuard) -> Outcome:
    """Append one letter to the item's file and take `item_s` for it."""
    guard.check()
    with Path(claim.item).open("a", encoding="ascii") as file:
        file.write("x")
    time.sleep(item_s)
    return Outcome(True, {"pid": os.getpid(), "attempt": claim.attempt})


def be_worker(path: Path, threads: int, item_s: float) -> None:
    """Run a worker in this process until it is killed."""
    logging.disable(logging.WARNING)
    worker = Worker(SqliteDatabase(path), {KIND: partial(touch, item_s)}, threads=threads)
    worker.start()
    signal.sigwait({signal.SIGTERM})
    worker.stop()


def stop(pid: int) -> None:
    """Stop a process, and return when all its threads stand still."""
    os.kill(pid, signal.SIGSTOP)
    for task in Path(f"/proc/{pid}/task").iterdir():
        while (task / "stat").read_text().rpartition(")")[2].split()[0] != "T":
            time.sleep(POLL_S / 10)


class Storm:
    """A job, its workers, and the kills and stops."""

    def __init__(self, folder: Path, options: argparse.Namespace) -> None:
        self._options = options
        self._path = folder / "jobs.db"
        self._random = random.Random(options.seed)
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(["comicmaintainer.jobs.engine.worker"])
        self._workers: list[Any] = []
        self.database = SqliteDatabase(self._path)
        self.manager = JobManager(self.database, NamedKinds({KIND}))
        items = folder / "items"
        items.mkdir()
        names = [str(items / f"{number:06}") for number in range(options.items)]
        self.job_id = self.manager.submit(JobRequest(KIND, names)).job_id
        self.report = Report(options.items)
        self.taken_from_stopped: list[tuple[int, int]] = []

    def run(self) -> Report:
        """Kill and stop workers until the job has ended, then check the outcome."""
        started = time.monotonic()
        for _ in range(self._options.workers):
            self._start_worker()
        try:
            while self.report.stops < self._options.stops:
                self._stop_some()
            self._kill_along_the_way()
            quiet = time.monotonic()
            self._wait_for_progress()
            self.report.resumed_within_s = round(time.monotonic() - quiet, 2)
            while self._job().status is not JobStatus.COMPLETED:
                time.sleep(POLL_S)
        finally:
            for process in self._workers:
                process.kill()
                process.join()
        self.report.seconds = round(time.monotonic() - started, 1)
        self._check()
        return self.report

    # --- kills and stops -------------------------------------------------------------------------

    def _start_worker(self) -> None:
        options = self._options
        process = self._context.Process(
            target=be_worker,
            args=(self._path, options.threads, options.item_ms / 1000),
            daemon=True,
        )
        process.start()
        self._workers.append(process)

    def _kill_along_the_way(self) -> None:
        kills = self._options.kills
        while self.report.kills < kills:
            due_at = int(self.report.items * 0.95 * self.report.kills / kills)
            while self._job().processed_items < due_at:
                time.sleep(POLL_S)
            time.sleep(self._random.random() * 0.03)
            victim = self._workers.pop(self._random.randrange(len(self._workers)))
            victim.kill()
            victim.join()
            self.report.kills += 1
            self._start_worker()

    def _stop_some(self) -> None:
        """Stop half of the workers while they work, and continue them after the rescue."""
        count = min(max(1, self._options.workers // 2), self._options.stops - self.report.stops)
        victims = []
        while len(victims) < count:
            if self._job().status is JobStatus.COMPLETED:
                sys.exit("The job ended before all workers were stopped: give it more items.")
            records = {record.pid: record.worker_id for record in self.manager.workers.all()}
            for process in self._workers:
                if process.pid in records and process.pid not in victims and len(victims) < count:
                    stop(process.pid)
                    if self._others_can_write() and self._held(records[process.pid]):
                        victims.append(process.pid)
                    else:
                        os.kill(process.pid, signal.SIGCONT)
            time.sleep(POLL_S)
        ids = {r.worker_id for r in self.manager.workers.all() if r.pid in victims}
        held = {worker_id: self._held(worker_id) for worker_id in ids}
        if self._options.rescue_at_once:
            self.manager.workers.rescue(ids, time.time())
        while any(self._held(worker_id) for worker_id in ids):
            time.sleep(POLL_S)
        for pid in victims:
            os.kill(pid, signal.SIGCONT)
        self.report.stops += count
        for claims in held.values():
            self.taken_from_stopped += claims
        self.report.rescued_from_stopped = len(self.taken_from_stopped)

    def _others_can_write(self) -> bool:
        """Whether the process just stopped was neither writing nor next to write."""
        turn_path = self._path.with_name(self._path.name + "-turn")
        for _ in range(40):
            with turn_path.open("r+b") as turn:
                if all(byte_locks.try_lock(turn.fileno(), byte) for byte in (NEXT, TURN)):
                    return True
            time.sleep(POLL_S)
        return False

    def _held(self, worker_id: str) -> list[tuple[int, int]]:
        rows = self.database.rows(
            "SELECT seq, attempt FROM job_items WHERE worker_id = ? AND state = 'processing'",
            (worker_id,),
        )
        return [(row["seq"], row["attempt"]) for row in rows]

    def _wait_for_progress(self) -> None:
        before = self._job().processed_items
        while (job := self._job()).processed_items == before and job.status in (
            JobStatus.QUEUED,
            JobStatus.PROCESSING,
        ):
            time.sleep(POLL_S)

    def _job(self) -> Any:
        return self.manager.get(self.job_id)

    # --- checks ----------------------------------------------------------------------------------

    def _check(self) -> None:
        job, report, faults = self._job(), self.report, self.report.faults
        if (job.processed_items, job.failed_items) != (report.items, 0):
            faults.append(f"counters: {job.processed_items} processed, {job.failed_items} failed")
        results = {row["seq"]: row for row in self._rows("job_results")}
        stored = self.database.value("SELECT count(*) FROM job_results")
        if stored != report.items or len(results) != report.items:
            faults.append(f"{stored} results for {len(results)} of {report.items} items")
        faults += [f"item {seq} failed" for seq, row in results.items() if not row["success"]]
        for row in self._rows("job_items"):
            if row["state"] != "succeeded":
                faults.append(f"item {row['seq']} is {row['state']}")
            runs = Path(row["item"]).stat().st_size if Path(row["item"]).exists() else 0
            report.runs += runs
            if not 1 <= runs <= row["attempt"]:
                faults.append(f"item {row['seq']}: {runs} runs in {row['attempt']} attempts")
        late = [seq for seq, old in self.taken_from_stopped if results[seq]["attempt"] <= old]
        report.late_results_accepted = len(late)
        faults += [f"late result of item {seq} was accepted" for seq in late]
        verdict = self.database.value("PRAGMA integrity_check")
        if verdict != "ok":
            faults.append(f"integrity_check: {verdict}")

    def _rows(self, table: str) -> Sequence[Any]:
        return self.database.rows(f"SELECT * FROM {table} WHERE job_id = ?", (self.job_id,))


def main() -> int:
    """Read the options, run one storm, print its report."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--items", type=int, default=10_000)
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--kills", type=int, default=0)
    parser.add_argument("--stops", type=int, default=0)
    parser.add_argument("--item-ms", type=float, default=2.0)
    parser.add_argument("--rescue-at-once", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="kill-storm-"))
    try:
        report = Storm(folder, options).run()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(json.dumps(asdict(report)))
    return 1 if report.faults else 0


if __name__ == "__main__":
    sys.exit(main())
