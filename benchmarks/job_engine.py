"""Measures the job engine with items that do nothing: throughput, latencies, fairness, memory.

    python benchmarks/job_engine.py                      # 1,000 and 100,000 items, and huey
    python benchmarks/job_engine.py --items 1000000 --memory
    python benchmarks/job_engine.py --fairness
    python benchmarks/job_engine.py --small-jobs         # 20,000 jobs of one item each

Everything is durable (synchronous=FULL) unless a row says otherwise. huey, the rival, is
installed into a temporary environment of its own.
"""

from __future__ import annotations

import argparse
import io
import json
import multiprocessing
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from comicmaintainer.database import Database, SqliteDatabase
from comicmaintainer.filesystem.resident_memory import resident_bytes
from comicmaintainer.jobs.engine.item_store import ItemStore
from comicmaintainer.jobs.engine.worker import Worker
from comicmaintainer.jobs.engine.worker_store import WorkerStore
from comicmaintainer.jobs.job_manager import JobManager
from comicmaintainer.jobs.model import (
    ClaimedItem,
    HandIn,
    ItemGuard,
    Job,
    JobRequest,
    JobStatus,
    Outcome,
)
from comicmaintainer.jobs.transfer.checks import Known
from comicmaintainer.jobs.transfer.exporter import Exporter
from comicmaintainer.jobs.transfer.importer import Importer
from named_kinds import NamedKinds

KIND = "noop"
RIVAL_TASKS = 5_000
RIVAL = """
import sys, threading, time
from huey import SqliteHuey
folder, sync = sys.argv[1], sys.argv[3]
tasks, threads = int(sys.argv[2]), int(sys.argv[4])
huey = SqliteHuey(filename=f"{folder}/huey-{sync}.db", fsync=sync == "fsync")
left = threading.Semaphore(0)

@huey.task()
def noop(item):
    left.release()
    return True

started = time.perf_counter()
for number in range(tasks):
    noop(f"/library/Series {number // 50}/Issue {number:06}.cbz")
enqueued = time.perf_counter()
consumer = huey.create_consumer(
    workers=threads, periodic=False, initial_delay=0.001, max_delay=0.01)
consumer.start()
for _ in range(tasks):
    left.acquire()
done = time.perf_counter()
consumer.stop(graceful=True)
print(tasks / (enqueued - started), tasks / (done - enqueued))
"""


def noop(_claim: ClaimedItem, _guard: ItemGuard) -> Outcome:
    """Do nothing, successfully."""
    return Outcome(True, {"changed": False})


def paths(count: int) -> list[str]:
    """Return `count` paths like those of a library."""
    return [f"/library/Series {number // 50}/Issue {number:06}.cbz" for number in range(count)]


def row(what: str, value: float, unit: str, note: str = "") -> None:
    """Print one line of the report."""
    print(f"{what:<58} {value:>12,.2f} {unit:<8} {note}", flush=True)


@contextmanager
def folder() -> Iterator[Path]:
    """Yield a folder on a disk (/tmp may be in memory), and remove it afterwards."""
    made = Path(tempfile.mkdtemp(prefix="job-engine-", dir="/var/tmp"))
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


def timed(action: Callable[[], Any]) -> tuple[float, Any]:
    """Return how many seconds `action` took, and what it returned."""
    started = time.perf_counter()
    value = action()
    return time.perf_counter() - started, value


def median_ms(action: Callable[[], Any], times: int = 50) -> float:
    """Return the median of several runs in milliseconds."""
    return 1000 * statistics.median(timed(action)[0] for _ in range(times))


def memory_mb() -> float:
    """Return this process's current resident memory."""
    return resident_bytes() / 1e6


def run_to_the_end(database: Database, manager: JobManager, job: Job, threads: int) -> float:
    """Let a worker run a job; return the seconds until the job has ended."""
    worker = Worker(database, {KIND: noop}, threads=threads)
    started = time.perf_counter()
    worker.start()
    while manager.get(job.job_id).status is not JobStatus.COMPLETED:
        time.sleep(0.01)
    seconds = time.perf_counter() - started
    worker.stop()
    return seconds


class Clock:
    """The time, `ahead_s` in the future."""

    ahead_s = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead_s


