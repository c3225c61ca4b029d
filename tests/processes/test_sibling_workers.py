"""A service with two worker processes: they share jobs, and take over from each other."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from comicmaintainer.jobs.engine.worker_store import LEASE_S
from comicmaintainer.jobs.model import Job, JobRequest, JobStatus, Trigger, WorkerRecord
from comicmaintainer.services import Services
from comicmaintainer.settings import Settings
from tests.kit.comics import cbz
from tests.kit.processes import stop
from tests.kit.service import ServiceProcess
from tests.kit.waiting import wait_until

pytestmark = pytest.mark.slow

ITEMS = 60
VARIABLES = {"WORKER_PROCESSES": "2", "MAX_WORKERS": "1", "AUTH": "disabled"}


class Siblings(ServiceProcess):
    """`serve` with two worker processes, and the services over the same folders."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, variables=VARIABLES)
        self.services = Services(Settings.from_environment(self.environment))

    def start(self) -> None:
        """Start it, and wait until both workers are there."""
        self.launch()
        self.wait_until_ready()
        wait_until(lambda: len(self.workers()) == 2, "two workers")

    def workers(self) -> list[WorkerRecord]:
        """The workers of the service that are alive, the main worker first."""
        return sorted(self.services.manager.workforce.services(), key=lambda one: one.items_only)

    def comics(self) -> list[str]:
        """Put comics into the library that take a moment to verify, and return their paths."""
        return [
            str(cbz(self.library / f"Owl {number}.cbz", {"p1.jpg": os.urandom(2_000_000)}))
            for number in range(ITEMS)
        ]

    def verify(self, paths: list[str]) -> Job:
        return self.services.manager.submit(JobRequest("verify", paths), once=False)

    def items_of(self, job: Job) -> dict[str, str]:
        """The items of the job that are running, with the worker that holds each."""
        rows = self.services.database.rows(
            "SELECT item, worker_id FROM job_items WHERE job_id = ? AND state = 'processing'",
            (job.job_id,),
        )
        return {row["item"]: row["worker_id"] for row in rows}

    def is_done(self, job: Job) -> bool:
        return self.services.manager.get(job.job_id).status is JobStatus.COMPLETED

    def require_each_done_once(self, job: Job) -> None:
        results = list(self.services.manager.results.in_order(job.job_id))
        assert sorted(result.item for result in results) == sorted(self.paths_of(job))
        assert {result.code for result in results if not result.success} <= {"damaged_archive"}

    def paths_of(self, job: Job) -> list[str]:
        rows = self.services.database.rows(
            "SELECT item FROM job_items WHERE job_id = ?", (job.job_id,)
        )
        return [row["item"] for row in rows]

    def watching(self) -> set[int]:
        """The processes that hold the watcher's lock."""
        inode = (self.config / "watcher.lock").stat().st_ino
        locks = Path("/proc/locks").read_text("utf-8").splitlines()
        held = [lock.split() for lock in locks if " -> " not in lock]
        return {int(lock[4]) for lock in held if lock[5].endswith(f":{inode}")}


def started(folder: Path) -> Iterator[Siblings]:
    found = Siblings(folder)
    found.start()
    yield found
    found.services.database.close()
    found.kill()


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Siblings]:
    yield from started(tmp_path)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Siblings]:
    """A service that no test stops or kills."""
    yield from started(tmp_path_factory.mktemp("undisturbed"))


def test_both_work_on_one_job(undisturbed: Siblings) -> None:
    service = undisturbed
    job = service.verify(service.comics())
    known = {worker.worker_id for worker in service.workers()}
    seen: set[str] = set()

    def both_seen() -> bool:
        seen.update(service.items_of(job).values())
        assert seen == known or not service.is_done(job)
        return seen == known

    wait_until(both_seen, "items in the hands of both workers")
    wait_until(lambda: service.is_done(job))
    service.require_each_done_once(job)


def test_a_schedule_fires_once(undisturbed: Siblings) -> None:
    service, services = undisturbed, undisturbed.services
    services.schedules.create("builtin-scan", run_at=time.time() + 1, name="once")

    def scheduled() -> list[Job]:
        jobs = services.manager.jobs.page(limit=100)
        return [job for job in jobs if job.trigger is Trigger.SCHEDULE]

    wait_until(scheduled, "the scheduled job")
    wait_until(lambda: all(service.is_done(job) for job in scheduled()))
    time.sleep(6)  # more than the time between two looks of a scheduler
    assert len(scheduled()) == 1


