"""Claims, leases, tokens and results of items."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest

from comicmaintainer.database import Database, Row
from comicmaintainer.errors import DatabaseError
from comicmaintainer.jobs.engine.claims import AGEING_S, SUSPICIOUS_LOSSES
from comicmaintainer.jobs.engine.hand_in import BACKOFF_S
from comicmaintainer.jobs.engine.worker_store import MAX_LOST
from comicmaintainer.jobs.job_manager import JobManager
from comicmaintainer.jobs.model import HandIn, JobRequest, JobStatus, Outcome, Priority
from tests.kit.clock import Clock
from tests.kit.hand_worker import DISK_FULL, DONE, FAILED, KINDS, HandWorker, names

pytestmark = pytest.mark.both_databases


def submit(manager: JobManager, items: Sequence[str], kind: str = "process", **more: object) -> str:
    return manager.submit(JobRequest(kind, items, **more)).job_id  # type: ignore[arg-type]


def results_per_item(database: Database, job_id: str) -> dict[int, int]:
    rows = database.rows(
        "SELECT seq, count(*) AS results FROM job_results WHERE job_id = ? GROUP BY seq", (job_id,)
    )
    return {row["seq"]: row["results"] for row in rows}


# --- results ---------------------------------------------------------------------------------


def test_result_with_the_current_token_is_accepted_and_counted(
    manager: JobManager, worker: HandWorker
) -> None:
    job_id = submit(manager, ["a", "b"])
    first, second = worker.claim()
    assert worker.hand_in([first]).count == 1
    assert manager.get(job_id).processed_items == 1
    assert worker.hand_in([second], FAILED).count == 1
    job = manager.get(job_id)
    assert (job.status, job.processed_items, job.failed_items) == (JobStatus.COMPLETED, 2, 1)


def test_an_item_runs_from_its_claim_to_its_result(manager: JobManager, worker: HandWorker) -> None:
    job_id = submit(manager, ["a", "b"])
    (claim,) = worker.claim(1)
    assert manager.items.is_running(job_id, claim.seq)
    assert not manager.items.is_running(job_id, claim.seq + 1)
    worker.hand_in([claim])
    assert not manager.items.is_running(job_id, claim.seq)


def test_result_handed_in_twice_counts_once(manager: JobManager, worker: HandWorker) -> None:
    job_id = submit(manager, ["a", "b"])
    claims = worker.claim()
    worker.hand_in(claims[:1])
    again = worker.hand_in(claims[:1])
    assert again.count == 0
    assert [refused.claim for refused in again.refused] == claims[:1]
    assert manager.get(job_id).processed_items == 1


def test_one_hand_in_of_good_and_late_results_accepts_the_good_ones_only(
    manager: JobManager, worker: HandWorker, other_worker: HandWorker
) -> None:
    job_id = submit(manager, ["a", "b", "c"])
    late = worker.claim(2)
    worker.die()
    other_worker.register()
    other_worker.claim(1)
    worker.register()
    (current,) = worker.claim(1)
    accepted = worker.hand_in([late[0], current, late[1]])
    assert accepted.count == 1
    assert {refused.claim.item for refused in accepted.refused} == {"a", "b"}
    assert manager.get(job_id).processed_items == 1


def test_late_result_of_a_rescued_item_is_refused_before_anyone_claims_it_again(
    manager: JobManager, worker: HandWorker
) -> None:
    job_id = submit(manager, ["a"])
    claims = worker.claim()
    assert worker.die() == 1
    assert worker.hand_in(claims).count == 0
    job = manager.get(job_id)
    assert (job.status, job.processed_items) == (JobStatus.PROCESSING, 0)


def test_late_result_is_refused_while_the_new_holder_runs_and_after(
    database: Database, manager: JobManager, worker: HandWorker, other_worker: HandWorker
) -> None:
    job_id = submit(manager, ["a"])
    old = worker.claim()
    worker.die()
    other_worker.register()
    new = other_worker.claim()
    assert worker.hand_in(old).count == 0
    assert other_worker.hand_in(new, FAILED).count == 1
    assert worker.hand_in(old).count == 0
    assert results_per_item(database, job_id) == {0: 1}
    assert manager.get(job_id).failed_items == 1


def test_a_delayed_item_has_no_result_and_runs_again_at_its_time(
    database: Database, manager: JobManager, worker: HandWorker, clock: Clock
) -> None:
    job_id = submit(manager, ["a", "b"])
    first, second = worker.claim()
    for _ in range(len(BACKOFF_S) + 2):  # a delay is no failure, however often it happens
        until = clock() + 60
        accepted = worker.hand_in([first], Outcome(False, not_before=until))
        assert (accepted.count, accepted.refused) == (0, ())
        assert worker.claim() == []
        clock.advance(60)
        worker.beat()
        (first,) = worker.claim()
        assert (first.item, first.failures) == ("a", 0)
    worker.hand_in([first, second])
    job = manager.get(job_id)
    assert (job.status, job.processed_items, job.failed_items) == (JobStatus.COMPLETED, 2, 0)
    assert results_per_item(database, job_id) == {0: 1, 1: 1}


def test_items_that_were_not_delayed_are_claimed_first(
    manager: JobManager, worker: HandWorker, clock: Clock
) -> None:
    submit(manager, ["a", "b", "c"])
    (first,) = worker.claim(1)
    worker.hand_in([first], Outcome(False, not_before=clock() - 1))
    assert [worker.claim(1)[0].item for _ in range(3)] == ["b", "c", "a"]


def test_same_worker_with_an_older_attempt_is_refused(
    manager: JobManager, worker: HandWorker
) -> None:
    submit(manager, ["a"])
    old = worker.claim()
    worker.die()
    worker.register()
    new = worker.claim()
    assert worker.hand_in(old).count == 0
    assert worker.hand_in(new).count == 1


def test_result_from_before_a_retry_is_refused(manager: JobManager, worker: HandWorker) -> None:
    job_id = submit(manager, ["a"])
    old = worker.claim()
    worker.hand_in(old, FAILED)
    assert manager.retry(job_id) == 1
    new = worker.claim()
    assert worker.hand_in(old).count == 0
    assert worker.hand_in(new).count == 1


def test_result_of_a_deleted_job_counts_in_its_summary_and_leaves_nothing(
    database: Database, manager: JobManager, worker: HandWorker
) -> None:
    job_id = submit(manager, ["a"])
    claims = worker.claim()
    manager.delete_job(job_id)
    assert worker.hand_in(claims).count == 1
    manager.clean_up()
    assert manager.get(job_id).processed_items == 1
    assert database.value("SELECT count(*) FROM job_results") == 0
    assert worker.hand_in(claims).count == 0


def test_details_come_back_as_they_were_handed_in(manager: JobManager, worker: HandWorker) -> None:
    job_id = submit(manager, ["a"])
    details = {"changes": [{"field": "series", "after": "Ходячие 行尸"}], "bytes": 12}
    worker.hand_in(worker.claim(), Outcome(True, details), duration_s=0.25)
    (result,) = manager.results.page(job_id)
    assert result.details == details
    assert (result.item, result.success, result.duration_s) == ("a", True, 0.25)


# --- what is tried again ---------------------------------------------------------------------


def test_retryable_failure_is_tried_again_after_growing_pauses_then_fails_for_good(
    manager: JobManager, worker: HandWorker, clock: Clock
) -> None:
    job_id = submit(manager, ["a"])
    for pause_s in BACKOFF_S:
        worker.hand_in(worker.claim(), DISK_FULL)
        clock.advance(pause_s - 0.5)
        assert worker.claim() == []
        clock.advance(1)
    assert manager.get(job_id).processed_items == 0
    worker.hand_in(worker.claim(), DISK_FULL)
    job = manager.get(job_id)
    assert (job.status, job.failed_items) == (JobStatus.COMPLETED, 1)


def test_failure_that_cannot_pass_is_not_tried_again(
    manager: JobManager, worker: HandWorker, clock: Clock
) -> None:
    job_id = submit(manager, ["a"])
    worker.hand_in(worker.claim(), FAILED)
    clock.advance(3600)
    assert worker.claim() == []
    assert manager.get(job_id).status is JobStatus.COMPLETED


def test_item_given_back_unrun_is_claimed_again_as_if_nothing_had_been(
    manager: JobManager, worker: HandWorker
) -> None:
    submit(manager, ["a", "b"])
    for _ in range(SUSPICIOUS_LOSSES + 1):
        worker.items.release(worker.claim())
    assert names(worker.claim()) == ["a", "b"]


def test_result_of_an_item_that_was_given_back_is_refused(
    manager: JobManager, worker: HandWorker
) -> None:
    submit(manager, ["a"])
    old = worker.claim()
    worker.items.release(old)
    new = worker.claim()
    assert worker.hand_in(old).count == 0
    assert worker.hand_in(new).count == 1


def test_retry_clears_the_suspicion_that_an_item_kills_workers(
    manager: JobManager, worker: HandWorker
) -> None:
    job_id = submit(manager, ["killer"])
    for _ in range(MAX_LOST):
        worker.claim()
        worker.die()
        worker.register()
    manager.retry(job_id)
    worker.claim()
    worker.die()
    worker.register()
    assert names(worker.claim()) == ["killer"]


def test_giving_back_with_an_old_token_changes_nothing(
    manager: JobManager, worker: HandWorker, other_worker: HandWorker
) -> None:
    submit(manager, ["a"])
    old = worker.claim()
    worker.die()
    other_worker.register()
    new = other_worker.claim()
    worker.items.release(old)
    assert other_worker.hand_in(new).count == 1


def test_item_that_keeps_losing_its_worker_comes_last_and_alone(
    manager: JobManager, worker: HandWorker
) -> None:
    submit(manager, ["killer", "b", "c"])
    for _ in range(SUSPICIOUS_LOSSES):
        assert names(worker.claim(1)) == ["killer"]
        worker.die()
        worker.register()
    assert names(worker.claim(10)) == ["b", "c"]
    assert names(worker.claim(10)) == ["killer"]


def test_item_that_kills_every_worker_fails_at_last_and_the_job_ends(
    database: Database, manager: JobManager, worker: HandWorker
) -> None:
    job_id = submit(manager, ["killer"])
    for _ in range(MAX_LOST):
        assert names(worker.claim()) == ["killer"]
        worker.die()
        worker.register()
    job = manager.get(job_id)
    assert (job.status, job.failed_items) == (JobStatus.COMPLETED, 1)
    (result,) = manager.results.page(job_id)
    assert result.code == "worker_died"
    assert results_per_item(database, job_id) == {0: 1}


# --- who gets what ---------------------------------------------------------------------------


def test_two_workers_never_hold_the_same_item(
    manager: JobManager, worker: HandWorker, other_worker: HandWorker
) -> None:
    submit(manager, [f"{number}" for number in range(10)])
    mine, theirs = worker.claim(6), other_worker.claim(6)
    assert len(mine) + len(theirs) == 10
    assert set(names(mine)).isdisjoint(names(theirs))


def test_items_are_claimed_in_the_order_they_were_submitted(
    manager: JobManager, worker: HandWorker
) -> None:
    items = [f"Issue {number}" for number in range(250)]
    submit(manager, items)
    assert names(worker.claim(120)) + names(worker.claim(1000)) == items


def test_one_archive_is_worked_on_once_at_a_time_over_all_jobs(
    manager: JobManager, worker: HandWorker, other_worker: HandWorker
) -> None:
    submit(manager, ["same", "mine"], "tag")
    submit(manager, ["same", "theirs"], "verify")
    held = worker.claim(10, ["tag"])
    assert names(held) == ["same", "mine"]
    assert names(other_worker.claim(10, ["verify"])) == ["theirs"]
    worker.hand_in(held)
    assert names(other_worker.claim(10, ["verify"])) == ["same"]


def test_database_itself_refuses_a_second_holder_of_an_archive(
    database: Database, manager: JobManager, worker: HandWorker
) -> None:
    submit(manager, ["same"], "tag")
    worker.claim()
    second = submit(manager, ["same"], "verify")
    with pytest.raises(DatabaseError), database.transaction() as transaction:
        transaction.execute(
            "UPDATE job_items SET state = 'processing', worker_id = 'x' WHERE job_id = ?", (second,)
        )


def test_more_urgent_job_comes_first_also_while_another_is_half_done(
    manager: JobManager, worker: HandWorker
) -> None:
    submit(manager, ["slow-1", "slow-2", "slow-3"], priority=Priority.NORMAL)
    worker.hand_in(worker.claim(1))
    submit(manager, ["urgent-1", "urgent-2"], priority=Priority.HIGH)
    assert names(worker.claim(3)) == ["urgent-1", "urgent-2", "slow-2"]


def test_equally_urgent_jobs_come_oldest_first(
    manager: JobManager, worker: HandWorker, clock: Clock
) -> None:
    submit(manager, ["first"])
    clock.advance(1)
    submit(manager, ["second"])
    assert names(worker.claim()) == ["first", "second"]


def test_changed_priority_holds_for_the_next_claim(
    manager: JobManager, worker: HandWorker, clock: Clock
) -> None:
    submit(manager, ["a-1", "a-2"])
    clock.advance(1)
    later = submit(manager, ["b-1", "b-2"])
    assert names(worker.claim(1)) == ["a-1"]
    manager.set_priority(later, Priority.URGENT)
    assert names(worker.claim(2)) == ["b-1", "b-2"]


def test_waiting_job_ages_until_it_comes_before_a_stream_of_urgent_ones(
    manager: JobManager, worker: HandWorker, clock: Clock
) -> None:
    submit(manager, ["patient"], priority=Priority.BACKGROUND)
    claimed: list[str] = []
    for number in range(5):
        submit(manager, [f"urgent-{number}"], priority=Priority.URGENT)
        claims = worker.claim(1)
        claimed += names(claims)
        worker.hand_in(claims)
        clock.advance(AGEING_S)
    assert "patient" not in claimed[:4]
    assert claimed[4] == "patient"


@pytest.mark.parametrize(("level", "periods"), [(Priority.LOW, 3), (Priority.HIGH, 1)])
def test_ageing_takes_one_period_for_each_level(
    manager: JobManager, worker: HandWorker, clock: Clock, level: Priority, periods: int
) -> None:
    submit(manager, ["old"], priority=level)
    clock.advance(periods * AGEING_S - 1)
    submit(manager, ["urgent"], priority=Priority.URGENT)
    assert names(worker.claim(2)) == ["urgent", "old"]
    worker.die()
    worker.register()
    clock.advance(AGEING_S * 4)
    assert names(worker.claim(2))[0] == "old"


def test_limit_bounds_a_kind_over_all_workers(
    manager: JobManager, worker: HandWorker, other_worker: HandWorker
) -> None:
    submit(manager, [f"v{number}" for number in range(5)], "verify")
    submit(manager, [f"t{number}" for number in range(5)], "tag")
    limits = {"verify": 2}
    first = worker.claim(3, limits=limits)
    second = other_worker.claim(3, limits=limits)
    third = worker.claim(10, limits=limits)
    kinds = [claim.kind for claim in (*first, *second, *third)]
    assert kinds.count("verify") == 2
    assert kinds.count("tag") == 5


def test_limited_kind_continues_when_one_of_its_items_ends(
    manager: JobManager, worker: HandWorker
) -> None:
    submit(manager, ["v0", "v1"], "verify")
    held = worker.claim(5, limits={"verify": 1})
    assert worker.claim(5, limits={"verify": 1}) == []
    worker.hand_in(held)
    assert names(worker.claim(5, limits={"verify": 1})) == ["v1"]


def test_many_items_of_a_limited_kind_do_not_block_others(
    manager: JobManager, worker: HandWorker
) -> None:
    for number in range(40):
        submit(manager, [f"v{number}"], "verify")
    submit(manager, ["t0"], "tag")
    claims = worker.claim(3, limits={"verify": 1})
    assert sorted(claim.kind for claim in claims) == ["tag", "verify"]


def test_jobs_whose_files_are_busy_hide_nothing_behind_them(
    manager: JobManager, worker: HandWorker, other_worker: HandWorker
) -> None:
    files = [f"f{number}" for number in range(20)]
    submit(manager, files)
    assert len(worker.claim()) == 20
    for file in files:
        submit(manager, [file], "verify")
    submit(manager, ["free"], "tag")
    assert names(other_worker.claim(2)) == ["free"]


def test_many_jobs_are_claimed_in_the_order_of_urgency_age_and_id(
    manager: JobManager, worker: HandWorker, clock: Clock, database: Database
) -> None:
    dice = random.Random(5)
    for number in range(150):
        items = [f"{number}-{part}" for part in range(dice.choice((1, 1, 1, 3)))]
        submit(manager, items, priority=dice.choice(list(Priority)))
        clock.advance(dice.choice((0, 1, 60)))
    for _ in range(12):
        clock.advance(dice.choice((0, 30, AGEING_S)))
        expected = _next_jobs(database, clock(), 7)
        claims = worker.claim(7)
        assert [claim.job_id for claim in claims] == expected
        worker.hand_in(claims[: dice.randrange(8)])


def _next_jobs(database: Database, now: float, wanted: int) -> list[str]:
    """The jobs of the next items, from all rows in the order that docs/job-states.md states."""
    rows = database.rows(
        "SELECT job_id, priority, created_at, coalesce(last_claim_at, created_at) AS since,"
        " (SELECT count(*) FROM job_items WHERE job_items.job_id = jobs.job_id"
        "  AND state = 'queued') AS waiting FROM jobs WHERE status IN ('queued', 'processing')"
    )

    def place(row: Row) -> tuple[int, float, str]:
        levels = row["priority"] + int((now - row["since"]) / AGEING_S)
        return (-min(4, levels), row["created_at"], row["job_id"])

    items = [row["job_id"] for row in sorted(rows, key=place) for _ in range(row["waiting"])]
    return items[:wanted]


def test_worker_claims_only_kinds_it_can_run(manager: JobManager, worker: HandWorker) -> None:
    submit(manager, ["a"], "verify")
    assert worker.claim(5, ["tag"]) == []
    assert names(worker.claim(5, ["verify"])) == ["a"]


def test_claim_carries_what_the_job_and_the_item_were_given(
    manager: JobManager, worker: HandWorker
) -> None:
    source = submit(manager, ["x"], "verify")
    worker.run_all()
    submit(
        manager,
        ["a", "b"],
        params={"fields": ["series"]},
        preview=True,
        source_job_id=source,
        item_params={"b": {"issue": "2"}},
    )
    first, second = worker.claim()
    assert (first.params, first.preview, first.source_job_id) == (
        {"fields": ["series"]},
        True,
        source,
    )
    assert (first.item_params, second.item_params) == ({}, {"issue": "2"})


# --- jobs that are held up -------------------------------------------------------------------


@pytest.mark.parametrize("control", ["pause", "cancel_job", "delete_job"])
def test_guard_no_longer_holds_when_the_job_is_stopped(
    manager: JobManager, worker: HandWorker, control: str
) -> None:
    job_id = submit(manager, ["a", "b"])
    held = worker.claim(1)[0]
    assert worker.items.holds(held)
    getattr(manager, control)(job_id)
    assert not worker.items.holds(held)
    assert worker.claim() == []


def test_wanted_jobs_are_those_that_continue(manager: JobManager, worker: HandWorker) -> None:
    jobs = {control: submit(manager, [control]) for control in ("run", "pause", "cancel")}
    worker.claim()
    manager.pause(jobs["pause"])
    manager.cancel_job(jobs["cancel"])
    assert worker.items.wanted_jobs(jobs.values()) == {jobs["run"]}


def test_hand_in_and_claim_are_one_exchange(manager: JobManager, worker: HandWorker) -> None:
    submit(manager, ["a", "b"])
    first = worker.claim(1)
    accepted, claims = worker.items.exchange(
        worker.worker_id, [HandIn(first[0], DONE, 0.1)], 1, KINDS, 0.0
    )
    assert accepted.count == 1
    assert names(claims) == ["b"]


def test_nothing_is_claimed_while_every_kind_is_at_its_limit(manager, worker):
    manager.submit(JobRequest("verify", ["v0", "v1"]))
    limits = {"verify": 1}
    assert names(worker.claim(5, ("verify",), limits)) == ["v0"]
    assert worker.claim(5, ("verify",), limits) == []
    assert manager.items.wanted_jobs(()) == set()
    assert manager.jobs.first_items(()) == {}
