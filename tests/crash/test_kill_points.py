"""Processes killed at each named point of a job's way: what was promised is there, nothing twice.

Each point lies beside one write transaction (before it, begun, written, committed) or inside an
item. Twenty rounds of each: `COMICMAINTAINER_ROUNDS=20 pytest tests/crash/test_kill_points.py`.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from benchmarks.named_kinds import NamedKinds

from comicmaintainer.database import SqliteDatabase, Transaction, Turn
from comicmaintainer.jobs.engine.liveness import Liveness
from comicmaintainer.jobs.engine.worker_store import WorkerStore
from comicmaintainer.jobs.job_manager import JobManager
from comicmaintainer.jobs.model import ClaimedItem, HandIn, JobRequest, JobStatus, Outcome

ROUNDS = int(os.environ.get("COMICMAINTAINER_ROUNDS", "1"))
KIND = "touch"
ITEMS = 6
STAGES = ("before", "begun", "written", "committed")
WORKING = [
    *(f"register:{stage}" for stage in STAGES),
    *(f"exchange-1:{stage}" for stage in STAGES),  # the first claim
    "item:before",
    "item:after",
    *(f"exchange-2:{stage}" for stage in STAGES),  # results handed in, more claimed
    *(f"exchange-3:{stage}" for stage in STAGES),  # the last results
    *(f"release-1:{stage}" for stage in ("begun", "written", "committed")),
]
ASKING = [f"insert-1:{stage}" for stage in STAGES]
REMOVING = [
    f"{name}:{stage}"
    for name in ("archive-1", "_purge_chunk-1", "_purge_chunk-2", "_purge_row-1")
    for stage in ("begun", "committed")
]

pytestmark = pytest.mark.slow


class MortalDatabase(SqliteDatabase):
    """A database whose process dies at one point: `caller-nth:stage`."""

    def __init__(self, path: Path, point: str) -> None:
        super().__init__(path)
        self._point = point
        self._calls: Counter[str] = Counter()

    @contextmanager
    def transaction(self, turn: Turn = Turn.ALL) -> Iterator[Transaction]:
        caller = sys._getframe(2).f_code.co_name
        self._calls[caller] += 1
        name = caller if caller == "register" else f"{caller}-{self._calls[caller]}"
        self.reach(f"{name}:before")
        with super().transaction(turn) as transaction:
            self.reach(f"{name}:begun")
            yield transaction
            self.reach(f"{name}:written")
        self.reach(f"{name}:committed")

    def reach(self, point: str) -> None:
        if point == self._point:
            os.kill(os.getpid(), signal.SIGKILL)


def touch(claim: ClaimedItem) -> None:
    with Path(claim.item).open("a", encoding="ascii") as file:
        file.write("x")


def work(path: Path, point: str) -> None:
    """Do what a worker does, in one thread and in a fixed order."""
    database = MortalDatabase(path, point)
    manager = JobManager(database, NamedKinds({KIND}))
    Liveness(path.parent / "workers").enter("mortal")
    WorkerStore(database).register("mortal", "host", os.getpid(), 1, 1.0)
    done: list[HandIn] = []
    for wanted in (3, 3, 0):
        _, claims = manager.items.exchange("mortal", done, wanted, {KIND}, 1.0)
        done = []
        for claim in claims:
            database.reach("item:before")
            touch(claim)
            database.reach("item:after")
            done.append(HandIn(claim, Outcome(True), 0.0))
        if wanted and "release" in point:
            manager.items.release([hand_in.claim for hand_in in done])


def ask(path: Path, point: str) -> None:
    """Submit a job and say so in a file once it is acknowledged."""
    manager = JobManager(MortalDatabase(path, point), NamedKinds({KIND}))
    job = manager.submit(JobRequest(KIND, ["new"]))
    (path.parent / "acknowledged").write_text(job.job_id)


def remove(path: Path, point: str) -> None:
    """Delete the only job."""
    manager = JobManager(MortalDatabase(path, point), NamedKinds({KIND}))
    manager.delete_job(manager.jobs.page()[0].job_id)


def killed_at(point: str, target: Callable[[Path, str], None], path: Path) -> None:
    process = multiprocessing.get_context("spawn").Process(target=target, args=(path, point))
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL, f"{point} was never reached"


def recovered(path: Path) -> JobManager:
    """Open the database as the next process does, rescue, and do the rest of the work."""
    database = SqliteDatabase(path)
    assert database.value("PRAGMA integrity_check") == "ok"
    assert database.rows("PRAGMA foreign_key_check") == []
    manager = JobManager(database, NamedKinds({KIND}))
    liveness = Liveness(path.parent / "workers")
    workers = WorkerStore(database)
    known = {record.worker_id for record in workers.all()} | workers.orphans()
    assert all(liveness.is_dead(name) for name in known)
    workers.rescue(known, 2.0)
    workers.register("next", "host", 1, 1, 2.0)
    while True:
        _, claims = manager.items.exchange("next", (), 100, {KIND}, 2.0)
        if not claims:
            return manager
        for claim in claims:
            touch(claim)
        done = [HandIn(claim, Outcome(True), 0.0) for claim in claims]
        manager.items.exchange("next", done, 0, (), 2.0)


@pytest.fixture
def asked(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A database with one job of a few items."""
    path = tmp_path / "jobs.db"
    database = SqliteDatabase(path)
    items = [str(tmp_path / f"{number}.cbz") for number in range(ITEMS)]
    job_id = JobManager(database, NamedKinds({KIND})).submit(JobRequest(KIND, items)).job_id
    database.close()
    yield path, job_id
    database.close()


