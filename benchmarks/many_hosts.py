"""Measures items through the job engine over a PostgreSQL server, by worker processes of hosts.

    python benchmarks/many_hosts.py URL                       # items that do nothing
    python benchmarks/many_hosts.py URL --item-ms 100 --threads 8

URL is that of an empty database. Each host is a process with a name and folder of its own, on this
computer; the server is as its operator has set it (look at `fsync`). `--one-turn` lets claims take
the turn of jobs, as all writers do on SQLite, for comparison.
"""

from __future__ import annotations

import argparse
import multiprocessing
import signal
import tempfile
import time
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

from comicmaintainer.database.opening import open_server
from comicmaintainer.database.postgresql import PostgresDatabase
from comicmaintainer.jobs.engine.worker import Worker
from comicmaintainer.jobs.job_manager import JobManager
from comicmaintainer.jobs.model import ClaimedItem, ItemGuard, JobRequest, JobStatus, Outcome
from named_kinds import NamedKinds

KIND = "work"


def wait(item_s: float, _claim: ClaimedItem, _guard: ItemGuard) -> Outcome:
    """Do nothing for a while."""
    if item_s:
        time.sleep(item_s)
    return Outcome(True, {"changed": False})


def opened(url: str, folder: Path, host: str, *, one_turn: bool) -> PostgresDatabase:
    """Open the database as a host does."""
    folder.mkdir(parents=True, exist_ok=True)
    database = open_server(url, folder, host)
    if one_turn:
        database.dialect.locks_rows = False
    return database


def be_host(url: str, folder: Path, host: str, threads: int, item_s: float, one_turn: bool) -> None:
    """Run one worker process until it is stopped."""
    signal.signal(signal.SIGTERM, lambda *_: None)
    database = opened(url, folder, host, one_turn=one_turn)
    runners = {KIND: partial(wait, item_s)}
    worker = Worker(database, runners, threads=threads, now=database.now)
    worker.start()
    signal.sigwait({signal.SIGTERM})
    worker.stop()


def measured(arguments: argparse.Namespace, folder: Path) -> float:
    """Return how many items per second one job runs at."""
    context: Any = multiprocessing.get_context("spawn")
    of_all = (arguments.threads, arguments.item_ms / 1000, arguments.one_turn)
    hosts = [
        context.Process(target=be_host, args=(arguments.url, folder / name, name, *of_all))
        for name in (f"host-{number}" for number in range(arguments.hosts))
    ]
    with closing(opened(arguments.url, folder / "own", "own", one_turn=False)) as database:
        manager = JobManager(database, NamedKinds({KIND}), now=database.now)
        try:
            for host in hosts:
                host.start()
            while len(manager.workers.all()) < len(hosts):
                time.sleep(0.1)
            items = [f"/library/{number:07}.cbz" for number in range(arguments.items)]
            job = manager.submit(JobRequest(KIND, items))
            started = time.perf_counter()
            while manager.get(job.job_id).status is not JobStatus.COMPLETED:
                time.sleep(0.02)
            taken_s = time.perf_counter() - started
        finally:
            for host in hosts:
                host.terminate()
            for host in hosts:
                host.join(10)
                host.kill()
        manager.delete_job(job.job_id)
        manager.purge()
    return float(arguments.items / taken_s)


def main() -> None:
    """Print the median and the range of the runs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url", help="an empty database")
    parser.add_argument("--items", type=int, default=20_000)
    parser.add_argument("--hosts", type=int, default=3)
    parser.add_argument("--threads", type=int, default=4, help="on each host")
    parser.add_argument("--item-ms", type=float, default=0.0)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--one-turn", action="store_true")
    arguments = parser.parse_args()
    rates = []
    for _ in range(arguments.runs):
        with tempfile.TemporaryDirectory() as temporary:
            rates.append(measured(arguments, Path(temporary)))
    rates.sort()
    print(f"{rates[len(rates) // 2]:,.0f} items/s ({rates[0]:,.0f} to {rates[-1]:,.0f})")


if __name__ == "__main__":
    main()
