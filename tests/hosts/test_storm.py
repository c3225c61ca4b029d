"""Several hosts through everything at once, and what is left of their work.

Processes are killed and stop themselves within transactions, the server is killed, hosts are cut
off for longer than their leases, and their clocks are five minutes wrong. Meanwhile they do items
that cost nothing, tag comics, and remove copies, each in the roots that it has. The long form, with
the leases of the service:

    STORM_S=1200 STORM_LEASE_S=15 STORM_HOSTS=5 pytest -s tests/hosts/test_storm.py
"""

from __future__ import annotations

import hashlib
import os
import random
import time
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, suppress
from pathlib import Path

import pytest
from benchmarks.named_kinds import NamedKinds

from comicmaintainer.database.postgresql import PostgresDatabase
from comicmaintainer.errors import DatabaseError
from comicmaintainer.jobs.job_manager import JobManager
from comicmaintainer.jobs.model import JobRequest, JobStatus
from comicmaintainer.library.host_roots import HostRoots
from comicmaintainer.library.roots import LibraryRoots
from comicmaintainer.operations.declared.kinds import KINDS
from tests.hosts.storm import ROOTS, Site, Storm, built
from tests.hosts.storm_host import TOUCH
from tests.kit import postgresql
from tests.kit.waiting import PATIENCE_S, wait_until
from tests.operations.workbench import PNG

pytestmark = pytest.mark.slow

