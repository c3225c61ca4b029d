"""Two hosts remove each other's copies, each through its own mount of one folder.

Processes are killed at random, and stop themselves right before and after the last step of a move
for longer than their lease; hosts are cut off from the database, and all connections end at once.
At least one copy of each comic stays, and no file is lost.
"""

from __future__ import annotations

import hashlib
import os
import random
import signal
import subprocess
import sys
import time
import zipfile
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from itertools import permutations
from pathlib import Path

import pytest
from benchmarks.named_kinds import NamedKinds

from comicmaintainer.database.postgresql import PostgresDatabase
from comicmaintainer.jobs.job_manager import JobManager
from comicmaintainer.jobs.model import JobRequest, JobStatus
from comicmaintainer.library.host_roots import HostRoots
from comicmaintainer.library.roots import LibraryRoots
from comicmaintainer.operations.declared.kinds import KINDS
from tests.hosts.copy_host import LEASE_S
from tests.hosts.mounts import MountedHost, compiled
from tests.hosts.relay import Relay
from tests.kit.processes import is_stopped
from tests.kit.waiting import PATIENCE_S, wait_until
from tests.operations.workbench import PNG

pytestmark = pytest.mark.slow

HOSTS = ("nas", "pc")
COMICS = int(os.environ.get("STORM_COMICS", "24"))
"""Each has two copies, and each of them is asked several times to go for the sake of the other."""
WISHES = 3
PROCESSES = 3
SUSPENDED = "0.5"
KILLED_EVERY_S = 1.0
CUT_EVERY_S = 3.0
ALL_DROPPED = 0.3
"""How many cuts end the connections of all hosts, as when the server is killed."""
KILLED_INSTEAD = 0.2
"""How many of those that have stopped themselves are killed."""


class Host:
    """A host with its own mount and processes."""

    def __init__(self, name: str, url: str, folder: Path, mount: MountedHost, at: Path) -> None:
        self.mount, self.at = mount, at
        address, _, server = url.partition("?host=")
        self.relay = Relay(folder / f"way-{name}", Path(server))
        self.running: list[subprocess.Popen[bytes]] = []
        self._environment = {
            **os.environ,
            "CONFIG_DIR": str(folder / name),
            "DATABASE_URL": f"{address}?host={folder / f'way-{name}'}",
            "HOST_NAME": name,
            "MAX_WORKERS": "1",
            "WATCHED_DIR": str(at),
        }

    def start(self, *arguments: str, suspended: str = "0") -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "tests.hosts.copy_host", *arguments]
        return subprocess.Popen(
            self.mount.within(command), env={**self._environment, "SUSPENDED": suspended}
        )

    def work(self, suspended: str = SUSPENDED) -> None:
        self.running.append(self.start(suspended=suspended))

    def kill(self) -> None:
        for process in self.running:
            process.kill()
            process.wait()
        self.running.clear()


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    """The folder that the hosts share, with the comics; no host works at this path."""
    folder = tmp_path / "shelf"
    for number in range(COMICS):
        for copy in "ab":
            make_copy(folder / f"comic {number}" / f"{copy}.cbz", number, copy)
    return folder


@pytest.fixture
def hosts(tmp_path: Path, shelf: Path, postgresql_url: str) -> Iterator[list[Host]]:
    program = compiled(tmp_path)
    at = tmp_path / "library"
    at.mkdir()
    made = [
        Host(name, postgresql_url, tmp_path, MountedHost(program, {at: shelf}), at)
        for name in HOSTS
    ]
    yield made
    for host in made:
        host.kill()
        host.mount.close()
        host.relay.close()


@pytest.fixture
def database(postgresql_url: str, tmp_path: Path) -> Iterator[PostgresDatabase]:
    with closing(PostgresDatabase(postgresql_url, tmp_path / "test", host="test")) as opened:
        yield opened


def make_copy(path: Path, number: int, copy: str) -> None:
    """Write a copy: the same pages as the others, but a file of its own."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("1.png", PNG + b"%d" % number)
        archive.writestr("ComicInfo.xml", f"<ComicInfo><Notes>{copy}</Notes></ComicInfo>")


def contents(folder: Path) -> Counter[str]:
    return Counter(hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.rglob("*.cbz"))


def ended(database: PostgresDatabase) -> bool:
    return not database.value("SELECT count(*) FROM jobs WHERE status <> 'completed'")


def submitted(database: PostgresDatabase, at: Path) -> list[str]:
    """Ask each copy several times to go for the sake of the other one; return the jobs' ids."""
    manager = JobManager(database, NamedKinds(KINDS), now=database.now)
    roots = HostRoots(database, LibraryRoots([]), now=database.now)
    wishes = [
        [str(at / f"comic {number}" / f"{name}.cbz") for name in pair]
        for number in range(COMICS)
        for pair in permutations("ab")
        for _ in range(WISHES)
    ]
    # Rivals come soon after each other, but not to one worker.
    chance = random.Random(7)
    near = sorted(range(len(wishes)), key=lambda place: place + chance.uniform(0, 6 * WISHES))
    wishes = [wishes[place] for place in near]
    ids: list[str] = []
    for goes, stays in wishes:
        params = {"action": "trash", "near": False, "keep": stays}
        root_ids = roots.root_ids([goes], {})
        request = JobRequest("duplicates", [goes], params, root_ids=root_ids)
        ids.append(manager.jobs.insert(f"job-{len(ids)}", request, None, database.now()))
    return ids