@pytest.mark.parametrize("round_", range(ROUNDS))
@pytest.mark.parametrize("point", WORKING)
def test_worker_killed_here_loses_no_item_and_doubles_no_result(
    asked: tuple[Path, str], point: str, round_: int
) -> None:
    path, job_id = asked
    killed_at(point, work, path)
    manager = recovered(path)
    job = manager.get(job_id)
    assert (job.status, job.processed_items, job.failed_items) == (JobStatus.COMPLETED, ITEMS, 0)
    results = list(manager.results.in_order(job_id))
    assert sorted(result.seq or 0 for result in results) == list(range(ITEMS))
    assert all(Path(result.item).stat().st_size >= 1 for result in results)


@pytest.mark.parametrize("round_", range(ROUNDS))
@pytest.mark.parametrize("point", ASKING)
def test_job_submitted_during_a_kill_is_complete_or_absent_and_present_if_acknowledged(
    tmp_path: Path, point: str, round_: int
) -> None:
    path = tmp_path / "jobs.db"
    killed_at(point, ask, path)
    database = SqliteDatabase(path)
    manager = JobManager(database, NamedKinds({KIND}))
    jobs = manager.jobs.page()
    assert len(jobs) == (1 if point.endswith("committed") else 0)
    for job in jobs:
        assert [item for _, item, _ in manager.results.items(job.job_id)] == ["new"]
    assert not (tmp_path / "acknowledged").exists()
    database.close()


@pytest.mark.parametrize("round_", range(ROUNDS))
@pytest.mark.parametrize("point", REMOVING)
def test_removal_cut_short_is_finished_by_the_next_cleanup(
    asked: tuple[Path, str], point: str, round_: int
) -> None:
    path, job_id = asked
    killed_at(point, remove, path)
    database = SqliteDatabase(path)
    manager = JobManager(database, NamedKinds({KIND}))
    if point == "archive-1:begun":
        assert manager.get(job_id).status is JobStatus.QUEUED
        manager.delete_job(job_id)
    manager.clean_up()
    assert manager.get(job_id).archived
    for table in ("jobs", "job_items", "job_results"):
        assert database.value(f"SELECT count(*) FROM {table}") == 0
    database.close()
