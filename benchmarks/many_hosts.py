"""Measures items through the job engine over a PostgreSQL server, by worker processes of hosts.

    python benchmarks/many_hosts.py URL                       # items that do nothing
    python benchmarks/many_hosts.py URL --item-ms 100 --threads 8 --items 4800
    python benchmarks/many_hosts.py URL --round-trip-ms 3     # as over a network
    python benchmarks/many_hosts.py URL --kill                # how soon a dead host's items go on

URL is that of an empty database. Each host is a process with a name and folder of its own, on this
computer; the server is as its operator has set it (look at `fsync`). In the same run Procrastinate
delivers chunks of the items to as many processes and threads, and our token decides; with a folder
in `--rivals` its environment is kept there.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from comicmaintainer.database.opening import open_server
from comicmaintainer.database.postgresql import PostgresDatabase
from comicmaintainer.jobs.engine.worker import Worker
from comicmaintainer.jobs.job_manager import JobManager
from comicmaintainer.jobs.model import ClaimedItem, ItemGuard, Job, JobRequest, JobStatus, Outcome
from delayed_server import delayed
from named_kinds import NamedKinds
from rivals import SOURCE

KIND = "work"
RIVAL = "procrastinate==3.10.0"
RIVAL_HOST = Path(__file__).with_name("procrastinate_host.py")
CHUNK_ITEMS, CHUNK_S = 100, 1.0
"""What the rival delivers at once: at most so many items, and about so long, as our batches."""


def wait(item_s: float, _claim: ClaimedItem, _guard: ItemGuard) -> Outcome:
    """Do nothing for a while."""
    if item_s:
        time.sleep(item_s)
    return Outcome(True, {"changed": False})


def opened(url: str, folder: Path, host: str) -> PostgresDatabase:
    """Open the database as a host does."""
    folder.mkdir(parents=True, exist_ok=True)
    return open_server(url, folder, host)


def be_host(url: str, folder: Path, host: str, threads: int, item_s: float) -> None:
    """Run one worker process until it is stopped."""
    signal.signal(signal.SIGTERM, lambda *_: None)
    database = opened(url, folder, host)
    runners = {KIND: partial(wait, item_s)}
    worker = Worker(database, runners, threads=threads, now=database.now)
    worker.start()
    signal.sigwait({signal.SIGTERM})
    worker.stop()


class Measurement:
    """One database, and the processes of the hosts."""

    def __init__(self, options: argparse.Namespace, url: str, folder: Path) -> None:
        self.options = options
        self.url = url
        self.folder = folder
        self.item_s = options.item_ms / 1000
        self.names = [f"host-{number}" for number in range(options.hosts)]
        self.database = opened(options.url, folder / "own", "own")
        self.manager = JobManager(self.database, NamedKinds({KIND}), now=self.database.now)

    def own_host(self, name: str) -> Any:
        """Start a worker process of the product."""
        process = multiprocessing.get_context("spawn").Process(
            target=be_host,
            args=(self.url, self.folder / name, name, self.options.threads, self.item_s),
        )
        process.start()
        return process

    @contextmanager
    def own_hosts(self) -> Iterator[list[Any]]:
        """Run a worker process on each host."""
        hosts = [self.own_host(name) for name in self.names]
        try:
            while len(self.manager.workers.all()) < len(hosts):
                time.sleep(0.1)
            yield hosts
        finally:
            for host in hosts:
                host.terminate()
            for host in hosts:
                host.join(10)
                host.kill()

    def rival(self, *arguments: object) -> subprocess.Popen[bytes]:
        """Start a process of the rival, which is installed beside our own packages."""
        packages = self.options.rivals / RIVAL
        if not packages.exists():
            install = [sys.executable, "-m", "pip", "install", "--quiet", "--target", packages]
            subprocess.run([*install, RIVAL], check=True)
        return subprocess.Popen(
            [sys.executable, "-W", "ignore", RIVAL_HOST, packages, *map(str, arguments)],
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(SOURCE)},
        )

    @contextmanager
    def rival_hosts(self) -> Iterator[None]:
        """Run a worker process of the rival on each host."""
        tables = "SELECT to_regclass('procrastinate_jobs') IS NOT NULL"
        if not self.database.value(tables):
            assert self.rival("schema", self.options.url).wait() == 0
        with ExitStack() as stack:
            for name in self.names:
                process = self.rival(
                    "work", self.url, self.folder / name, name, self.options.threads, self.item_s
                )
                stack.callback(process.wait)
                stack.callback(process.kill)
                assert process.stdout is not None
                process.stdout.readline()
            yield

    def submit(self) -> Job:
        """Store a job with all items."""
        items = [f"/library/{number:07}.cbz" for number in range(self.options.items)]
        return self.manager.submit(JobRequest(KIND, items), once=False)

    def finish(self, job: Job, started: float) -> float:
        """Wait for the end of a job, and return how many items per second it ran at."""
        while self.manager.get(job.job_id).status is not JobStatus.COMPLETED:
            time.sleep(0.02)
        taken_s = time.perf_counter() - started
        accepted = self.database.value(
            "SELECT count(DISTINCT seq) FROM job_results WHERE job_id = ?", (job.job_id,)
        )
        assert accepted == self.options.items == self.manager.get(job.job_id).processed_items
        self.manager.delete_job(job.job_id)
        self.manager.purge()
        return float(self.options.items / taken_s)

    def own_rate(self) -> float:
        """Return how many items per second the product runs."""
        with self.own_hosts():
            job = self.submit()
            return self.finish(job, time.perf_counter())

    def rival_rate(self) -> float:
        """Return how many items per second run with the rival's delivery."""
        chunk = CHUNK_ITEMS
        if self.item_s:
            chunk = max(1, min(chunk, round(CHUNK_S / self.item_s)))
        with self.rival_hosts():
            job = self.submit()
            with self.database.transaction() as transaction:
                transaction.execute("UPDATE jobs SET status = 'processing'")
            process = self.rival("defer", self.options.url, job.job_id, job.total_items, chunk)
            deferred = "SELECT 1 FROM job_items WHERE state <> 'queued' LIMIT 1"
            while self.database.row(deferred) is None:
                time.sleep(0.002)
            rate = self.finish(job, time.perf_counter())
            process.wait()
            return rate

    def recovery_s(self, *, again: bool) -> float:
        """Kill a host at work; return how long its items wait to be claimed by somebody else.

        With `again` the host starts once more at once.
        """
        held = "SELECT job_id, seq FROM job_items JOIN workers USING (worker_id) WHERE host = ?"
        with self.own_hosts() as hosts:
            job = self.submit()
            while not (rows := self.database.rows(held, (self.names[0],))):
                time.sleep(0.01)
            time.sleep(2.0)
            hosts[0].kill()
            hosts[0].join()
            lost = self.database.rows(held, (self.names[0],))
            killed = time.perf_counter()
            if again:
                hosts.append(self.own_host(self.names[0]))
            dead = "SELECT count(*) FROM job_items WHERE job_id = ? AND seq = ? AND lost = 0"
            while any(self.database.value(dead, tuple(row)) for row in lost):
                time.sleep(0.02)
            taken_s = time.perf_counter() - killed
            assert rows
            assert lost, "the host held nothing"
            self.manager.cancel_job(job.job_id)
        self.manager.delete_job(job.job_id)
        self.manager.purge()
        return taken_s


