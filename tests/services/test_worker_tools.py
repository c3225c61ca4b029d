"""What items leave for a shared commit is on disk when their results are accepted."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest

from comicmaintainer.jobs.model import ENDED, JobRequest
from comicmaintainer.services import Services
from comicmaintainer.services.worker_tools import COLLECT_AFTER, WorkerTools
from comicmaintainer.settings import Settings
from tests.kit.comics import cbz, pages_of
from tests.kit.waiting import wait_until


@pytest.fixture(autouse=True)
def usual_collector() -> Iterator[None]:
    before = gc.get_threshold()
    gc.set_threshold(700, 10, 10)
    yield
    gc.set_threshold(*before)


def test_files_are_noted_as_verified_when_their_job_is_done(tmp_path: Path) -> None:
    library = tmp_path / "library"
    library.mkdir()
    paths = [cbz(library / f"{name}.cbz", pages_of(name)) for name in ("a", "b", "c")]
    services = Services.build(
        Settings.from_environment(
            {"CONFIG_DIR": str(tmp_path / "config"), "WATCHED_DIR": str(library)}
        )
    )
    tools = WorkerTools.build(services)
    tools.context.scan.scan_root(library)
    worker = tools.worker()
    worker.start()
    try:
        job = services.manager.submit(JobRequest("verify", [str(path) for path in paths]))
        wait_until(lambda: services.manager.get(job.job_id).status in ENDED, "the job's end")
        rows = [services.catalogue.by_path(path) for path in paths]
    finally:
        worker.stop()
        tools.close()
        services.database.close()
    assert all(row is not None and row.verified_at is not None for row in rows)


def test_the_collector_waits_for_more_than_the_items_of_a_group_make(tmp_path: Path) -> None:
    services = Services.build(Settings.from_environment({"CONFIG_DIR": str(tmp_path / "config")}))
    tools = WorkerTools.build(services)
    tools.close()
    services.database.close()
    assert gc.get_threshold() == (COLLECT_AFTER, 10, 10)