def test_both_are_reported(undisturbed: Siblings) -> None:
    service = undisturbed
    main, other = service.workers()

    def page(path: str) -> str:
        with urllib.request.urlopen(f"{service.url}{path}", timeout=60) as answer:
            text: str = answer.read().decode()
            return text

    metrics = page("/metrics")
    assert "comicmaintainer_workers 2.0" in metrics
    for worker in (main, other):
        assert f'process="{worker.pid}"' in metrics
        assert f'"pid":{worker.pid},"threads":1' in page("/api/system")
    assert "2 threads in 2 processes" in service.run("doctor").stdout
    overview = service.run("jobs", "overview").stdout
    assert f"process {main.pid}," in overview
    assert f"process {other.pid}," in overview
    log = (service.config / "Log" / "ComicMaintainer.log").read_text("utf-8")
    assert f"Started worker as process {main.pid}" in log
    assert f"Started worker 2 as process {other.pid}" in log


@pytest.mark.parametrize("items_only", [False, True])
def test_items_of_a_killed_worker_are_done_by_the_other_and_it_is_started_again(
    service: Siblings, items_only: bool
) -> None:
    job = service.verify(service.comics())
    [victim] = [worker for worker in service.workers() if worker.items_only is items_only]
    wait_until(lambda: victim.worker_id in service.items_of(job).values(), "an item of the worker")
    stop(service.process.pid)  # nothing starts it again for now
    os.kill(victim.pid, signal.SIGKILL)
    killed_at = time.monotonic()
    wait_until(lambda: victim.worker_id not in service.items_of(job).values(), "the rescue")
    assert time.monotonic() - killed_at < LEASE_S  # at once, not when its lease ends
    wait_until(lambda: service.is_done(job))
    service.require_each_done_once(job)
    [left] = service.workers()
    assert left.items_only is not items_only
    assert (service.status_of("/health/ready") == 200) is items_only
    service.process.send_signal(signal.SIGCONT)
    wait_until(lambda: len(service.workers()) == 2)
    main, other = service.workers()
    assert (main.items_only, other.items_only) == (False, True)
    assert victim.pid not in {main.pid, other.pid}
    assert left.pid in {main.pid, other.pid}
    service.wait_until_ready()


def test_only_the_main_worker_watches_also_after_its_death(service: Siblings) -> None:
    main, other = service.workers()
    wait_until(lambda: service.watching() == {main.pid})
    os.kill(main.pid, signal.SIGKILL)
    wait_until(lambda: {one.pid for one in service.workers()} - {main.pid, other.pid})
    again, same = service.workers()
    wait_until(lambda: service.watching() == {again.pid})
    assert not again.items_only
    assert same.pid == other.pid


def test_a_worker_started_by_hand_takes_over_the_watching(service: Siblings) -> None:
    main, _ = service.workers()
    wait_until(lambda: service.watching() == {main.pid})
    with subprocess.Popen(
        [sys.executable, "-m", "comicmaintainer", "worker"], env=service.environment
    ) as by_hand:
        try:
            wait_until(lambda: len(service.workers()) == 3)
            assert service.watching() == {main.pid}
            stop(service.process.pid)
            os.kill(main.pid, signal.SIGKILL)
            wait_until(lambda: service.watching() == {by_hand.pid})
            assert service.status_of("/health/ready") == 200
        finally:
            service.process.send_signal(signal.SIGCONT)
            by_hand.terminate()


def test_all_end_in_time_and_give_back_their_items(service: Siblings) -> None:
    job = service.verify(service.comics())
    wait_until(lambda: len(service.items_of(job)) == 2)
    service.process.terminate()
    assert service.process.wait(8) == 0
    assert service.workers() == []
    assert service.items_of(job) == {}
    assert "killing it" not in service.output


def test_sighup_restarts_both(service: Siblings) -> None:
    before = {worker.pid for worker in service.workers()}
    service.process.send_signal(signal.SIGHUP)
    wait_until(lambda: len({one.pid for one in service.workers()} - before) == 2)
    assert "restarting it" not in service.output
