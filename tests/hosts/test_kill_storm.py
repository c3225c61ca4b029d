"""Several hosts on one database, whose processes are killed, and which are stopped for a while.

The hosts are processes with other names, folders and roots. Nothing is lost, nothing is accepted
twice, and nothing runs on a host that lacks its root.
"""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from comicmaintainer.database.postgresql import PostgresDatabase
from comicmaintainer.jobs.job_manager import JobManager
from comicmaintainer.jobs.model import JobRequest, JobStatus
from comicmaintainer.library.host_roots import HostRoots
from comicmaintainer.library.roots import LibraryRoots
from tests.hosts.host_process import KIND, RAN
from tests.kit.hand_worker import KINDS
from tests.kit.waiting import PATIENCE_S, wait_until

pytestmark = pytest.mark.slow

ROOTS_OF = {"nas": "ab", "pc": "bc", "mini": "ac"}
PROCESSES = 2
"""On each host."""
KILLED_EVERY_S = 1.0
ITEMS = 400
"""In each root."""


class Hosts:
    """The hosts' processes."""

    def __init__(self, url: str, folder: Path) -> None:
        self._url = url
        self._folder = folder
        self.running: list[tuple[str, subprocess.Popen[bytes]]] = []

    def root(self, name: str) -> Path:
        return self._folder / "roots" / name

    def start(self, host: str) -> None:
        roots = [str(self.root(name)) for name in ROOTS_OF[host]]
        command = [sys.executable, "-m", "tests.hosts.host_process", self._url]
        process = subprocess.Popen([*command, str(self._folder / host), host, *roots])
        self.running.append((host, process))

    def kill(self, place: int) -> str:
        """Kill one process, and return its host."""
        host, process = self.running.pop(place)
        process.kill()
        process.wait()
        return host

    def send(self, host: str, number: signal.Signals) -> None:
        for name, process in self.running:
            if name == host:
                process.send_signal(number)

    def ran(self, host: str) -> list[str]:
        """Return the items that ran there, in order; one may have run several times."""
        path = self._folder / host / RAN
        return path.read_text().splitlines() if path.exists() else []

    def end(self) -> None:
        while self.running:
            self.kill(0)


@pytest.fixture
def hosts(postgresql_url: str, tmp_path: Path) -> Iterator[Hosts]:
    made = Hosts(postgresql_url, tmp_path)
    for name in "abc":
        made.root(name).mkdir(parents=True)
        (made.root(name) / "some comic.cbz").touch()
    yield made
    made.end()


@pytest.fixture
def database(postgresql_url: str, tmp_path: Path) -> Iterator[PostgresDatabase]:
    with closing(PostgresDatabase(postgresql_url, tmp_path / "test", host="test")) as opened:
        yield opened


def submitted(database: PostgresDatabase, hosts: Hosts, items: int) -> list[str]:
    """Submit one job for each root, and one for all; return their ids."""
    roots = [hosts.root(name) for name in "abc"]
    all_roots = HostRoots(database, LibraryRoots(roots), now=database.now)
    all_roots.look()
    manager = JobManager(database, KINDS, now=database.now)
    lists = [[f"{root}/{number}.cbz" for number in range(items)] for root in roots]
    lists.append([f"{root}/all {number}.cbz" for number in range(items) for root in roots])
    ids: list[str] = []
    for paths in lists:
        request = JobRequest(KIND, paths, root_ids=all_roots.root_ids(paths, {}))
        ids.append(manager.jobs.insert(f"job-{len(ids)}", request, None, database.now()))
    return ids


def ended(database: PostgresDatabase) -> bool:
    return not database.value("SELECT count(*) FROM jobs WHERE status <> 'completed'")


def require_each_once(database: PostgresDatabase, hosts: Hosts, jobs: list[str]) -> None:
    manager = JobManager(database, KINDS, now=database.now)
    for job_id in jobs:
        job = manager.get(job_id)
        assert (job.status, job.failed_items) == (JobStatus.COMPLETED, 0)
        accepted = database.rows("SELECT item FROM job_results WHERE job_id = ?", (job_id,))
        items = database.rows("SELECT item FROM job_items WHERE job_id = ?", (job_id,))
        assert sorted(row["item"] for row in accepted) == sorted(row["item"] for row in items)
        assert job.processed_items == job.total_items == len(items)
    for host, names in ROOTS_OF.items():
        own = {str(hosts.root(name)) for name in names}
        wrong = Counter(item for item in hosts.ran(host) if item.rpartition("/")[0] not in own)
        assert wrong == {}
        assert hosts.ran(host)


def test_killed_workers_lose_nothing_and_nothing_runs_elsewhere(
    hosts: Hosts, database: PostgresDatabase
) -> None:
    jobs = submitted(database, hosts, ITEMS)
    chance = random.Random(13)
    for host in ROOTS_OF:
        for _ in range(PROCESSES):
            hosts.start(host)
    deadline = time.monotonic() + PATIENCE_S
    kills = 0
    while not ended(database):
        assert time.monotonic() < deadline
        time.sleep(KILLED_EVERY_S)
        hosts.start(hosts.kill(chance.randrange(len(hosts.running))))
        kills += 1
    assert kills
    assert database.value("SELECT sum(lost) FROM job_items") > 0, "no worker died at work"
    require_each_once(database, hosts, jobs)


def test_a_host_that_was_stopped_hands_in_nothing_that_others_have_done(
    hosts: Hosts, database: PostgresDatabase
) -> None:
    jobs = submitted(database, hosts, ITEMS // 4)
    for host in ROOTS_OF:
        hosts.start(host)
    wait_until(lambda: hosts.ran("nas"))
    hosts.send("nas", signal.SIGSTOP)
    held = "SELECT count(*) FROM job_items JOIN workers USING (worker_id) WHERE host = 'nas'"
    wait_until(lambda: not database.value(held))
    hosts.send("nas", signal.SIGCONT)
    wait_until(lambda: ended(database))
    require_each_once(database, hosts, jobs)
