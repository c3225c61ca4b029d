"""What stays of removed jobs, and removal in small steps."""

from __future__ import annotations

import time

from comicmaintainer.database import Database
from comicmaintainer.jobs.job_manager import JobManager
from comicmaintainer.jobs.model import JobRequest, JobStatus
from tests.kit.clock import Clock
from tests.kit.hand_worker import FAILED, HandWorker


def test_failed_items_of_a_removed_job_are_kept_with_their_reasons(
    manager: JobManager, worker: HandWorker
) -> None:
    job_id = manager.submit(JobRequest("process", ["good", "torn"])).job_id
    good, torn = worker.claim()
    worker.hand_in([good])
    worker.hand_in([torn], FAILED)
    manager.delete_job(job_id)
    assert manager.history.failures(job_id) == [
        {"seq": 1, "item": "torn", "code": FAILED.code, "error": FAILED.error}
    ]


def test_job_deleted_while_active_is_in_history_as_cancelled(
    manager: JobManager, clock: Clock
) -> None:
    job_id = manager.submit(JobRequest("process", ["a"])).job_id
    manager.delete_job(job_id)
    job = manager.get(job_id)
    assert (job.archived, job.status, job.completed_at) == (True, JobStatus.CANCELLED, clock())


def test_what_items_did_while_their_job_was_deleted_is_in_its_summary(
    database: Database, manager: JobManager, worker: HandWorker
) -> None:
    job_id = manager.submit(JobRequest("process", [f"{n}" for n in range(10)])).job_id
    claims = worker.claim(6)
    worker.hand_in(claims[:1])
    manager.delete_job(job_id)
    assert manager.get(job_id).processed_items == 1
    manager.purge()
    assert worker.claim() == []
    worker.hand_in(claims[1:3])
    worker.hand_in(claims[3:4], FAILED)
    before = manager.jobs.revision()
    worker.items.release(claims[4:])  # stopped at a safe point
    assert manager.purge() == 1
    job = manager.get(job_id)
    assert (job.status, job.processed_items, job.failed_items) == (JobStatus.CANCELLED, 4, 1)
    assert [failure["item"] for failure in manager.history.failures(job_id)] == ["3"]
    assert [changed.job_id for changed in manager.jobs.changed_since(before)] == [job_id]
    assert _left(database) == 0


def test_deleted_job_whose_worker_died_is_removed_once_its_lease_is_over(
    database: Database, manager: JobManager, worker: HandWorker
) -> None:
    job_id = manager.submit(JobRequest("process", ["a", "b"])).job_id
    worker.claim(1)
    manager.delete_job(job_id)
    assert manager.purge() == 0
    worker.die()
    assert manager.purge() == 1
    assert _left(database) == 0


def test_removal_cut_short_is_invisible_and_finished_by_the_next_cleanup(
    database: Database, manager: JobManager, clock: Clock
) -> None:
    job_id = manager.submit(JobRequest("process", ["a"])).job_id
    manager.history.archive(job_id, clock(), ended_only=False)
    assert manager.get_job_status(job_id) is None
    assert manager.list_jobs() == []
    manager.clean_up()
    assert database.value("SELECT count(*) FROM job_items") == 0
    assert database.value("SELECT count(*) FROM jobs") == 0


def test_large_job_is_gone_at_once_and_removed_later_in_several_transactions(
    database: Database, manager: JobManager, worker: HandWorker
) -> None:
    job_id = manager.submit(JobRequest("process", [f"{n}" for n in range(12_000)])).job_id
    worker.run_all()
    before = manager.jobs.revision()
    manager.delete_job(job_id)
    assert manager.jobs.revision() > before
    assert manager.get(job_id).archived
    assert manager.get_job_status(job_id) is None
    assert manager.list_jobs() == []
    assert _left(database) > 0
    manager.purge()
    assert _left(database) == 0


def test_purge_leaves_the_rest_for_later_when_it_is_to_stop(
    database: Database, manager: JobManager
) -> None:
    job_id = manager.submit(JobRequest("process", [f"{n}" for n in range(16_000)])).job_id
    manager.delete_job(job_id)
    answers = iter([False, True])
    manager.history.purge(lambda: next(answers, True))
    assert 0 < _left(database) < 16_000
    assert manager.history.purge() == 1
    assert _left(database) == 0


def test_what_a_deleted_job_left_is_cleaned_up_in_the_background(
    database: Database, manager: JobManager
) -> None:
    manager.start_cleanup()
    job_id = manager.submit(JobRequest("process", [f"{n}" for n in range(6_000)])).job_id
    manager.delete_job(job_id)
    deadline = time.monotonic() + 20
    while _left(database) and time.monotonic() < deadline:
        time.sleep(0.02)
    manager.shutdown()
    assert _left(database) == 0


def _left(database: Database) -> int:
    """Rows of jobs, items and results."""
    tables = ("jobs", "job_items", "job_results")
    return sum(database.value(f"SELECT count(*) FROM {table}") for table in tables)


def test_history_is_paged_newest_end_first(manager: JobManager, clock: Clock) -> None:
    removed = []
    for number in range(7):
        removed.append(manager.submit(JobRequest("process", [], title=f"{number}")).job_id)
        manager.delete_job(removed[-1])
        clock.advance(1)
    first = manager.history.page(limit=4)
    last = first[-1]
    assert last.completed_at is not None
    rest = manager.history.page(limit=4, before=(last.completed_at, last.job_id))
    assert [job.job_id for job in (*first, *rest)] == list(reversed(removed))


def test_history_can_be_asked_by_kind(manager: JobManager) -> None:
    for kind in ("tag", "verify"):
        manager.delete_job(manager.submit(JobRequest(kind, [])).job_id)
    assert [job.kind for job in manager.history.page(kind="tag")] == ["tag"]


def test_changes_are_followed_by_revision_also_into_history(
    manager: JobManager, worker: HandWorker
) -> None:
    seen = manager.jobs.revision()
    one = manager.submit(JobRequest("process", ["a"])).job_id
    two = manager.submit(JobRequest("process", ["b"])).job_id
    changed = manager.jobs.changed_since(seen)
    assert [job.job_id for job in changed] == [one, two]
    seen = changed[-1].revision
    assert manager.jobs.changed_since(seen) == []
    worker.run_all()
    manager.delete_job(one)
    after = {job.job_id: job.archived for job in manager.jobs.changed_since(seen)}
    assert after == {one: True, two: False}