STORM_S = float(os.environ.get("STORM_S", "25"))
LEASE_S = float(os.environ.get("STORM_LEASE_S", "3"))
HOSTS = int(os.environ.get("STORM_HOSTS", "3"))
STOPPED = 0.06 / LEASE_S
"""The share of write transactions in which a process stops itself, for about a lease."""
TOUCHED = 150
"""In each root, of each round."""
TAGGED = 8
"""Comics in each root, all of them tagged in each round."""
PAIRS = int(STORM_S / 4)
"""Comics in each root that have two copies; a few of them are in each round."""
PAIRS_OF_ROUND = 2


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    if postgresql.programs() is None:
        if os.environ.get(postgresql.REQUIRED):
            pytest.fail("PostgreSQL is required here, but is not installed")
        pytest.skip("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    with built(tmp_path, HOSTS, LEASE_S, STOPPED) as made:
        yield made


@pytest.fixture
def database(site: Site, tmp_path: Path) -> Iterator[PostgresDatabase]:
    with closing(PostgresDatabase(site.url, tmp_path / "test", host="test")) as opened:
        yield opened


def make_comic(path: Path, page: bytes, tag: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("1.png", PNG + page)
        archive.writestr("ComicInfo.xml", f"<ComicInfo><Notes>{tag}</Notes></ComicInfo>")


def make_comics(shelf: Path) -> None:
    for root in ROOTS:
        for number in range(TAGGED):
            make_comic(shelf / root / f"tagged {number}.cbz", b"%d" % number, "none")
        for number in range(PAIRS):
            for copy in "ab":
                path = shelf / root / f"pair {number}" / f"{copy}.cbz"
                make_comic(path, f"{root} {number}".encode(), copy)


def contents(shelf: Path) -> Counter[str]:
    """Return the digests of all comics, wherever they lie, trash included."""
    return Counter(hashlib.sha256(path.read_bytes()).hexdigest() for path in shelf.rglob("*.cbz"))


class Requests:
    """The jobs that are asked for while the storm goes on; each is stored once."""

    def __init__(self, site: Site, database: PostgresDatabase) -> None:
        self._database = database
        self._library = site.library
        self._manager = JobManager(database, NamedKinds(KINDS), now=database.now)
        self._roots = HostRoots(database, LibraryRoots([]), now=database.now)
        self._pairs = [(root, number) for root in ROOTS for number in range(PAIRS)]
        random.Random(13).shuffle(self._pairs)
        self._open: list[tuple[str, JobRequest]] = []
        self.ids: list[str] = []
        self.rounds = 0

    def go_on(self) -> None:
        """Ask for a round of jobs, once those of the last one are nearly done."""
        if not self._open:
            left = "SELECT count(*) FROM job_items WHERE state IN ('queued', 'processing')"
            if self._database.value(left) > TOUCHED:
                return
            self._plan()
        while self._open:
            self.submit(*self._open[-1])
            self._open.pop()

    def submit(self, job_id: str, request: JobRequest) -> None:
        """Store a job, unless it is already there, which a server that was killed can't tell."""
        if self._manager.jobs.get(job_id) is None:
            self._manager.jobs.insert(job_id, request, None, self._database.now())
        self.ids.append(job_id)

    def _plan(self) -> None:
        self.rounds += 1
        folders = [f"{self._library}/{root}" for root in ROOTS]
        touched = [
            f"{each}/{self.rounds} {number}" for number in range(TOUCHED) for each in folders
        ]
        self._want(TOUCH, touched)
        tagged = [f"{each}/tagged {number}.cbz" for number in range(TAGGED) for each in folders]
        self._want("tag", tagged, {"set": {"notes": f"round {self.rounds}"}})
        for _ in range(PAIRS_OF_ROUND):
            if self._pairs:
                root, number = self._pairs.pop()
                copies = [f"{self._library}/{root}/pair {number}/{copy}.cbz" for copy in "ab"]
                for goes, stays in (copies, copies[::-1], copies):
                    self._want(
                        "duplicates", [goes], {"action": "trash", "near": False, "keep": stays}
                    )

    def _want(
        self, kind: str, items: Sequence[str], params: Mapping[str, object] | None = None
    ) -> None:
        root_ids = self._roots.root_ids(items, {})
        assert len(root_ids) == len(items)
        request = JobRequest(kind, items, params or {}, root_ids=root_ids)
        self._open.append((f"round-{self.rounds}-{len(self._open)}", request))

    def undo_all(self) -> str:
        """Ask for everything to be undone, newest first; return the job's id."""
        changes = self._database.rows(
            "SELECT change_id, path_before FROM changes WHERE state = 'applied'"
            " ORDER BY change_id DESC"
        )
        paths = {str(row["change_id"]): row["path_before"] for row in changes}
        root_ids = self._roots.root_ids(paths, paths)
        self.submit("undo", JobRequest("undo", list(paths), root_ids=root_ids))
        return "undo"


def ended(database: PostgresDatabase) -> bool:
    return not database.value("SELECT count(*) FROM jobs WHERE status <> 'completed'")


def require_each_once(site: Site, database: PostgresDatabase, jobs: Sequence[str]) -> None:
    """Every item has one result; nothing ran on a host without its root."""
    manager = JobManager(database, NamedKinds(KINDS), now=database.now)
    assert database.value("SELECT count(*) FROM jobs") == len(jobs)
    for job_id in jobs:
        job = manager.get(job_id)
        accepted = database.rows("SELECT item FROM job_results WHERE job_id = ?", (job_id,))
        items = database.rows("SELECT item FROM job_items WHERE job_id = ?", (job_id,))
        assert sorted(row["item"] for row in accepted) == sorted(row["item"] for row in items)
        assert job.status is JobStatus.COMPLETED
        assert job.processed_items == job.total_items == len(items)
        if job.kind != "duplicates":
            errors = "SELECT error FROM job_results WHERE job_id = ? AND success = 0"
            assert database.rows(errors, (job_id,)) == []
    for host in site.hosts:
        own = tuple(f"{site.library}/{root}/" for root in host.roots)
        ran = [item for kind, item in host.ran() if kind != "undo"]
        assert ran
        assert [item for item in ran if not item.startswith(own)] == []


def require_whole(shelf: Path, rounds: int) -> None:
    """Every comic has its pages, and tags that it was given; of copies at least one is left."""
    for root in ROOTS:
        for number in range(TAGGED):
            with zipfile.ZipFile(shelf / root / f"tagged {number}.cbz") as archive:
                assert archive.testzip() is None
                assert archive.read("1.png") == PNG + b"%d" % number
                tags = archive.read("ComicInfo.xml").decode()
            given = ["none", *(f"round {each + 1}" for each in range(rounds))]
            assert any(f"<Notes>{each}</Notes>" in tags for each in given)
        for number in range(PAIRS):
            assert list((shelf / root / f"pair {number}").glob("*.cbz")), "no copy is left"


def test_hosts_lose_nothing_in_a_storm(site: Site, database: PostgresDatabase) -> None:
    make_comics(site.shelf)
    before = contents(site.shelf)
    for host in site.hosts:
        host.read_catalogue()
    requests = Requests(site, database)
    storm = Storm(site, LEASE_S)
    began = database.now()
    storm_until = time.monotonic() + STORM_S

    def has_passed() -> bool:
        storm.go_on()
        with suppress(DatabaseError):  # the server was killed; the next turn asks again
            requests.go_on()
        return time.monotonic() > storm_until and min(storm.counts.values()) > 0

    wait_until(has_passed, "a storm with everything in it", patience_s=PATIENCE_S + STORM_S)
    storm.calm()
    wait_until(lambda: ended(database), "the end of all jobs", patience_s=PATIENCE_S + STORM_S)
    open_changes = "SELECT count(*) FROM changes WHERE state = 'planned'"
    wait_until(lambda: not database.value(open_changes), "no open change")
    wait_until(lambda: not database.value("SELECT count(*) FROM held_files"), "no hold")

    lost = database.value("SELECT sum(lost) FROM job_items")
    print(storm.counts, f"{requests.rounds} rounds, {lost} items taken over")
    assert lost > 0, "no worker died at work"
    require_each_once(site, database, requests.ids)
    require_whole(site.shelf, requests.rounds)
    times = database.row("SELECT min(finished_at), max(finished_at) FROM job_results")
    assert times is not None
    assert began <= times[0] <= times[1] <= database.now(), "by a clock that is wrong"

    undo = requests.undo_all()
    wait_until(lambda: ended(database), "the end of the undo")
    refused = database.rows(
        "SELECT item, error FROM job_results WHERE job_id = ? AND success = 0", (undo,)
    )
    assert refused == []
    assert contents(site.shelf) == before, "a comic is not what it was"
