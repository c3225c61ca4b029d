"""Items that wait for another of their job: let go in time, and never for ever."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

import pytest

from comicmaintainer.database import Database
from comicmaintainer.jobs.engine.waiting import SHORT_CYCLE
from comicmaintainer.jobs.engine.worker_store import MAX_LOST
from comicmaintainer.jobs.job_manager import JobManager
from comicmaintainer.jobs.model import (
    ClaimedItem,
    HandIn,
    ItemState,
    JobRequest,
    JobStatus,
    Outcome,
)
from comicmaintainer.jobs.transfer.exporter import Exporter
from tests.kit.clock import Clock
from tests.kit.hand_worker import DISK_FULL, DONE, FAILED, HandWorker, names

pytestmark = pytest.mark.both_databases

CLOSES = Outcome(True, closes=True)


def submit(manager: JobManager, items: Sequence[str], **more: object) -> str:
    request = JobRequest("process", items, **more)  # type: ignore[arg-type]
    return manager.submit(request).job_id


def waits_for(seq: int, *, makes_way: bool = False) -> Outcome:
    return Outcome(False, waits_for=seq, makes_way=makes_way)


def states(manager: JobManager, job_id: str) -> list[str]:
    return [state for _, _, state in manager.results.items(job_id)]


def test_waiting_item_is_claimed_again_once_the_other_has_its_result(
    manager: JobManager, worker: HandWorker
) -> None:
    job_id = submit(manager, ["a", "b"])
    first, second = worker.claim()
    worker.hand_in([first], waits_for(1))
    assert states(manager, job_id) == ["waiting", "processing"]
    assert worker.claim() == []
    assert manager.get(job_id).processed_items == 0
    worker.hand_in([second])
    (again,) = worker.claim()
    assert (again.item, again.breaks_cycle) == ("a", False)
    worker.hand_in([again])
    assert manager.get(job_id).status is JobStatus.COMPLETED


@pytest.mark.parametrize("outcome", [FAILED, DONE])
def test_item_that_would_wait_for_one_that_has_ended_is_queued_at_once(
    manager: JobManager, worker: HandWorker, outcome: Outcome
) -> None:
    job_id = submit(manager, ["a", "b"])
    first, second = worker.claim()
    worker.hand_in([second], outcome)
    worker.hand_in([first], waits_for(1))
    assert states(manager, job_id)[0] == "queued"


def test_item_that_fails_in_a_way_that_may_pass_is_waited_for(
    manager: JobManager, worker: HandWorker, clock: Clock
) -> None:
    submit(manager, ["a", "b"])
    first, second = worker.claim()
    worker.hand_in([first], waits_for(1))
    worker.hand_in([second], DISK_FULL)
    assert worker.claim() == []
    clock.advance(6)
    assert names(worker.claim()) == ["b"]


def test_item_waits_for_no_item_of_another_job(manager: JobManager, worker: HandWorker) -> None:
    submit(manager, ["a"])
    other = submit(manager, ["b", "c"])
    claims = worker.claim()
    worker.hand_in([claim for claim in claims if claim.job_id == other][:1], waits_for(1))
    worker.hand_in([claim for claim in claims if claim.job_id != other])
    assert states(manager, other) == ["waiting", "processing"]


@pytest.mark.parametrize("size", [1, 2, 3, SHORT_CYCLE, SHORT_CYCLE + 1, 40])
def test_circle_of_waiting_items_is_opened_at_one_of_them(
    manager: JobManager, worker: HandWorker, size: int
) -> None:
    job_id = submit(manager, [str(number) for number in range(size)])
    order = worker.claim()
    random.Random(size).shuffle(order)
    for claim in order:
        worker.hand_in([claim], waits_for((claim.seq + 1) % size))
    (head,) = worker.claim()
    assert head.breaks_cycle or size == 1
    worker.hand_in([head], waits_for((head.seq + 1) % size, makes_way=True))
    opened = []
    while claims := worker.claim():
        (claim,) = claims
        assert not claim.breaks_cycle
        worker.hand_in([claim])
        opened.append(claim.seq)
    expected = [(head.seq - step) % size for step in range(1, size + 1)]
    assert opened == expected
    assert manager.get(job_id).status is JobStatus.COMPLETED


def test_an_item_outside_the_circle_waits_until_it_is_opened(
    manager: JobManager, worker: HandWorker
) -> None:
    submit(manager, ["tail", "a", "b"])
    tail, first, second = worker.claim()
    worker.hand_in([tail], waits_for(1))
    worker.hand_in([first], waits_for(2))
    worker.hand_in([second], waits_for(1))
    (head,) = worker.claim()
    assert (head.item, head.breaks_cycle) == ("b", True)
    worker.hand_in([head], waits_for(1, makes_way=True))
    assert names(worker.claim()) == ["a"]


def test_head_of_a_circle_whose_worker_died_is_marked_again(
    manager: JobManager, worker: HandWorker, other_worker: HandWorker
) -> None:
    submit(manager, ["a", "b"])
    for claim in worker.claim():
        worker.hand_in([claim], waits_for(1 - claim.seq))
    (head,) = worker.claim()
    worker.die()
    other_worker.register()
    (again,) = other_worker.claim()
    assert (again.seq, again.breaks_cycle) == (head.seq, True)


def test_waiting_continues_over_pause_and_resume(manager: JobManager, worker: HandWorker) -> None:
    job_id = submit(manager, ["a", "b"])
    first, second = worker.claim()
    worker.hand_in([first], waits_for(1))
    manager.pause(job_id)
    worker.hand_in([second])
    assert worker.claim() == []
    manager.resume(job_id)
    assert names(worker.claim()) == ["a"]


def test_item_that_waits_for_one_that_kills_its_workers_continues(
    manager: JobManager, worker: HandWorker
) -> None:
    job_id = submit(manager, ["a", "b"])
    first, _ = worker.claim()
    worker.hand_in([first], waits_for(1))
    for _ in range(MAX_LOST):
        worker.die()
        worker.register()
        claims = worker.claim()
    assert names(claims) == ["a"]
    worker.hand_in(claims)
    job = manager.get(job_id)
    assert (job.status, job.failed_items) == (JobStatus.COMPLETED, 1)


def test_item_that_waits_for_a_missing_item_is_released_by_the_next_rescue(
    manager: JobManager, worker: HandWorker, database: Database, clock: Clock
) -> None:
    submit(manager, ["a", "b"])
    first, second = worker.claim()
    worker.hand_in([first], waits_for(1))
    with database.transaction() as transaction:  # as from a damaged database that was salvaged
        transaction.execute("DELETE FROM job_items WHERE seq = 1")
    worker.workers.rescue((), clock())
    assert names(worker.claim()) == ["a"]
    assert second.seq == 1


def test_late_wait_of_a_worker_that_lost_its_claim_is_refused(
    manager: JobManager, worker: HandWorker, other_worker: HandWorker, clock: Clock
) -> None:
    job_id = submit(manager, ["a", "b"])
    first, _ = worker.claim()
    worker.die()
    accepted = worker.hand_in([first], waits_for(1))
    assert len(accepted.refused) == 1
    assert states(manager, job_id) == ["queued", "queued"]


def test_what_waits_is_exported_as_queued(
    manager: JobManager, worker: HandWorker, database: Database
) -> None:
    job_id = submit(manager, ["a", "b"])
    first, _ = worker.claim()
    worker.hand_in([first], waits_for(1))
    exported = b"".join(Exporter(database).lines([job_id])).decode()
    assert ItemState.WAITING not in exported.replace("waiting_", "")


# --- the last item -------------------------------------------------------------------------------


def test_last_item_runs_once_more_when_all_others_have_their_results(
    manager: JobManager, worker: HandWorker
) -> None:
    job_id = submit(manager, ["a", "b", "c"])
    claims = worker.claim()
    worker.hand_in(claims[:1], FAILED)
    worker.hand_in(claims[1:], CLOSES)
    assert manager.get(job_id).processed_items == 2
    (last,) = worker.claim()
    assert (last.item, last.closing) == ("c", True)
    worker.hand_in([last], CLOSES)
    job = manager.get(job_id)
    assert (job.status, job.processed_items, job.failed_items) == (JobStatus.COMPLETED, 3, 1)


def test_last_item_is_marked_again_if_its_worker_died(
    manager: JobManager, worker: HandWorker
) -> None:
    submit(manager, ["a", "b"])
    worker.hand_in(worker.claim(), CLOSES)
    assert [claim.closing for claim in worker.claim()] == [True]
    worker.die()
    worker.register()
    assert [claim.closing for claim in worker.claim()] == [True]


def test_retried_items_of_a_closed_job_close_it_again(
    manager: JobManager, worker: HandWorker
) -> None:
    job_id = submit(manager, ["a", "b"])

    def close(claims: list[ClaimedItem]) -> None:
        done = [HandIn(c, replace(FAILED, closes=True), 0.0) for c in claims]
        worker.items.exchange(worker.worker_id, done, 0, (), 1.0)

    close(worker.claim())
    close(worker.claim())
    assert manager.get(job_id).status is JobStatus.COMPLETED
    assert manager.retry(job_id) == 2
    claims = worker.claim()
    assert [claim.closing for claim in claims] == [False, False]
    close(claims)
    assert [claim.closing for claim in worker.claim()] == [True]


def test_single_item_needs_no_second_run(manager: JobManager, worker: HandWorker) -> None:
    job_id = submit(manager, ["a"])
    worker.hand_in(worker.claim(), CLOSES)
    assert manager.get(job_id).status is JobStatus.COMPLETED


def test_results_can_be_amended_and_are_counted_again(
    manager: JobManager, worker: HandWorker
) -> None:
    job_id = submit(manager, ["a", "b"])
    worker.hand_in(worker.claim())
    amended = Outcome(False, {"x": 1}, "No.", "target_exists")
    manager.results.amend(job_id, {1: amended, 7: amended})
    found = {result.seq: result for result in manager.results.in_order(job_id)}
    assert found[0].success
    assert (found[1].success, found[1].error, found[1].code) == (False, "No.", "target_exists")
    assert manager.get(job_id).failed_items == 1
    assert manager.retry(job_id) == 1
