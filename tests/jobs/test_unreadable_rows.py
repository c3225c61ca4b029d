"""Rows that other versions or other hands have left: each stops only itself."""

from __future__ import annotations

import pytest
from benchmarks.named_kinds import NamedKinds

from comicmaintainer.database import Database
from comicmaintainer.jobs.job_manager import JobManager
from comicmaintainer.jobs.model import JobRequest, JobStatus
from comicmaintainer.jobs.transfer.exporter import Exporter
from comicmaintainer.operations.declared.kinds import KINDS


@pytest.fixture
def manager(database: Database) -> JobManager:
    return JobManager(database, NamedKinds(KINDS))


def other_hands(database: Database, statement: str, *values: object) -> None:
    with database.transaction() as transaction:
        transaction.execute(statement, values)


def test_job_of_unknown_status_is_listed_as_failed(database: Database, manager: JobManager) -> None:
    odd = manager.submit(JobRequest("verify", ["/a.cbz"]))
    fine = manager.submit(JobRequest("verify", ["/b.cbz"]))
    other_hands(database, "UPDATE jobs SET status = 'half_done' WHERE job_id = ?", odd.job_id)
    assert {job.job_id for job in manager.jobs.page()} == {odd.job_id, fine.job_id}
    assert manager.jobs.count_by_status() == {JobStatus.FAILED: 1, JobStatus.QUEUED: 1}
    read = manager.get(odd.job_id)
    assert read.status is JobStatus.FAILED
    assert "half_done" in (read.error or "")


def test_jobs_that_cannot_be_read_end_as_failed_at_the_start_of_a_worker(
    database: Database, manager: JobManager
) -> None:
    status = manager.submit(JobRequest("verify", ["/a.cbz"]))
    params = manager.submit(JobRequest("verify", ["/b.cbz"]))
    fine = manager.submit(JobRequest("verify", ["/c.cbz"]))
    other_hands(database, "UPDATE jobs SET status = 'half_done' WHERE job_id = ?", status.job_id)
    other_hands(database, "UPDATE jobs SET params = 'no JSON' WHERE job_id = ?", params.job_id)
    assert manager.jobs.end_unreadable(1_700_000_000.0) == 2
    assert manager.jobs.end_unreadable(1_700_000_001.0) == 0
    ended = [manager.get(job.job_id) for job in (status, params)]
    assert [job.status for job in ended] == [JobStatus.FAILED] * 2
    assert "half_done" in (ended[0].error or "")
    assert "parameters" in (ended[1].error or "")
    assert manager.get(fine.job_id).status is JobStatus.QUEUED


def test_details_and_params_that_are_no_json_are_shown_and_exported(
    database: Database, manager: JobManager
) -> None:
    job = manager.submit(JobRequest("verify", ["/a.cbz"]))
    other_hands(database, "UPDATE jobs SET params = '[1'")
    other_hands(
        database,
        "INSERT INTO job_results (job_id, item, success, details) VALUES (?, '/a.cbz', 1, ?)",
        job.job_id,
        "tagged Saga 1",
    )
    [result] = manager.results.in_order(job.job_id)
    assert result.details == {"text": "tagged Saga 1"}
    assert manager.get(job.job_id).params == {"unreadable": "[1"}
    exported = b"".join(Exporter(database).lines())
    assert b"tagged Saga 1" in exported
    assert list(Exporter(database).csv_rows(job.job_id))


def test_item_of_a_job_with_unreadable_params_is_claimed_and_nothing_else_stops(
    database: Database, manager: JobManager
) -> None:
    odd = manager.submit(JobRequest("verify", ["/a.cbz"]))
    manager.submit(JobRequest("verify", ["/b.cbz"]))
    other_hands(database, "UPDATE jobs SET params = 'x' WHERE job_id = ?", odd.job_id)
    manager.workers.register("w", "host", 1, 1, 1.0)
    _, claims = manager.items.exchange("w", (), 10, ("verify",), 2.0)
    params = {claim.item: claim.params for claim in claims}
    assert params["/a.cbz"] == {"unreadable": "x"}
    assert "/b.cbz" in params
