"""What a job is about, as kept with it and in the history."""

from __future__ import annotations

from comicmaintainer.jobs.about import about_items, about_selection
from comicmaintainer.jobs.job_manager import JobManager
from comicmaintainer.jobs.model import JobRequest
from tests.kit.clock import Clock
from tests.kit.hand_worker import HandWorker


def test_files_are_told_by_their_common_folder_and_the_first_of_them() -> None:
    items = ["/c/Saga/Saga 2.cbz", "/c/Saga/Specials/Saga 1.cbz", "/c/Sagas/1.cbz"]
    assert about_items(items[:2]) == {"folder": "/c/Saga", "first": items[0]}
    assert about_items(items) == {"folder": "/c", "first": items[0]}
    assert about_items(["/1.cbz"]) == {"folder": "/", "first": "/1.cbz"}
    assert about_items(["17", "18"]) == {}
    assert about_items([]) == {}
    assert about_items(["/" + "x" * 2000]) == {}


def test_a_selection_is_kept_unless_it_is_large() -> None:
    assert about_selection({"all": True}) == {"all": True}
    assert about_selection({"filter": {"series": "Saga"}}) == {"filter": {"series": "Saga"}}
    assert about_selection({"folders": ["/c/Saga"]}) == {"folders": ["/c/Saga"]}
    assert about_selection({"folders": [f"/c/{n}" for n in range(6)]}) == {}
    assert about_selection({"paths": ["/c/1.cbz"]}) == {}


def test_the_history_says_what_a_job_was_about_and_who_asked(
    manager: JobManager, worker: HandWorker, clock: Clock
) -> None:
    about = {"filter": {"series": "Saga"}}
    job_id = manager.submit(
        JobRequest("process", ["/c/Saga/1.cbz"], about=about, requested_by="ada")
    ).job_id
    other = manager.submit(JobRequest("verify", ["/c/Saga/1.cbz", "/c/Saga/2.cbz"])).job_id
    worker.run_all()
    clock.advance(3601)
    manager.clean_up()
    job = manager.get(job_id)
    assert (job.archived, job.about, job.requested_by) == (True, about, "ada")
    assert manager.get(other).about == {"folder": "/c/Saga", "first": "/c/Saga/1.cbz"}
