"""Watching a job that others are to do, and work here that comes to an unexpected end."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from comicmaintainer.cli import following
from comicmaintainer.errors import JobStateConflict
from comicmaintainer.jobs.model import Job, JobRequest
from comicmaintainer.services import Services
from comicmaintainer.settings import Settings
from tests.kit.living_worker import register_worker


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    (tmp_path / "comics").mkdir()
    built = Services.build(
        Settings.from_environment(
            {"CONFIG_DIR": str(tmp_path / "config"), "WATCHED_DIR": str(tmp_path / "comics")}
        )
    )
    yield built
    built.database.close()


@pytest.fixture
def job(services: Services) -> Job:
    return services.manager.submit(JobRequest("verify", ["/c/1.cbz"]))


def test_job_without_a_worker_is_not_watched(services: Services, job: Job) -> None:
    register_worker(services.database, only_job="another")
    with pytest.raises(JobStateConflict, match=f"comicmaintainer jobs resume {job.job_id}"):
        following.watch(services, job)


def test_watching_ends_when_the_service_stays_away(
    services: Services,
    job: Job,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(following, "PATIENCE_S", 0.5)
    lock = register_worker(services.database)
    polls = iter(range(3))

    def leave_after_a_while(_seconds: float) -> None:
        if next(polls, None) is None:
            lock.leave()

    monkeypatch.setattr(time, "sleep", leave_after_a_while)
    with pytest.raises(JobStateConflict, match="no service is running"):
        following.watch(services, job)
    assert "No worker runs the job any more" in capsys.readouterr().err
    assert services.manager.get(job.job_id).status == "queued"
