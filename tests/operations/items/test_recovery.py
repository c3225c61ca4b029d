"""Open changes of killed processes are finished, whether or not their item is tried again."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from comicmaintainer.comics.archives.edits.locked_file import locked
from comicmaintainer.jobs.model import JobStatus
from comicmaintainer.library.journal import ChangeState
from comicmaintainer.processes import worker as worker_process
from comicmaintainer.services import Services
from comicmaintainer.services.worker_tools import WorkerTools
from comicmaintainer.settings import Settings, TagWrite
from tests.operations.items.killed_processes import killed_at
from tests.operations.workbench import Workbench
from tests.processes.commands import Place

pytestmark = pytest.mark.slow

STOPS = ["cancel_job", "pause", "delete_job"]


def killed_and(stop: str, folder: Path) -> tuple[Workbench, Path]:
    """Kill a process between a change and its confirmation, and stop the job."""
    bench = Workbench(folder)
    path = bench.comic("Batman/Batman 5 (2011).cbz")
    bench.catalogued(path)
    job = bench.submit("tag", [path], {"set": {"series": "Storm"}})
    killed_at(folder, "applied tags", TagWrite.AUTO)
    getattr(bench.manager, stop)(job.job_id)
    assert [change.state for change in bench.journal.open_changes()] == [ChangeState.PLANNED]
    return bench, path


def rescue(bench: Workbench) -> None:
    """Do what the heartbeat of another worker does."""
    others = {each.worker_id for each in bench.manager.workers.all()} - {bench.worker_id}
    bench.manager.workers.rescue(others, bench.clock())


def require_finished(bench: Workbench, path: Path) -> None:
    assert bench.journal.open_changes() == []
    (change,) = bench.journal.history(path)
    assert change.state is ChangeState.APPLIED
    row = bench.catalogue.by_path(path)
    assert row is not None
    assert row.series == "Storm"


@pytest.mark.parametrize("stop", STOPS)
def test_starting_worker_process_finishes_the_changes_of_a_killed_one_whose_job_was_stopped(
    tmp_path: Path, stop: str
) -> None:
    place = Place(tmp_path)
    bench, path = killed_and(stop, tmp_path)
    assert place.busy() == 1  # nobody has rescued the item yet
    with place.service():
        require_finished(bench, path)
    bench.database.close()


@pytest.mark.parametrize("stop", STOPS)
def test_running_worker_finishes_the_changes_of_a_killed_one_whose_job_was_stopped(
    tmp_path: Path, stop: str
) -> None:
    bench, path = killed_and(stop, tmp_path)
    services = Services.build(
        Settings.from_environment(
            {"CONFIG_DIR": str(tmp_path / "config"), "WATCHED_DIR": str(bench.library)}
        )
    )
    tools = WorkerTools.build(services)
    rescue(bench)
    for chore in worker_process.chores(services, tools):
        if chore.every_s <= worker_process.MINUTE_S:
            chore.do()
    require_finished(bench, path)
    tools.close()
    services.database.close()
    bench.database.close()


def test_open_change_is_left_to_the_item_that_will_be_tried_again(tmp_path: Path) -> None:
    bench = Workbench(tmp_path)
    path = bench.comic("a.cbz")
    job = bench.submit("tag", [path], {"set": {"series": "Storm"}})
    killed_at(tmp_path, "applied tags", TagWrite.AUTO)
    assert bench.finish_stopped() == 0  # the killed worker holds the item
    rescue(bench)
    assert bench.finish_stopped() == 0
    bench.work()
    assert bench.manager.get(job.job_id).status is JobStatus.COMPLETED
    assert bench.journal.open_changes() == []
    bench.database.close()


def test_reason_why_a_change_stays_open_is_logged_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    bench, path = killed_and("cancel_job", tmp_path)
    rescue(bench)
    with locked(path, for_writing=False), caplog.at_level(logging.WARNING):
        assert [bench.finish_stopped() for _ in range(3)] == [0, 0, 0]
    assert len([record for record in caplog.records if "stays open" in record.message]) == 1
    assert bench.finish_stopped() == 1
    require_finished(bench, path)
    bench.database.close()
