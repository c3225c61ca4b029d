"""Leases, heartbeats and rescue."""

from __future__ import annotations

import pytest

from comicmaintainer.database import Database
from comicmaintainer.jobs.engine.worker_store import LEASE_S
from comicmaintainer.jobs.job_manager import JobManager
from comicmaintainer.jobs.model import JobRequest, JobStatus
from tests.kit.clock import Clock
from tests.kit.hand_worker import HandWorker, names

pytestmark = pytest.mark.both_databases


def test_heartbeat_keeps_the_claims_however_long_they_run(
    manager: JobManager, worker: HandWorker, other_worker: HandWorker, clock: Clock
) -> None:
    manager.submit(JobRequest("process", ["a"]))
    held = worker.claim()
    for _ in range(20):
        clock.advance(LEASE_S - 1)
        worker.beat()
        other_worker.workers.rescue((), clock())
    assert worker.hand_in(held).count == 1


def test_items_are_rescued_only_after_the_lease_has_ended(
    manager: JobManager, worker: HandWorker, clock: Clock
) -> None:
    manager.submit(JobRequest("process", ["a", "b"]))
    worker.claim()
    clock.advance(LEASE_S)
    assert worker.workers.rescue((), clock()) == 0
    clock.advance(0.1)
    assert worker.workers.rescue((), clock()) == 2
    assert worker.workers.rescue((), clock()) == 0


def test_worker_known_to_be_dead_is_rescued_before_its_lease_ends(
    manager: JobManager, worker: HandWorker, other_worker: HandWorker, clock: Clock
) -> None:
    manager.submit(JobRequest("process", ["a"]))
    worker.claim()
    assert other_worker.workers.rescue([worker.worker_id], clock()) == 1
    assert names(other_worker.claim()) == ["a"]


def test_rescued_worker_learns_it_from_its_next_heartbeat(worker: HandWorker, clock: Clock) -> None:
    assert worker.workers.heartbeat(worker.worker_id, (), clock())
    worker.die()
    assert not worker.workers.heartbeat(worker.worker_id, (), clock())


def test_worker_whose_items_were_rescued_claims_nothing_until_it_registers_again(
    manager: JobManager, worker: HandWorker
) -> None:
    manager.submit(JobRequest("process", ["a"]))
    worker.die()
    assert worker.claim() == []
    worker.register()
    assert names(worker.claim()) == ["a"]


def test_rescue_takes_only_what_the_gone_worker_held(
    manager: JobManager, worker: HandWorker, other_worker: HandWorker, clock: Clock
) -> None:
    job_id = manager.submit(JobRequest("process", ["a", "b", "c"])).job_id
    done = worker.claim(1)
    worker.hand_in(done)
    worker.claim(1)
    kept = other_worker.claim(1)
    assert worker.workers.rescue([worker.worker_id], clock()) == 1
    assert other_worker.hand_in(kept).count == 1
    assert names(other_worker.claim()) == ["b"]
    job = manager.get(job_id)
    assert (job.status, job.processed_items) == (JobStatus.PROCESSING, 2)


def test_workers_are_shown_with_what_they_run(
    worker: HandWorker, other_worker: HandWorker, clock: Clock
) -> None:
    at = clock.advance(3)
    worker.workers.heartbeat(worker.worker_id, ["Issue 1.cbz"], at)
    shown = {record.worker_id: record for record in worker.workers.all()}
    assert shown.keys() == {worker.worker_id, other_worker.worker_id}
    assert shown[worker.worker_id].current == ("Issue 1.cbz",)
    assert shown[worker.worker_id].heartbeat_at == at


def test_claims_of_a_worker_without_a_row_are_found(
    database: Database, manager: JobManager, worker: HandWorker
) -> None:
    manager.submit(JobRequest("process", ["a"]))
    worker.claim()
    with database.transaction() as transaction:
        transaction.execute("DELETE FROM workers")
    assert worker.workers.orphans() == {worker.worker_id}
