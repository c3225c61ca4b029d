"""Measures throughput by library size, worker processes and threads, for the table in the docs.

    python benchmarks/job_scaling.py
    python benchmarks/job_scaling.py --sizes 1000 --workers 1,2 --threads 2,4 --item-ms 5

An item waits for its disk (`--wait-ms`) and computes (`--item-ms`), as reading and tagging a comic
does. The work is the same in every cell, so cells can be compared.
"""

from __future__ import annotations

import argparse
import multiprocessing
import shutil
import signal
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import Any

from comicmaintainer.database import SqliteDatabase
from comicmaintainer.jobs.engine.worker import Worker
from comicmaintainer.jobs.job_manager import JobManager
from comicmaintainer.jobs.model import ClaimedItem, ItemGuard, JobRequest, JobStatus, Outcome
from named_kinds import NamedKinds

KIND = "work"
READY_WITHIN_S = 60.0


def work(wait_s: float, compute_s: float, _claim: ClaimedItem, _guard: ItemGuard) -> Outcome:
    """Wait, then compute."""
    time.sleep(wait_s)
    until = time.thread_time() + compute_s
    while time.thread_time() < until:
        sum(range(100))
    return Outcome(True)


def be_worker(path: Path, threads: int, wait_s: float, compute_s: float) -> None:
    """Run one worker process until it is stopped."""
    signal.signal(signal.SIGTERM, lambda *_: None)
    worker = Worker(SqliteDatabase(path), {KIND: partial(work, wait_s, compute_s)}, threads=threads)
    worker.start()
    signal.sigwait({signal.SIGTERM})
    worker.stop()


def measure(size: int, workers: int, threads: int, wait_s: float, compute_s: float) -> float:
    """Return how many items per second a job of `size` items runs."""
    place = Path(tempfile.mkdtemp(prefix="job-scaling-", dir="/var/tmp"))
    context: Any = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["comicmaintainer.jobs.engine.worker"])
    database = SqliteDatabase(place / "jobs.db")
    manager = JobManager(database, NamedKinds({KIND}))
    arguments = (place / "jobs.db", threads, wait_s, compute_s)
    processes = [context.Process(target=be_worker, args=arguments) for _ in range(workers)]
    try:
        for process in processes:
            process.start()
        ready_until = time.monotonic() + READY_WITHIN_S
        while len(manager.workers.all()) < workers and time.monotonic() < ready_until:
            time.sleep(0.05)
        started = time.perf_counter()
        items = [f"/library/{number:06}.cbz" for number in range(size)]
        job = manager.submit(JobRequest(KIND, items))
        while manager.get(job.job_id).status is not JobStatus.COMPLETED:
            time.sleep(0.02)
        return size / (time.perf_counter() - started)
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.join(10)
            process.kill()
        database.close()
        shutil.rmtree(place, ignore_errors=True)


def numbers(text: str) -> list[int]:
    """Read numbers separated by commas."""
    return [int(part) for part in text.split(",")]


def main() -> None:
    """Measure every combination and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=numbers, default=[1_000, 5_000, 20_000])
    parser.add_argument("--workers", type=numbers, default=[1, 2, 4])
    parser.add_argument("--threads", type=numbers, default=[2, 4, 8])
    parser.add_argument("--wait-ms", type=float, default=5.0)
    parser.add_argument("--item-ms", type=float, default=0.5)
    options = parser.parse_args()
    head = "".join(f"{threads:>6} threads" for threads in options.threads)
    print(f"{'items':>8} {'workers':>8} {head}   (items/s)")
    for size in options.sizes:
        for workers in options.workers:
            print(f"{size:>8,} {workers:>8}", end=" ", flush=True)
            for threads in options.threads:
                rate = measure(
                    size, workers, threads, options.wait_ms / 1000, options.item_ms / 1000
                )
                print(f"{rate:>14,.0f}", end="", flush=True)
            print()


if __name__ == "__main__":
    sys.exit(main())
