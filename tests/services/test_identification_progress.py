"""When the limits of a source let a job end, and what the job found so far, by a fake clock."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from comicmaintainer.jobs.model import HandIn, Job, JobRequest, Outcome
from comicmaintainer.library.catalogue.model import SeenFile
from comicmaintainer.matching.model import Level
from comicmaintainer.services import Services
from comicmaintainer.services.identification_progress import Use
from comicmaintainer.settings import Settings
from comicmaintainer.sources import turns
from comicmaintainer.sources.comicvine import INFO
from comicmaintainer.sources.model import Limit
from tests.golden.matches import add_match
from tests.kit.clock import Clock
from tests.kit.living_worker import register_worker

AN_HOUR = Limit(200, 3600.0)


@pytest.fixture
def clock() -> Clock:
    return Clock(1_800_000_000.0)


@pytest.fixture
def services(tmp_path: Path, library: Path, clock: Clock) -> Iterator[Services]:
    settings = {
        "WATCHED_DIR": str(library),
        "CONFIG_DIR": str(tmp_path / "config"),
        "SOURCES": "comicvine",
        "COMICVINE_KEY": "k3y",
    }
    services = Services.build(Settings.from_environment(settings), now=clock)
    register_worker(services.database, now=services.now())
    yield services
    services.database.close()


def job_of(services: Services, files: int) -> Job:
    paths = [f"/c/{number}.cbz" for number in range(files)]
    return services.manager.submit(JobRequest("identify", paths))


def finish(services: Services, count: int, level: str = "certain") -> None:
    """Finish so many items of the job."""
    _, claims = services.manager.items.exchange("w", (), count, ("identify",), services.now())
    outcome = Outcome(True, details={"identified": {"level": level, "reason": "-"}})
    services.manager.items.exchange(
        "w", [HandIn(each, outcome, 0.1) for each in claims], 0, ("identify",), services.now()
    )


def ask(services: Services, count: int, resource: str = "issue") -> None:
    """Count so many requests as made now."""
    with services.database.transaction() as transaction:
        for number in range(count):
            request = f"{resource} {number} {services.now()}"
            turns.spend(
                transaction, "comicvine", resource, request, None, owner="w", now=services.now()
            )


def test_requests_wait_for_each_other_beyond_what_is_left_at_once() -> None:
    use = Use(INFO, AN_HOUR, requests=50, items=100, waits_s=[3600.0] * 50)
    assert use.wait_s(300) == 0.0  # 150 requests, and 150 are left
    assert use.wait_s(700) == 3600.0  # 200 more, of which an hour allows as many
    assert Use(INFO, AN_HOUR, requests=9, items=0, waits_s=[60.0] * 9).wait_s(100) == 0.0


def test_requests_that_soon_count_no_more_make_room_soon() -> None:
    use = Use(INFO, AN_HOUR, requests=200, items=200, waits_s=[60.0] * 200)
    assert use.wait_s(200) == 60.0
    assert use.wait_s(201) == 3660.0


def test_the_end_is_estimated_by_requests_per_item_and_the_slowest_limit(
    services: Services, clock: Clock
) -> None:
    job = job_of(services, 2000)
    finish(services, 1)
    clock.advance(1800)
    ask(services, 150)
    finish(services, 99)
    progress = services.identification_progress.of(services.manager.get(job.job_id))
    assert progress.files == {Level.CERTAIN: 100, Level.LIKELY: 0, Level.UNKNOWN: 0}
    assert progress.pace is not None
    assert (progress.pace.source.name, progress.pace.limit) == ("comicvine", AN_HOUR)
    # 1,900 items need 1.5 requests each; 50 are left of 200 an hour.
    assert progress.pace.done_at == pytest.approx(clock() + (1900 * 1.5 - 50) * 18)


def test_only_the_period_of_the_limit_counts_once_the_job_is_older(
    services: Services, clock: Clock
) -> None:
    job = job_of(services, 1000)
    ask(services, 100)
    finish(services, 500)
    clock.advance(7200)
    services.manager.workers.heartbeat("w", [], clock())
    ask(services, 200)
    finish(services, 100)
    progress = services.identification_progress.of(services.manager.get(job.job_id))
    assert progress.pace is not None
    assert progress.pace.done_at == pytest.approx(clock() + 400 * 2 * 18)


def test_a_job_that_no_limit_holds_up_has_no_pace(services: Services) -> None:
    job = job_of(services, 30)
    assert services.identification_progress.of(job).pace is None
    ask(services, 10)
    finish(services, 10, "unknown")
    progress = services.identification_progress.of(services.manager.get(job.job_id))
    assert progress.pace is None
    assert progress.files[Level.UNKNOWN] == 10


def test_series_that_a_job_left_for_review_are_counted(services: Services, library: Path) -> None:
    path = str(library / "Bone" / "Bone 0.cbz")
    job = services.manager.submit(JobRequest("identify", [path]))
    services.catalogue.add_root(library)
    services.catalogue.upsert([SeenFile(path, 1, 1, 1, 1)])
    add_match(services, path, job.job_id)
    progress = services.identification_progress.of(job)
    assert (progress.series, progress.series_files) == (1, 1)
    other = services.manager.submit(JobRequest("verify", [path]))
    assert services.identification_progress.of(other).series == 0
