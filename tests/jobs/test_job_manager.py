"""The one door: names of the first release, equal requests, refusals, and upkeep."""

from __future__ import annotations

import multiprocessing
import threading
from collections.abc import Callable

import pytest

from comicmaintainer.database import Database
from comicmaintainer.errors import InvalidInput, JobNotFound, JobStateConflict, UnknownKind
from comicmaintainer.jobs.job_manager import JobManager, Retention
from comicmaintainer.jobs.model import JobRequest, JobStatus, Priority, Trigger
from comicmaintainer.jobs.plain_values import parse_priority
from tests.kit.clock import Clock
from tests.kit.databases import Place
from tests.kit.hand_worker import FAILED, KINDS, HandWorker

# --- the first release's names ---------------------------------------------------------------


def test_created_job_waits_until_it_is_started(manager: JobManager, worker: HandWorker) -> None:
    job_id = manager.create_job(["a", "b"])
    assert worker.claim() == []
    assert manager.start_job(job_id, "process") is True
    assert worker.run_all() == 2
    assert manager.get(job_id).status is JobStatus.COMPLETED


def test_started_job_cannot_be_started_again(manager: JobManager) -> None:
    job_id = manager.create_job(["a"])
    manager.start_job(job_id, "process")
    with pytest.raises(JobStateConflict, match="already started"):
        manager.start_job(job_id, "tag")
    assert manager.get(job_id).kind == "process"


def test_cancelled_job_cannot_be_started(manager: JobManager) -> None:
    job_id = manager.create_job(["a"])
    manager.cancel_job(job_id)
    with pytest.raises(JobStateConflict):
        manager.start_job(job_id, "process")


def test_status_of_a_job_has_the_documented_names(manager: JobManager, worker: HandWorker) -> None:
    job_id = manager.create_job(["a", "b"])
    manager.start_job(job_id, "process")
    worker.hand_in(worker.claim(1), FAILED)
    status = manager.get_job_status(job_id)
    assert status is not None
    documented = "job_id status total_items processed_items progress results error"
    assert {*documented.split(), "created_at", "started_at", "completed_at"} <= status.keys()
    assert (status["status"], status["progress"], status["processed_items"]) == (
        "processing",
        50.0,
        1,
    )
    (result,) = status["results"]
    assert (result["item"], result["success"]) == ("a", False)
    assert result["error"] == FAILED.error


def test_status_carries_the_newest_results_only(manager: JobManager, worker: HandWorker) -> None:
    job_id = manager.submit(JobRequest("process", [f"{number}" for number in range(300)])).job_id
    worker.run_all()
    status = manager.get_job_status(job_id)
    assert status is not None
    assert [result["item"] for result in status["results"]] == [
        f"{number}" for number in range(299, 199, -1)
    ]


def test_listed_jobs_are_newest_first_without_results(manager: JobManager, clock: Clock) -> None:
    first = manager.create_job(["a"])
    clock.advance(1)
    second = manager.create_job(["b"])
    listed = manager.list_jobs()
    assert [job["job_id"] for job in listed] == [second, first]
    assert "results" not in listed[0]
    assert len(manager.list_jobs(limit=1)) == 1


def test_unknown_job_is_none_or_false_by_the_old_names(manager: JobManager) -> None:
    assert manager.get_job_status("nowhere") is None
    assert manager.cancel_job("nowhere") is False
    assert manager.delete_job("nowhere") is False
    assert manager.start_job("nowhere", "process") is False


def test_cancel_twice_is_fine_and_cancel_of_an_ended_job_is_refused(
    manager: JobManager, worker: HandWorker
) -> None:
    job_id = manager.submit(JobRequest("process", ["a"])).job_id
    assert manager.cancel_job(job_id)
    assert manager.cancel_job(job_id)
    other = manager.submit(JobRequest("process", ["b"])).job_id
    worker.run_all()
    with pytest.raises(JobStateConflict, match="completed"):
        manager.cancel_job(other)


# --- refusals --------------------------------------------------------------------------------


def test_unknown_kind_is_refused_and_nothing_is_stored(manager: JobManager) -> None:
    with pytest.raises(UnknownKind, match=r"polish.*process, tag, verify"):
        manager.submit(JobRequest("polish", ["a"]))
    job_id = manager.create_job(["a"])
    with pytest.raises(UnknownKind, match="polish"):
        manager.start_job(job_id, "polish")
    assert len(manager.list_jobs()) == 1


