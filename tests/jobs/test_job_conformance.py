"""One suite that the store and the manager both pass: what a job is, whoever is asked.

The store is reached as the manager reaches it, the manager by its public names.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from typing import Protocol

import pytest

from comicmaintainer.database import Database
from comicmaintainer.errors import JobNotFound, JobStateConflict
from comicmaintainer.jobs.history_store import HistoryStore
from comicmaintainer.jobs.job_manager import JobManager
from comicmaintainer.jobs.job_store import JobStore
from comicmaintainer.jobs.model import ClaimedItem, Job, JobRequest, JobResult, JobStatus, Priority
from comicmaintainer.jobs.result_store import ResultStore
from tests.kit.clock import Clock
from tests.kit.hand_worker import FAILED, HandWorker, names


class Door(Protocol):
    """What both sides can do, in one shape: True if it was done, None for no such job."""

    def create(self, request: JobRequest) -> str: ...
    def get(self, job_id: str) -> Job | None: ...
    def page(self, limit: int, before: tuple[float, str] | None) -> list[Job]: ...
    def results(self, job_id: str, limit: int, before: int | None) -> list[JobResult]: ...
    def cancel(self, job_id: str) -> bool: ...
    def pause(self, job_id: str) -> bool: ...
    def resume(self, job_id: str) -> bool: ...
    def set_priority(self, job_id: str, priority: Priority) -> bool: ...
    def retry(self, job_id: str, code: str | None = None, error: str | None = None) -> int: ...
    def delete(self, job_id: str) -> bool: ...
    def clean(self, older_than_s: float) -> int: ...


class StoreDoor:
    """The stores themselves."""

    def __init__(self, database: Database, now: Callable[[], float]) -> None:
        self._jobs, self._results = JobStore(database), ResultStore(database)
        self._history, self._now = HistoryStore(database), now

    def create(self, request: JobRequest) -> str:
        return self._jobs.insert(str(uuid.uuid4()), request, None, self._now())

    def get(self, job_id: str) -> Job | None:
        return self._jobs.get(job_id)

    def page(self, limit: int, before: tuple[float, str] | None) -> list[Job]:
        return self._jobs.page(limit=limit, before=before)

    def results(self, job_id: str, limit: int, before: int | None) -> list[JobResult]:
        return self._results.page(job_id, limit=limit, before=before)

    def cancel(self, job_id: str) -> bool:
        return self._jobs.cancel(job_id, self._now())

    def pause(self, job_id: str) -> bool:
        return self._jobs.pause(job_id, self._now())

    def resume(self, job_id: str) -> bool:
        return self._jobs.resume(job_id, self._now())

    def set_priority(self, job_id: str, priority: Priority) -> bool:
        return self._jobs.set_priority(job_id, priority)

    def retry(self, job_id: str, code: str | None = None, error: str | None = None) -> int:
        return self._results.reopen_failed(job_id, self._now(), code=code, error=error)

    def delete(self, job_id: str) -> bool:
        done = self._history.archive(job_id, self._now(), ended_only=False)
        self._history.purge()
        return done

    def clean(self, older_than_s: float) -> int:
        expired = self._history.expired(self._now() - older_than_s)
        removed = sum(self._history.archive(id_, self._now(), ended_only=True) for id_ in expired)
        self._history.purge()
        return removed


class ManagerDoor:
    """The manager, its refusals turned into False."""

    def __init__(self, manager: JobManager) -> None:
        self._manager = manager

    def create(self, request: JobRequest) -> str:
        return self._manager.submit(request, once=False).job_id

    def get(self, job_id: str) -> Job | None:
        found = self._manager.find(job_id)
        return None if found is None or found.archived else found

    def page(self, limit: int, before: tuple[float, str] | None) -> list[Job]:
        return self._manager.jobs.page(limit=limit, before=before)

    def results(self, job_id: str, limit: int, before: int | None) -> list[JobResult]:
        return self._manager.results.page(job_id, limit=limit, before=before)

    def cancel(self, job_id: str) -> bool:
        return _done(lambda: self._manager.cancel_job(job_id))

    def pause(self, job_id: str) -> bool:
        return _done(lambda: self._manager.pause(job_id))

    def resume(self, job_id: str) -> bool:
        return _done(lambda: self._manager.resume(job_id))

    def set_priority(self, job_id: str, priority: Priority) -> bool:
        return _done(lambda: self._manager.set_priority(job_id, priority))

    def retry(self, job_id: str, code: str | None = None, error: str | None = None) -> int:
        try:
            return self._manager.retry(job_id, code=code, error=error)
        except (JobNotFound, JobStateConflict):
            return 0

    def delete(self, job_id: str) -> bool:
        return self._manager.delete_job(job_id)

    def clean(self, older_than_s: float) -> int:
        assert older_than_s == 3600
        return self._manager.clean_up()


def _done(action: Callable[[], Job | bool]) -> bool:
    try:
        return bool(action())
    except (JobNotFound, JobStateConflict):
        return False


@pytest.fixture(params=["store", "manager"])
def door(
    request: pytest.FixtureRequest, database: Database, manager: JobManager, clock: Clock
) -> Door:
    return StoreDoor(database, clock) if request.param == "store" else ManagerDoor(manager)


def asked(door: Door, items: Iterable[str] = ("a", "b"), **more: object) -> str:
    return door.create(JobRequest("process", list(items), **more))  # type: ignore[arg-type]


def status(door: Door, job_id: str) -> JobStatus:
    job = door.get(job_id)
    assert job is not None
    return job.status


# --- the life of a job -----------------------------------------------------------------------


def test_new_job_waits_with_everything_it_was_given(door: Door, clock: Clock) -> None:
    job_id = asked(door, params={"fields": ["series"]}, title="Evening run", requested_by="ann")
    job = door.get(job_id)
    assert job is not None
    assert (job.status, job.total_items, job.processed_items) == (JobStatus.QUEUED, 2, 0)
    assert (job.params, job.title, job.requested_by) == (
        {"fields": ["series"]},
        "Evening run",
        "ann",
    )
    assert (job.created_at, job.started_at, job.completed_at) == (clock(), None, None)
    assert job.progress == 0.0


def test_first_claim_starts_a_job_and_last_result_completes_it(
    door: Door, worker: HandWorker, clock: Clock
) -> None:
    job_id = asked(door)
    started_at = clock.advance(5)
    claims = worker.claim()
    assert status(door, job_id) is JobStatus.PROCESSING
    completed_at = clock.advance(5)
    worker.hand_in(claims)
    job = door.get(job_id)
    assert job is not None
    assert (job.status, job.started_at, job.completed_at) == (
        JobStatus.COMPLETED,
        started_at,
        completed_at,
    )
    assert job.progress == 100.0


def test_repeated_item_counts_once(door: Door, worker: HandWorker) -> None:
    job_id = asked(door, ["a", "b", "a"])
    assert worker.run_all() == 2
    assert status(door, job_id) is JobStatus.COMPLETED


def test_job_without_items_is_complete_at_once(door: Door, worker: HandWorker) -> None:
    job_id = asked(door, [])
    job = door.get(job_id)
    assert job is not None
    assert (job.status, job.progress) == (JobStatus.COMPLETED, 100.0)
    assert job.completed_at is not None
    assert worker.claim() == []


def test_job_whose_items_all_fail_is_completed_with_a_failed_count(
    door: Door, worker: HandWorker
) -> None:
    job_id = asked(door)
    worker.run_all(FAILED)
    job = door.get(job_id)
    assert job is not None
    assert (job.status, job.failed_items, job.error) == (JobStatus.COMPLETED, 2, None)


# --- cancel ----------------------------------------------------------------------------------


def test_cancelled_job_is_not_completed_by_results_that_come_late(
    door: Door, worker: HandWorker
) -> None:
    job_id = asked(door)
    running = worker.claim()
    assert door.cancel(job_id)
    assert worker.hand_in(running).count == 2
    job = door.get(job_id)
    assert job is not None
    assert (job.status, job.processed_items) == (JobStatus.CANCELLED, 2)


def test_items_of_a_cancelled_job_are_never_claimed_also_after_a_rescue(
    door: Door, worker: HandWorker, other_worker: HandWorker
) -> None:
    job_id = asked(door, ["a", "b", "c"])
    worker.claim(1)
    door.cancel(job_id)
    worker.die()
    other_worker.register()
    assert other_worker.claim() == []
    assert status(door, job_id) is JobStatus.CANCELLED


@pytest.mark.parametrize("control", ["pause", "resume"])
def test_cancelled_job_can_be_neither_paused_nor_resumed(door: Door, control: str) -> None:
    job_id = asked(door)
    door.cancel(job_id)
    assert getattr(door, control)(job_id) is False
    assert status(door, job_id) is JobStatus.CANCELLED


def test_completed_job_cannot_be_cancelled(door: Door, worker: HandWorker) -> None:
    job_id = asked(door)
    worker.run_all()
    assert not door.cancel(job_id)
    assert status(door, job_id) is JobStatus.COMPLETED


def test_paused_job_can_be_cancelled(door: Door) -> None:
    job_id = asked(door)
    door.pause(job_id)
    assert door.cancel(job_id)
    assert status(door, job_id) is JobStatus.CANCELLED


# --- pause and resume ------------------------------------------------------------------------


def test_paused_job_gives_no_items_until_it_is_resumed(door: Door, worker: HandWorker) -> None:
    job_id = asked(door)
    assert door.pause(job_id)
    assert worker.claim() == []
    assert door.resume(job_id)
    assert status(door, job_id) is JobStatus.QUEUED
    assert names(worker.claim()) == ["a", "b"]


def test_half_done_job_resumes_as_processing(door: Door, worker: HandWorker) -> None:
    job_id = asked(door)
    worker.hand_in(worker.claim(1))
    door.pause(job_id)
    door.resume(job_id)
    assert status(door, job_id) is JobStatus.PROCESSING


def test_result_of_a_running_item_is_kept_while_the_job_is_paused(
    door: Door, worker: HandWorker
) -> None:
    job_id = asked(door)
    running = worker.claim(1)
    door.pause(job_id)
    assert worker.hand_in(running).count == 1
    job = door.get(job_id)
    assert job is not None
    assert (job.status, job.processed_items) == (JobStatus.PAUSED, 1)


def test_paused_job_whose_last_items_end_is_completed(door: Door, worker: HandWorker) -> None:
    job_id = asked(door)
    running = worker.claim()
    door.pause(job_id)
    worker.hand_in(running)
    assert status(door, job_id) is JobStatus.COMPLETED


# --- retry -----------------------------------------------------------------------------------


def failed_job(door: Door, worker: HandWorker) -> str:
    """One success, two damaged, one encrypted."""
    job_id = asked(door, ["good", "torn-1", "torn-2", "locked"])
    good, torn_1, torn_2, locked = worker.claim()
    worker.hand_in([good])
    worker.hand_in([torn_1, torn_2], FAILED)
    outcome = type(FAILED)(False, None, "It needs a password.", "encrypted_archive")
    worker.hand_in([locked], outcome)
    return job_id


def test_retry_runs_the_failed_items_again_and_only_them(door: Door, worker: HandWorker) -> None:
    job_id = failed_job(door, worker)
    assert door.retry(job_id) == 3
    job = door.get(job_id)
    assert job is not None
    assert (job.status, job.processed_items, job.failed_items) == (JobStatus.PROCESSING, 1, 0)
    assert job.completed_at is None
    assert names(worker.claim()) == ["torn-1", "torn-2", "locked"]


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        ({"code": "damaged_archive"}, ["torn-1", "torn-2"]),
        ({"error": "It needs a password."}, ["locked"]),
        ({"code": "damaged_archive", "error": "It needs a password."}, []),
        ({"code": "disk_full"}, []),
    ],
)
def test_retry_takes_only_the_failures_that_match(
    door: Door, worker: HandWorker, chosen: dict[str, str], expected: list[str]
) -> None:
    job_id = failed_job(door, worker)
    assert door.retry(job_id, **chosen) == len(expected)
    assert names(worker.claim()) == expected


def test_retried_item_ends_with_one_result_that_says_how_it_ended(
    door: Door, worker: HandWorker
) -> None:
    job_id = failed_job(door, worker)
    door.retry(job_id)
    assert worker.run_all() == 3
    job = door.get(job_id)
    assert job is not None
    assert (job.status, job.processed_items, job.failed_items) == (JobStatus.COMPLETED, 4, 0)
    results = door.results(job_id, 100, None)
    assert sorted(result.item for result in results) == ["good", "locked", "torn-1", "torn-2"]
    assert all(result.success for result in results)


def test_retry_of_a_running_job_keeps_it_running(door: Door, worker: HandWorker) -> None:
    job_id = asked(door, ["a", "b"])
    worker.hand_in(worker.claim(1), FAILED)
    assert door.retry(job_id) == 1
    assert worker.run_all() == 2
    assert status(door, job_id) is JobStatus.COMPLETED


def test_cancelled_job_is_not_retried(door: Door, worker: HandWorker) -> None:
    job_id = asked(door, ["a", "b"])
    worker.hand_in(worker.claim(1), FAILED)
    door.cancel(job_id)
    assert door.retry(job_id) == 0
    assert status(door, job_id) is JobStatus.CANCELLED


# --- priority --------------------------------------------------------------------------------


def test_priority_can_be_changed_until_the_job_ends(door: Door, worker: HandWorker) -> None:
    job_id = asked(door)
    worker.claim(1)
    assert door.set_priority(job_id, Priority.URGENT)
    job = door.get(job_id)
    assert job is not None
    assert job.priority is Priority.URGENT
    door.cancel(job_id)
    assert not door.set_priority(job_id, Priority.LOW)


# --- paging ----------------------------------------------------------------------------------


def test_jobs_are_paged_newest_first_without_gap_or_repeat(door: Door, clock: Clock) -> None:
    created = []
    for number in range(25):
        clock.advance(0 if number % 3 else 1)  # several share a time
        created.append(asked(door, [f"{number}"]))
    seen: list[Job] = []
    while page := door.page(4, (seen[-1].created_at, seen[-1].job_id) if seen else None):
        seen += page
    assert sorted(job.job_id for job in seen) == sorted(created)
    assert [job.created_at for job in seen] == sorted((j.created_at for j in seen), reverse=True)


def test_results_are_paged_newest_first_without_gap_or_repeat(
    door: Door, worker: HandWorker
) -> None:
    job_id = asked(door, [f"{number}" for number in range(23)])
    while claims := worker.claim(5):
        worker.hand_in(claims)
    seen: list[JobResult] = []
    while page := door.results(job_id, 4, seen[-1].result_id if seen else None):
        seen += page
    assert [result.item for result in seen] == [f"{number}" for number in reversed(range(23))]


def test_page_of_jobs_holds_still_while_newer_ones_come(door: Door, clock: Clock) -> None:
    old = [asked(door, [f"{number}"]) for number in range(3)]
    last = door.page(1, None)[0]
    clock.advance(1)
    asked(door, ["new"])
    rest = door.page(10, (last.created_at, last.job_id))
    assert {job.job_id for job in rest} == {*old} - {last.job_id}


# --- removal ---------------------------------------------------------------------------------

_TABLES = ("jobs", "job_items", "job_results")


def rows_left(database: Database) -> dict[str, int]:
    return {name: database.value(f"SELECT count(*) FROM {name}") for name in _TABLES}


@pytest.mark.parametrize("stage", ["queued", "running", "done", "paused", "cancelled"])
def test_delete_leaves_no_orphan_whatever_the_job_was_doing(
    door: Door, database: Database, worker: HandWorker, clock: Clock, stage: str
) -> None:
    job_id = asked(door, ["a", "b", "c"])
    clock.advance(1)
    kept = asked(door, ["d"], title="kept")
    running: list[ClaimedItem] = []
    if stage == "running":
        worker.hand_in(worker.claim(1), FAILED)
        running = worker.claim(1)
    elif stage == "done":
        worker.run_all(FAILED)
    elif stage == "paused":
        door.pause(job_id)
    elif stage == "cancelled":
        door.cancel(job_id)
    assert door.delete(job_id)
    assert door.get(job_id) is None
    worker.hand_in(running)
    door.clean(3600)
    left = rows_left(database)
    assert (left["jobs"], left["job_items"]) == (1, 1)
    assert left["job_results"] == (1 if stage == "done" else 0)
    assert [job.job_id for job in door.page(10, None)] == [kept]


def test_cleanup_removes_what_ended_over_an_hour_ago_and_nothing_else(
    door: Door, database: Database, worker: HandWorker, clock: Clock
) -> None:
    ended = {"completed": asked(door, ["a"])}
    worker.run_all()
    ended["cancelled"], ended["failed"] = asked(door, ["b"]), asked(door, ["c"])
    door.cancel(ended["cancelled"])
    with database.transaction() as transaction:
        transaction.execute(
            "UPDATE jobs SET status = 'failed', completed_at = ? WHERE job_id = ?",
            (clock(), ended["failed"]),
        )
    clock.advance(3590)
    running, waiting, paused = (asked(door, [name]) for name in ("run", "wait", "pause"))
    door.pause(paused)
    worker.beat()
    worker.claim(1)
    recent = asked(door, [])
    assert door.clean(3600) == 0
    clock.advance(20)
    assert door.clean(3600) == 3
    assert {job.job_id for job in door.page(10, None)} == {running, waiting, paused, recent}
    assert rows_left(database) == {"jobs": 4, "job_items": 3, "job_results": 0}


def test_cleanup_leaves_a_job_that_runs_for_days(
    door: Door, worker: HandWorker, clock: Clock
) -> None:
    job_id = asked(door)
    worker.hand_in(worker.claim(1))
    clock.advance(7 * 86400)
    assert door.clean(3600) == 0
    assert status(door, job_id) is JobStatus.PROCESSING


# --- no such job -----------------------------------------------------------------------------


@pytest.mark.parametrize("control", ["cancel", "pause", "resume", "delete", "retry"])
def test_control_of_an_unknown_job_does_nothing(door: Door, control: str) -> None:
    assert not getattr(door, control)("no-such-job")
    assert door.get("no-such-job") is None
    assert door.results("no-such-job", 10, None) == []