def measure(count: int, threads: int, *, reading: bool) -> None:
    """Create and run a job of `count` items; with `reading`, also watch it and clean it up."""
    with folder() as place:
        clock = Clock()
        database = SqliteDatabase(place / "jobs.db", cache_bytes=64 << 20)
        manager = JobManager(database, NamedKinds({KIND}), now=clock)
        manager.list_jobs()
        request = JobRequest(KIND, paths(count))
        seconds, job = timed(lambda: manager.submit(request))
        row(f"enqueue {count:,} items", seconds, "s", "one transaction")
        seconds = run_to_the_end(database, manager, job, threads)
        row(f"run {count:,} items, {threads} threads", count / seconds, "items/s")
        if reading:
            watch(manager, job.job_id)
            clock.ahead_s = 4000.0
            seconds, _ = timed(manager.clean_up)
            row(f"clean up {count:,} items", seconds, "s")
        database.close()


def watch(manager: JobManager, job_id: str) -> None:
    """Read what web pages and API clients poll."""
    size = len(json.dumps(manager.get_job_status(job_id)).encode())
    row("poll a job's status", median_ms(lambda: manager.get_job_status(job_id)), "ms",
        f"{size:,} bytes with 100 results")  # fmt: skip
    row("poll its progress", median_ms(lambda: manager.get(job_id)), "ms")
    row("page of results", median_ms(lambda: manager.results.page(job_id)), "ms")
    row("list jobs", median_ms(manager.list_jobs), "ms")