def line(what: str, rates: Sequence[float]) -> float:
    """Print the median and the range of rates, and return the median."""
    median = statistics.median(rates)
    print(f"{what:<24}{median:>9,.0f} items/s ({min(rates):,.0f} to {max(rates):,.0f})", flush=True)
    return median


def measure(measurement: Measurement) -> None:
    """Print what the options ask for."""
    options = measurement.options
    if options.kill:
        elsewhere = [measurement.recovery_s(again=False) for _ in range(options.runs)]
        here = [measurement.recovery_s(again=True) for _ in range(options.runs)]
        print(f"killed, taken over by other hosts after {max(elsewhere):.1f} s at most")
        print(
            f"killed and started again, taken over after {max(here):.1f} s at most, start included"
        )
        return
    own: list[float] = []
    rivals: list[float] = []
    for _ in range(options.runs):
        own.append(measurement.own_rate())
        if not options.no_rival:
            rivals.append(measurement.rival_rate())
    median = line("ComicMaintainer", own)
    if options.item_ms:
        possible = options.hosts * options.threads / measurement.item_s
        print(f"{median / possible:.2f} of the {possible:,.0f} items/s that the threads can do")
    if rivals:
        line("Procrastinate + token", rivals)
        ratios = [mine / its for mine, its in zip(own, rivals, strict=True)]
        print(f"ratio in turns: {statistics.median(ratios):.2f}")


def main() -> None:
    """Measure as the options say."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("url", help="an empty database")
    parser.add_argument("--items", type=int, default=20_000)
    parser.add_argument("--hosts", type=int, default=3)
    parser.add_argument("--threads", type=int, default=4, help="on each host")
    parser.add_argument("--item-ms", type=float, default=0.0)
    parser.add_argument("--round-trip-ms", type=float, default=0.0)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--kill", action="store_true", help="only how soon items are taken over")
    parser.add_argument("--no-rival", action="store_true")
    parser.add_argument("--rivals", type=Path, help="where the rival's environment is kept")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        options.rivals = options.rivals or folder / "rivals"
        with delayed(options.url, options.round_trip_ms / 1000) as url:
            measurement = Measurement(options, url, folder)
            with closing(measurement.database):
                measure(measurement)


if __name__ == "__main__":
    sys.exit(main())