@pytest.mark.parametrize("control", ["pause", "resume", "retry", "repeat", "get"])
def test_control_of_an_unknown_job_says_so(manager: JobManager, control: str) -> None:
    with pytest.raises(JobNotFound, match="nowhere"):
        getattr(manager, control)("nowhere")


def test_control_of_an_ended_job_names_its_state(manager: JobManager, worker: HandWorker) -> None:
    job_id = manager.submit(JobRequest("process", ["a"])).job_id
    worker.run_all()
    with pytest.raises(JobStateConflict, match=r"pause.*completed"):
        manager.pause(job_id)
    with pytest.raises(JobStateConflict, match=r"resume.*completed"):
        manager.resume(job_id)


def test_pause_and_resume_can_be_asked_twice(manager: JobManager) -> None:
    job_id = manager.submit(JobRequest("process", ["a"])).job_id
    assert manager.pause(job_id).status is JobStatus.PAUSED
    assert manager.pause(job_id).status is JobStatus.PAUSED
    assert manager.resume(job_id).status is JobStatus.QUEUED
    assert manager.resume(job_id).status is JobStatus.QUEUED


def test_priority_is_read_by_name() -> None:
    assert parse_priority("Urgent") is Priority.URGENT
    with pytest.raises(InvalidInput, match=r"'now'.*background, low, normal, high, urgent"):
        parse_priority("now")


# --- equal requests --------------------------------------------------------------------------

Change = Callable[[JobRequest], JobRequest]


def test_request_equal_to_an_active_job_returns_that_job(
    manager: JobManager, worker: HandWorker
) -> None:
    request = JobRequest("process", ["a", "b"], params={"x": 1, "y": 2})
    first = manager.submit(request)
    again = JobRequest("process", ["a", "b"], params={"y": 2, "x": 1}, trigger=Trigger.CLI)
    assert manager.submit(again).job_id == first.job_id
    worker.claim(1)
    assert manager.submit(again).job_id == first.job_id
    manager.pause(first.job_id)
    assert manager.submit(again).job_id == first.job_id
    assert len(manager.list_jobs()) == 1


@pytest.mark.parametrize(
    "other",
    [
        JobRequest("tag", ["a", "b"]),
        JobRequest("process", ["a"]),
        JobRequest("process", ["ab"]),
        JobRequest("process", ["a", "b"], params={"x": 1}),
        JobRequest("process", ["a", "b"], preview=True),
        JobRequest("process", ["a", "b"], source_job_id="other"),
        JobRequest("process", ["a", "b"], item_params={"a": {"issue": "1"}}),
    ],
)
def test_request_that_differs_in_what_it_does_is_a_job_of_its_own(
    manager: JobManager, other: JobRequest
) -> None:
    manager.submit(JobRequest("process", ["a", "b"]))
    manager.submit(other)
    assert len(manager.list_jobs()) == 2


@pytest.mark.parametrize("end", ["run", "cancel", "delete"])
def test_equal_request_is_a_new_job_once_the_first_has_ended(
    manager: JobManager, worker: HandWorker, end: str
) -> None:
    first = manager.submit(JobRequest("process", ["a"])).job_id
    if end == "run":
        worker.run_all()
    elif end == "cancel":
        manager.cancel_job(first)
    else:
        manager.delete_job(first)
    assert manager.submit(JobRequest("process", ["a"])).job_id != first


def test_equal_requests_by_several_threads_at_once_make_one_job(manager: JobManager) -> None:
    barrier = threading.Barrier(8)
    found: list[str] = []

    def ask() -> None:
        barrier.wait()
        found.append(manager.submit(JobRequest("process", ["a", "b"])).job_id)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1


def test_retry_is_refused_while_an_equal_job_is_active(
    manager: JobManager, worker: HandWorker
) -> None:
    first = manager.submit(JobRequest("process", ["a"])).job_id
    worker.run_all(FAILED)
    twin = manager.submit(JobRequest("process", ["a"])).job_id
    with pytest.raises(JobStateConflict, match=twin):
        manager.retry(first)
    worker.run_all()
    assert manager.retry(first) == 1
    assert worker.run_all() == 1


def test_repeat_asks_for_the_same_work_again(manager: JobManager, worker: HandWorker) -> None:
    request = JobRequest(
        "process",
        ["a", "b"],
        params={"x": 1},
        priority=Priority.HIGH,
        title="Mine",
        item_params={"b": {"issue": "2"}},
    )
    first = manager.submit(request).job_id
    worker.run_all()
    second = manager.repeat(first)
    assert second.job_id != first
    assert (second.kind, second.params, second.priority, second.title, second.total_items) == (
        "process",
        {"x": 1},
        Priority.HIGH,
        "Mine",
        2,
    )
    assert [claim.item_params for claim in worker.claim()] == [{}, {"issue": "2"}]


