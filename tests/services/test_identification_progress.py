"""When the limits of a source let a job end, and what the job found so far, by a fake clock."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from comicmaintainer.jobs.model import HandIn, Job, JobRequest, Outcome
from comicmaintainer.library.catalogue.model import SeenFile
from comicmaintainer.library.matches.model import GroupKey
from comicmaintainer.matching.model import Level, Match
from comicmaintainer.services import Services
from comicmaintainer.settings import Settings
from comicmaintainer.sources import rests, turns
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


def ask(
    services: Services, count: int, resource: str = "issue", *, for_details: bool = False
) -> None:
    """Count so many requests as made now."""
    with services.database.transaction() as transaction:
        for number in range(count):
            turns.spend(
                transaction,
                "comicvine",
                resource,
                f"{resource} {number} {services.now()}",
                None,
                owner="w",
                now=services.now(),
                for_details=for_details,
            )


def put_off(services: Services, count: int, resource: str, *, for_details: bool = False) -> None:
    """Let so many items wait, each for a request."""
    _, claims = services.manager.items.exchange("w", (), count, ("identify",), services.now())
    later = Outcome(False, error="-", not_before=services.now() + 3600)
    services.manager.items.exchange(
        "w", [HandIn(each, later, 0.1) for each in claims], 0, ("identify",), services.now()
    )
    with services.database.transaction() as transaction:
        for claim in claims:
            request = f"{resource} {claim.seq}"
            at = services.now() + 3600
            turns.wait(
                transaction, "comicvine", resource, request, None, at, for_details=for_details
            )


def match(services: Services, job: Job, count: int) -> None:
    """Store matches of so many groups."""
    (root,) = services.roots.paths
    folder = str(root)
    services.catalogue.add_root(root)
    paths = [f"{folder}/{number}.cbz" for number in range(count)]
    services.catalogue.upsert([SeenFile(each, 1, 1, 1, at) for at, each in enumerate(paths)])
    for path, file_id in services.catalogue.ids_at(paths).items():
        found = Match(Level.CERTAIN, (path,), (), "-")
        services.matches.add(GroupKey(folder, path), "-", [(found, {path: file_id})], job.job_id)


def test_the_end_is_estimated_by_what_waits_and_what_open_groups_will_need(
    services: Services, clock: Clock
) -> None:
    job = job_of(services, 1000)
    ask(services, 100, "search")
    match(services, job, 400)
    ask(services, 100, for_details=True)
    finish(services, 100)
    put_off(services, 500, "issue", for_details=True)
    put_off(services, 400, "search")
    job = services.manager.get(job.job_id)
    found = services.identification_progress.forecast(job, 100)
    assert found is not None
    assert (found.source.name, found.limit) == ("comicvine", AN_HOUR)
    # 500 details wait, and 400 files will need theirs once they are matched: 100 now, then 200 each
    # hour, the last ones after four hours.
    assert found.done_at == clock() + 4 * 3600
    progress = services.identification_progress.of(job)
    assert progress.files == {Level.CERTAIN: 100, Level.LIKELY: 0, Level.UNKNOWN: 0}
    assert progress.pace is not None
    assert progress.pace.done_at is None  # it may as well be an hour later
    assert (progress.pace.earliest_at, progress.pace.latest_at) == (
        clock() + 14400,
        clock() + 18000,
    )


def test_groups_that_nobody_has_looked_at_count_like_those_that_wait(services: Services) -> None:
    job = job_of(services, 1000)
    ask(services, 100, "search")
    match(services, job, 100)
    ask(services, 200, for_details=True)
    finish(services, 200)
    found = services.identification_progress.forecast(services.manager.get(job.job_id), 200)
    assert found is not None
    assert found.done_at == services.now() + 4 * 3600  # 800 files are left, and 200 were in 100


def test_before_the_first_match_only_the_earliest_end_is_known(
    services: Services, clock: Clock
) -> None:
    job = job_of(services, 500)
    ask(services, 200, "search")
    put_off(services, 500, "search")
    pace = services.identification_progress.of(services.manager.get(job.job_id)).pace
    assert pace is not None
    assert (pace.done_at, pace.latest_at) == (None, None)
    assert pace.earliest_at == clock() + 3 * 3600


def test_a_source_that_rests_ends_later(services: Services, clock: Clock) -> None:
    job = job_of(services, 200)
    match(services, job, 1)
    put_off(services, 200, "issue", for_details=True)
    with services.database.transaction() as transaction:
        rests.count_request(transaction, "comicvine")
        rests.rest(transaction, "comicvine", "It is down.", now=clock(), wish_s=1800.0)
    found = services.identification_progress.forecast(services.manager.get(job.job_id), 0)
    assert found is not None
    assert found.done_at >= clock() + 1800


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
