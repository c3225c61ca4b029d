"""What results come to: counts by effect, groups of alike ones, pages in the order of the items."""

from __future__ import annotations

import pytest

from comicmaintainer.database import Database
from comicmaintainer.database.schema_steps import SCHEMA, statements
from comicmaintainer.jobs.job_manager import JobManager
from comicmaintainer.jobs.model import JobRequest, Outcome
from comicmaintainer.jobs.result_groups import Chosen
from tests.kit.clock import Clock
from tests.kit.hand_worker import DONE, FAILED, HandWorker

YEAR = {"type": "tags", "fields": [{"field": "year", "before": None, "after": 2021}]}


def _item(number: int) -> str:
    return f"/c/{number:02}.cbz"


def _outcome(number: int) -> Outcome:
    """0 and 1 go to the trash, 2 to 6 get a year, 7 gets a name, 8 stays, 9 fails."""
    if number < 2:
        change = {"type": "trash", "from": _item(number), "reason": "by request"}
        return Outcome(True, {"changes": [change]})
    if number < 7:
        return Outcome(True, {"changes": [YEAR]})
    if number == 7:
        change = {"type": "rename", "from": _item(7), "to": "/c/new.cbz"}
        return Outcome(True, {"changes": [YEAR, change]})
    return DONE if number == 8 else FAILED


@pytest.fixture
def job_id(manager: JobManager, worker: HandWorker) -> str:
    """A job whose results come in the reverse order of its items."""
    items = [_item(number) for number in range(10)]
    job_id = manager.submit(JobRequest("process", items)).job_id
    for claim in reversed(worker.claim()):
        worker.hand_in([claim], _outcome(claim.seq))
    return job_id


def _items(manager: JobManager, job_id: str, chosen: Chosen) -> list[int]:
    return [result.seq or 0 for result in manager.groups.all(job_id, chosen)]


def test_results_are_counted_by_what_was_done(manager: JobManager, job_id: str) -> None:
    assert manager.groups.effects(job_id) == {"trash": 2, "tags": 5, "tags rename": 1, "": 1}


def test_files_with_the_same_changes_form_groups_of_three_or_more(
    manager: JobManager, job_id: str
) -> None:
    (group,) = manager.groups.alike(job_id)
    assert (group.items, group.first.item) == (5, _item(2))
    assert _items(manager, job_id, Chosen(group=group.group)) == [2, 3, 4, 5, 6]
    assert _items(manager, job_id, Chosen(apart=[group.group])) == [0, 1, 7, 8, 9]


def test_results_come_in_the_order_of_the_items(manager: JobManager, job_id: str) -> None:
    assert _items(manager, job_id, Chosen()) == list(range(10))
    assert _items(manager, job_id, Chosen(["tags rename", "trash"], failures=False)) == [0, 1, 7]
    assert _items(manager, job_id, Chosen([""], failures=True)) == [8, 9]
    assert _items(manager, job_id, Chosen([], failures=False)) == []


def test_pages_go_on_after_the_last_item_seen(manager: JobManager, job_id: str) -> None:
    chosen = Chosen(["tags", "tags rename"], failures=False)
    first = manager.groups.page(job_id, chosen, limit=4)
    assert [result.seq for result in first] == [2, 3, 4, 5]
    rest = manager.groups.page(job_id, chosen, limit=4, after=first[-1].seq)
    assert [result.seq for result in rest] == [6, 7]


def test_failures_of_one_sort_are_one_group_and_are_retried_as_one(
    manager: JobManager, worker: HandWorker
) -> None:
    items = [_item(number) for number in range(73)]
    job_id = manager.submit(JobRequest("verify", items)).job_id
    for claim in worker.claim():
        error = f"{claim.item}: page {claim.seq} is cut off"
        worker.hand_in([claim], Outcome(False, None, error, "damaged_archive"))
    (group,) = manager.results.failures(job_id)
    assert (group.items, group.varies, group.example) == (73, True, _item(0))
    assert group.error == "page 0 is cut off"
    assert manager.retry(job_id, group="another") == 0
    assert manager.retry(job_id, group=group.group) == 73


def test_the_history_keeps_the_counts_of_a_removed_job(
    manager: JobManager, job_id: str, clock: Clock
) -> None:
    counts = manager.groups.effects(job_id)
    clock.advance(3601)
    manager.clean_up()
    assert manager.groups.effects(job_id) == {}
    assert manager.history.effects(job_id) == counts


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
def test_results_stored_before_there_were_effects_get_theirs_with_the_upgrade(
    manager: JobManager, job_id: str, database: Database
) -> None:
    counts = manager.groups.effects(job_id)
    (upgrade,) = [
        statement for statement in _statements() if statement.startswith("UPDATE job_results")
    ]
    with database.transaction() as transaction:
        transaction.execute("UPDATE job_results SET effect = NULL")
        transaction.execute(upgrade)
    assert manager.groups.effects(job_id) == counts


def _statements() -> list[str]:
    (step,) = SCHEMA.glob("*_result_groups.sql")
    return statements(step.read_text("utf-8"))