def test_repeat_is_in_the_name_of_who_asks_for_it(manager: JobManager, worker: HandWorker) -> None:
    asked = JobRequest("process", ["a"], trigger=Trigger.CLI, requested_by="ann")
    first = manager.submit(asked).job_id
    worker.run_all()
    again = manager.repeat(first, Trigger.WEB, requested_by="bob")
    assert (again.trigger, again.requested_by) == (Trigger.WEB, "bob")


# --- over time and processes -----------------------------------------------------------------


def test_cleaned_up_job_is_still_known_by_its_summary(
    manager: JobManager, worker: HandWorker, clock: Clock
) -> None:
    job_id = manager.submit(JobRequest("process", ["a", "b"], title="Mine")).job_id
    worker.run_all(FAILED)
    clock.advance(3601)
    assert manager.clean_up() == 1
    job = manager.get(job_id)
    assert job.archived
    assert (job.status, job.title, job.failed_items) == (JobStatus.COMPLETED, "Mine", 2)
    assert manager.get_job_status(job_id) is None
    with pytest.raises(JobStateConflict, match="history"):
        manager.retry(job_id)


def test_history_is_forgotten_after_its_time(
    database: Database, worker: HandWorker, clock: Clock
) -> None:
    manager = JobManager(
        database, KINDS, retention=Retention(jobs_s=60, history_s=86400), now=clock
    )
    job_id = manager.submit(JobRequest("process", ["a"])).job_id
    worker.run_all(FAILED)
    clock.advance(61)
    manager.clean_up()
    clock.advance(86399)
    manager.clean_up()
    assert manager.find(job_id) is not None
    clock.advance(3602)
    manager.clean_up()
    assert manager.find(job_id) is None
    for table in ("job_history", "job_history_failures", "job_statistics", "job_waits"):
        assert database.value(f"SELECT count(*) FROM {table}") == 0


def test_cleanup_removes_more_jobs_than_one_page(manager: JobManager, clock: Clock) -> None:
    for number in range(1100):
        manager.submit(JobRequest("process", [], title=f"{number}"), once=False)
    clock.advance(3601)
    assert manager.clean_up() == 1100
    assert manager.list_jobs() == []


def test_background_cleanup_removes_old_jobs_and_ends_with_the_manager(
    database: Database, clock: Clock
) -> None:
    manager = JobManager(database, KINDS, now=clock)
    manager.submit(JobRequest("process", []))
    clock.advance(3601)
    version = database.data_version()
    manager.start_cleanup()
    cleaner = next(t for t in threading.enumerate() if t.name == "job-cleanup")
    pause = threading.Event()
    while manager.list_jobs() and not pause.wait(0.01):
        pass
    assert database.data_version() != version
    manager.shutdown()
    assert not cleaner.is_alive()


def _submit_elsewhere(place: Place, items: list[str]) -> str:
    database = place.open()
    try:
        return JobManager(database, KINDS).submit(JobRequest("process", items)).job_id
    finally:
        database.close()


def test_job_stored_by_one_process_is_known_to_all_others(
    place: Place, manager: JobManager
) -> None:
    context = multiprocessing.get_context("spawn")
    with context.Pool(4) as pool:
        asked = [(place, [f"{number}"]) for number in range(40)]
        job_ids = pool.starmap(_submit_elsewhere, asked)
    assert len(set(job_ids)) == 40
    assert all(manager.get_job_status(job_id) is not None for job_id in job_ids)


def test_a_job_is_found_by_a_beginning_that_no_other_has(manager: JobManager) -> None:
    for number in range(40):
        manager.submit(JobRequest("process", [f"{number}"]))
    ids = [job["job_id"] for job in manager.list_jobs()]
    wanted = ids[7]
    assert manager.full_id(wanted) == wanted
    assert manager.full_id(wanted[:18]) == wanted
    manager.delete_job(wanted)
    assert manager.full_id(wanted[:18]) == wanted
    shared = next(one[0] for one in ids if sum(other[0] == one[0] for other in ids) > 1)
    with pytest.raises(InvalidInput, match=f"begin with {shared}"):
        manager.full_id(shared)
    for start in ("", "nowhere"):
        with pytest.raises(JobNotFound):
            manager.full_id(start)