def by_hand(count: int) -> None:
    """Claim and finish in batches, without the worker's threads."""
    for batch in (1, 10, 100, 400):
        rounds = min(count // batch, 400)
        with folder() as place:
            database = SqliteDatabase(place / "jobs.db", cache_bytes=64 << 20)
            JobManager(database, NamedKinds({KIND})).submit(JobRequest(KIND, paths(count)))
            WorkerStore(database).register("w", "host", 1, 1, time.time())
            items, done = ItemStore(database), list[HandIn]()
            started = time.perf_counter()
            for _ in range(rounds):
                _, claims = items.exchange("w", done, batch, {KIND}, time.time())
                done = [HandIn(claim, Outcome(True), 0.0) for claim in claims]
            seconds = time.perf_counter() - started
            row(f"claim and finish by {batch} of {count:,}", rounds * batch / seconds, "items/s")
            database.close()


def small_jobs(count: int) -> None:
    """Claim and finish many jobs of one item each, and one job with as many items."""
    for batch in (1, 32, 200):
        for title, shares in (
            ("one job", [paths(count)]),
            ("jobs of one", [[p] for p in paths(count)]),
        ):
            with folder() as place:
                database = SqliteDatabase(place / "jobs.db", cache_bytes=64 << 20)
                manager = JobManager(database, NamedKinds({KIND}))
                with database.transaction() as transaction:
                    for share in shares:
                        manager.submit_within(transaction, JobRequest(KIND, share))
                WorkerStore(database).register("w", "host", 1, 1, time.time() + 3600)
                items, done, ran = ItemStore(database), list[HandIn](), 0
                started = time.perf_counter()
                while ran < min(count, 5_000 * batch):
                    _, claims = items.exchange("w", done, batch, {KIND}, time.time())
                    done = [HandIn(claim, Outcome(True), 0.0) for claim in claims]
                    ran += len(claims)
                seconds = time.perf_counter() - started
                row(f"by {batch}, {count:,} items as {title}", ran / seconds, "items/s")
                database.close()


def compete(path: Path, seconds: float, results: Any) -> None:
    """Claim and finish batches of 50 as fast as other processes allow; record each wait."""
    database = SqliteDatabase(path)
    name = f"w{os.getpid()}"
    WorkerStore(database).register(name, "host", os.getpid(), 1, time.time() + 3600)
    items, done, waits = ItemStore(database), list[HandIn](), list[float]()
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        began = time.perf_counter()
        _, claims = items.exchange(name, done, 50, {KIND}, time.time())
        waits.append(time.perf_counter() - began)
        done = [HandIn(claim, Outcome(True), 0.0) for claim in claims]
    results.put((len(waits) * 50, sorted(waits)))


def fairness(processes: int, seconds: float) -> None:
    """Let processes claim against each other."""
    context = multiprocessing.get_context("spawn")
    with folder() as place:
        database = SqliteDatabase(place / "jobs.db", cache_bytes=64 << 20)
        manager = JobManager(database, NamedKinds({KIND}))
        manager.submit(JobRequest(KIND, paths(int(seconds * 40_000))))
        results = context.Queue()
        competitors = [
            context.Process(target=compete, args=(place / "jobs.db", seconds, results))
            for _ in range(processes)
        ]
        for competitor in competitors:
            competitor.start()
        found = [results.get() for _ in competitors]
        for competitor in competitors:
            competitor.join()
        database.close()
    waits = sorted(wait for _, own in found for wait in own)
    shares = [items for items, _ in found]
    row(f"{processes} processes claiming by 50", sum(shares) / seconds, "items/s")
    row("  one exchange, median", 1000 * waits[len(waits) // 2], "ms")
    row("  one exchange, p99", 1000 * waits[int(len(waits) * 0.99)], "ms")
    row("  one exchange, longest", 1000 * waits[-1], "ms")
    row("  smallest share of the mean", 100 * min(shares) * len(shares) / sum(shares), "%")
    row("  largest share of the mean", 100 * max(shares) * len(shares) / sum(shares), "%")


def rival(threads: int) -> None:
    """Run huey's SqliteHuey over the same number of threads."""
    with folder() as place:
        venv.create(place / "venv", with_pip=True)
        python = place / "venv" / "bin" / "python"
        subprocess.run([python, "-m", "pip", "install", "-q", "huey"], check=True)
        for sync in ("fsync", "nosync"):
            done = subprocess.run(
                [python, "-W", "ignore", "-c", RIVAL, place, str(RIVAL_TASKS), sync, str(threads)],
                capture_output=True, text=True, check=True,
            )  # fmt: skip
            enqueued, ran = map(float, done.stdout.split())
            row(f"huey, {sync}: enqueue", enqueued, "tasks/s")
            row(f"huey, {sync}: run, {threads} threads", ran, "tasks/s")


def memory(count: int) -> None:
    """Create, run, watch, export, import and clean up one large job; show the memory taken."""
    with folder() as place:
        database = SqliteDatabase(place / "jobs.db", cache_bytes=16 << 20)
        clock = Clock()
        manager = JobManager(database, NamedKinds({KIND}), now=clock)
        manager.list_jobs()
        row("memory at the start", memory_mb(), "MB")
        job = manager.submit(JobRequest(KIND, paths(count)))
        row(f"  after submitting {count:,} items (peak {peak_mb():,.0f})", memory_mb(), "MB")
        seconds = run_to_the_end(database, manager, job, 4)
        row(f"  after running them in {seconds:,.0f} s", memory_mb(), "MB")
        with (place / "export.jsonl").open("wb") as file:
            seconds, _ = timed(lambda: file.writelines(Exporter(database).lines()))
        row(f"  after exporting in {seconds:,.0f} s", memory_mb(), "MB")
        size = (place / "export.jsonl").stat().st_size
        known = Known(NamedKinds([KIND]), ())
        other = SqliteDatabase(place / "other" / "jobs.db", cache_bytes=16 << 20)
        with (place / "export.jsonl").open("rb") as file:
            seconds, _ = timed(lambda: Importer(other, known).read(io.BufferedReader(file.raw)))
        row(f"  after importing {size / 1e6:,.0f} MB in {seconds:,.0f} s", memory_mb(), "MB")
        clock.ahead_s = 4000.0
        seconds, _ = timed(manager.clean_up)
        row(f"  after cleaning up in {seconds:,.0f} s (peak {peak_mb():,.0f})", memory_mb(), "MB")
        other.close()
        database.close()


def peak_mb() -> float:
    """Return the most memory this process ever held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000


def main() -> None:
    """Run the measurements that the options select."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--items", type=int, action="append", help="default: 1000 and 100000")
    parser.add_argument("--threads", type=int, action="append", help="default: 1 and 4")
    parser.add_argument("--fairness", action="store_true", help="only 8 processes competing")
    parser.add_argument("--memory", action="store_true", help="only the memory of one large job")
    parser.add_argument("--small-jobs", action="store_true", help="only many jobs of one item")
    parser.add_argument("--no-rival", action="store_true")
    options = parser.parse_args()
    if options.fairness:
        fairness(8, 10.0)
        return
    if options.small_jobs:
        small_jobs((options.items or [20_000])[0])
        return
    if options.memory:
        memory((options.items or [1_000_000])[0])
        return
    for count in options.items or [1_000, 100_000]:
        for number, threads in enumerate(options.threads or (1, 4)):
            measure(count, threads, reading=number == 0)
        by_hand(count)
    if not options.no_rival:
        rival(4)
    fairness(8, 10.0)


if __name__ == "__main__":
    sys.exit(main())
