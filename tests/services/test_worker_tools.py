"""What items leave for a shared commit is on disk when their results are accepted."""

from __future__ import annotations

from pathlib import Path

from comicmaintainer.jobs.model import ENDED, JobRequest
from comicmaintainer.services import Services
from comicmaintainer.services.worker_tools import WorkerTools
from comicmaintainer.settings import Settings
from tests.kit.comics import cbz, pages_of
from tests.kit.waiting import wait_until


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
