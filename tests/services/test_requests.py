"""From what people ask for to job requests: what is refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from comicmaintainer.errors import (
    InvalidInput,
    JobNotFound,
    JobStateConflict,
    TargetExists,
)
from comicmaintainer.jobs.engine.worker_store import LEASE_S
from comicmaintainer.jobs.model import ClaimedItem, HandIn, JobRequest, Outcome
from comicmaintainer.library.journal import PlannedChange
from comicmaintainer.services import Services
from comicmaintainer.settings import Settings
from tests.kit.clock import Clock
from tests.kit.living_worker import register_worker


@pytest.fixture
def clock() -> Clock:
    return Clock(1_800_000_000.0)


@pytest.fixture
def services(tmp_path: Path, library: Path, clock: Clock) -> Iterator[Services]:
    settings = {"WATCHED_DIR": str(library), "CONFIG_DIR": str(tmp_path / "config")}
    services = Services.build(Settings.from_environment(settings), now=clock)
    register_worker(services.database, now=services.now())
    yield services
    services.database.close()


def claim(services: Services, count: int = 100) -> list[ClaimedItem]:
    _, claims = services.manager.items.exchange("w", (), count, ("process",), services.now())
    return claims


def hand_in(
    services: Services, claims: list[ClaimedItem], details: dict[str, Any] | None = None
) -> None:
    """Hand in a good result of each claim, with a change of its file in the journal."""
    for each in claims:
        change = PlannedChange(
            kind="tag",
            path_before=each.item,
            path_after=each.item,
            intent={},
            summary={},
            job_id=each.job_id,
            seq=each.seq,
        )
        services.journal.confirm(services.journal.plan(change), {})
    done = [HandIn(each, Outcome(True, details), 0.1) for each in claims]
    services.manager.items.exchange("w", done, 0, (), services.now())


def started(services: Services) -> tuple[str, list[ClaimedItem]]:
    """A job of which one item is done and another is being run."""
    job_id = services.manager.submit(JobRequest("process", ["/c/0", "/c/1", "/c/2"])).job_id
    done, running = claim(services, 2)
    hand_in(services, [done])
    return job_id, [running]


@pytest.mark.parametrize("state", ["processing", "paused"])
def test_active_job_can_not_be_undone(services: Services, state: str) -> None:
    job_id, _ = started(services)
    if state == "paused":
        services.manager.pause(job_id)
    with pytest.raises(JobStateConflict, match="still running: cancel it first, then undo it"):
        services.requests.undo_job(job_id)


def test_cancelled_job_can_be_undone_once_its_last_item_has_ended(services: Services) -> None:
    job_id, running = started(services)
    services.manager.cancel_job(job_id)
    with pytest.raises(JobStateConflict, match="still working on a file"):
        services.requests.undo_job(job_id)
    hand_in(services, running)
    assert len(services.requests.undo_job(job_id).items) == 2


def test_item_of_a_dead_worker_does_not_block_undo(services: Services, clock: Clock) -> None:
    job_id, _ = started(services)
    services.manager.cancel_job(job_id)
    clock.at += LEASE_S + 1
    assert len(services.requests.undo_job(job_id).items) == 1


def test_unknown_job_is_not_found_by_undo(services: Services) -> None:
    with pytest.raises(JobNotFound):
        services.requests.undo_job("nope")


@pytest.mark.parametrize("kind", ["rename", "rehearse"])
def test_new_name_is_refused_for_several_files(services: Services, kind: str) -> None:
    params: dict[str, Any] = {"to": "Saga 9.cbz"}
    files = [f"Saga/Saga {number}.cbz" for number in range(2)]

    def ask(names: list[str]) -> JobRequest:
        if kind == "rehearse":
            asked = {"folder": "Try", "kind": "rename", "params": params, "count": 1}
            return services.rehearsals.request({"paths": names}, asked)
        return JobRequest("rename", services.selections.files({"paths": names}), params)

    with pytest.raises(InvalidInput, match="'to' is for one file, but 2 are selected"):
        services.manager.submit(ask(files))
    assert services.manager.submit(ask(files[:1])).total_items == 1


def test_preview_of_a_kind_without_previews_is_refused(services: Services) -> None:
    with pytest.raises(InvalidInput, match="'scan' can't be previewed"):
        services.manager.submit(JobRequest("scan", ["/c"], preview=True))


@pytest.mark.parametrize(("files", "why"), [(["/c/0"], "need no change"), ([], "it has no files")])
def test_preview_that_would_change_nothing_is_not_applied(
    services: Services, files: list[str], why: str
) -> None:
    job_id = services.manager.submit(JobRequest("process", files, preview=True)).job_id
    hand_in(services, claim(services), {"changes": []})
    with pytest.raises(JobStateConflict, match=why):
        services.requests.apply(job_id)


@pytest.mark.parametrize("leads_to", ["Saga 0.cbz", "nowhere.cbz", "/etc"])
def test_comic_is_never_renamed_to_a_symbolic_links_name(services, library, leads_to):
    link = library / "Saga" / "link.cbz"
    link.symlink_to(leads_to)
    request = JobRequest("rename", [str(library / "Saga/Saga 0.cbz")], {"to": link.name})
    with pytest.raises(TargetExists, match="a symbolic link has this name"):
        services.manager.submit(request)
    link.unlink()
    assert services.manager.submit(request).total_items == 1
