"""Reading accepted results: filters, groups of failures, whole jobs in pages."""

from __future__ import annotations

import pytest

from comicmaintainer.jobs.job_manager import JobManager
from comicmaintainer.jobs.model import JobRequest, Outcome
from comicmaintainer.jobs.result_store import Outcomes
from tests.kit.hand_worker import DONE, FAILED, HandWorker


@pytest.fixture
def mixed_job(manager: JobManager, worker: HandWorker) -> str:
    """Ten items; every third is damaged, the last is encrypted."""
    job_id = manager.submit(JobRequest("process", [f"{n}" for n in range(10)])).job_id
    for number, claim in enumerate(worker.claim()):
        outcome = FAILED if number % 3 == 0 else DONE
        if number == 9:
            outcome = Outcome(False, None, "It needs a password.", "encrypted_archive")
        worker.hand_in([claim], outcome)
    return job_id


def test_results_can_be_asked_by_outcome(manager: JobManager, mixed_job: str) -> None:
    failed = manager.results.page(mixed_job, outcomes=Outcomes.FAILED)
    assert [result.item for result in failed] == ["9", "6", "3", "0"]
    succeeded = manager.results.page(mixed_job, outcomes=Outcomes.SUCCEEDED)
    assert [result.item for result in succeeded] == ["8", "7", "5", "4", "2", "1"]


def test_failures_are_grouped_by_error_most_frequent_first(
    manager: JobManager, mixed_job: str
) -> None:
    groups = manager.results.failures(mixed_job)
    assert [(group.code, group.items, group.example) for group in groups] == [
        ("damaged_archive", 3, "0"),
        ("encrypted_archive", 1, "9"),
    ]


def test_an_error_that_names_its_item_is_one_group_and_is_retried_as_one(
    manager: JobManager, worker: HandWorker
) -> None:
    items = ["/comics/a.cbz", "/comics/b.cbz", "/comics/c.cbz"]
    job_id = manager.submit(JobRequest("process", items)).job_id
    for claim, why in zip(worker.claim(), ["cut off", "cut off", "encrypted"], strict=True):
        worker.hand_in([claim], Outcome(False, None, f"{claim.item}: it is {why}", "damaged"))

    groups = manager.results.failures(job_id)

    assert [(group.error, group.items) for group in groups] == [
        ("it is cut off", 2),
        ("it is encrypted", 1),
    ]
    assert manager.retry(job_id, code="damaged", error="it is cut off") == 2
    assert [group.error for group in manager.results.failures(job_id)] == ["it is encrypted"]


def test_all_results_come_in_the_order_they_were_accepted(
    manager: JobManager, mixed_job: str
) -> None:
    assert [r.item for r in manager.results.in_order(mixed_job)] == [f"{n}" for n in range(10)]
    good = manager.results.in_order(mixed_job, successful_only=True)
    assert [r.item for r in good] == ["1", "2", "4", "5", "7", "8"]


def test_items_and_results_beyond_one_page_are_all_there(
    manager: JobManager, worker: HandWorker
) -> None:
    items = [f"{number}" for number in range(2_500)]
    job_id = manager.submit(JobRequest("process", items)).job_id
    worker.run_all()
    assert [item for _, item, _ in manager.results.items(job_id)] == items
    assert sum(1 for _ in manager.results.in_order(job_id)) == len(items)