class Storm:
    """Kills the hosts' processes at random, and lets those go on that have stopped themselves."""

    def __init__(self, hosts: list[Host]) -> None:
        self._hosts = hosts
        self._chance = random.Random(7)
        self._kill_at = time.monotonic() + KILLED_EVERY_S
        self._cut_at = time.monotonic() + CUT_EVERY_S
        self._goes_on_at: dict[int, float] = {}
        self.suspended = 0

    def has_passed(self, database: PostgresDatabase) -> bool:
        """Do what is due; tell whether all jobs have ended."""
        for host in self._hosts:
            for process in list(host.running):
                if is_stopped(process.pid):
                    self._let_go_on(process)
                if process.poll() is not None:
                    host.running.remove(process)
                    host.work()
        if time.monotonic() > self._kill_at:
            self._kill_at = time.monotonic() + KILLED_EVERY_S
            process = self._chance.choice(self._chance.choice(self._hosts).running)
            if not is_stopped(process.pid):
                process.kill()
        if time.monotonic() > self._cut_at:
            self._cut_at = time.monotonic() + CUT_EVERY_S
            self._cut()
        return ended(database)

    def _cut(self) -> None:
        if self._chance.random() < ALL_DROPPED:
            for host in self._hosts:
                host.relay.drop()
        else:
            self._chance.choice(self._hosts).relay.be_silent(self._chance.uniform(0.5, 3) * LEASE_S)

    def _let_go_on(self, process: subprocess.Popen[bytes]) -> None:
        now = time.monotonic()
        pause_s = self._chance.uniform(1, 3) * LEASE_S
        if now < self._goes_on_at.setdefault(process.pid, now + pause_s):
            return
        del self._goes_on_at[process.pid]
        self.suspended += 1
        if self._chance.random() < KILLED_INSTEAD:
            process.kill()
            process.wait()
        else:
            process.send_signal(signal.SIGCONT)


def calm(database: PostgresDatabase, hosts: list[Host]) -> None:
    """Let all processes go on, and wait until no change is open and nothing is held."""
    for host in hosts:
        for process in host.running:
            process.send_signal(signal.SIGCONT)
        host.work(suspended="0")
    for host in hosts:
        for process in host.running[:-1]:
            process.kill()
            process.wait()
        del host.running[:-1]
    open_changes = "SELECT count(*) FROM changes WHERE state = 'planned'"
    wait_until(lambda: not database.value(open_changes), "no open change")
    wait_until(lambda: not database.value("SELECT count(*) FROM held_files"), "no hold")


def test_hosts_that_remove_each_others_copies_leave_one_of_each_comic(
    hosts: list[Host], database: PostgresDatabase, shelf: Path
) -> None:
    before = contents(shelf)
    assert hosts[0].start("catalogue").wait() == 0
    jobs = submitted(database, hosts[0].at)
    for host in hosts:
        for _ in range(PROCESSES):
            host.work()
    storm = Storm(hosts)
    patience_s = PATIENCE_S + 10 * COMICS
    wait_until(lambda: storm.has_passed(database), "the end of all jobs", patience_s=patience_s)
    assert storm.suspended
    calm(database, hosts)

    assert contents(shelf) == before, "a file was lost or doubled"
    left = {folder.name: len(list(folder.glob("*.cbz"))) for folder in shelf.glob("comic *")}
    assert len(left) == COMICS
    assert min(left.values()) >= 1, f"the last copy has gone: {left}"
    removed = sum(before.values()) - sum(left.values())
    assert removed >= COMICS / 2, "hardly any copy was removed"
    manager = JobManager(database, NamedKinds(KINDS), now=database.now)
    assert {manager.get(job_id).status for job_id in jobs} == {JobStatus.COMPLETED}
    applied = database.value("SELECT count(*) FROM changes WHERE state = 'applied'")
    rest = database.rows("SELECT * FROM changes WHERE state <> 'applied' ORDER BY path_before")
    assert applied == removed, ("what was removed can't be undone", list(map(tuple, rest)))
