"""The results of a job: what they come to, pages of them, and its failures in groups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from enum import StrEnum
from operator import attrgetter
from typing import Annotated, Any

from fastapi import APIRouter, Query

from comicmaintainer.accounts.roles import Role
from comicmaintainer.database import paging
from comicmaintainer.errors import InvalidInput
from comicmaintainer.jobs.model import Job, JobResult
from comicmaintainer.jobs.plain_values import result_of
from comicmaintainer.jobs.result_groups import UNCHANGED, Chosen
from comicmaintainer.jobs.result_store import Outcomes
from comicmaintainer.operations.declared.effects import effects_with, outcome_sentence, told
from comicmaintainer.services import Services
from comicmaintainer.services.progress_told import progress_told
from comicmaintainer.web.api.item_files import paths_of_items, with_files
from comicmaintainer.web.api.shapes import FailureGroupShape, JobOutcome, ResultPage, RowId
from comicmaintainer.web.dependencies import ServicesOf
from comicmaintainer.web.route_roles import needs

router = APIRouter(prefix="/api/jobs", tags=["jobs"])

MAX_PAGE = 1000

PageSize = Annotated[int, Query(ge=1, le=MAX_PAGE)]


class ResultOrder(StrEnum):
    """The orders of results."""

    NEWEST = "newest"
    FILE = "file"


@router.get("/{job_id}/outcome", response_model=JobOutcome, openapi_extra=needs(Role.LOOK))
def get_outcome(services: ServicesOf, job_id: str) -> dict[str, Any]:
    """Return what a job comes to, or a preview would: files by outcome, by change, and alike.

    `told` counts the files by type of change; one with two changes counts twice. `alike` are groups
    of at least three files that get the same changes; those of `example` are theirs. `progress`
    says how media servers keep progress, or what waits for them.
    """
    job = services.manager.get(job_id)
    effects = services.outcomes.effects(job)
    unchanged = effects.get(UNCHANGED, 0)
    groups = services.outcomes.alike(job)
    examples = _shown(services, job, [group.first for group in groups])
    return {
        "changed": sum(effects.values()) - unchanged,
        "unchanged": unchanged,
        "failed": job.failed_items,
        "sentence": outcome_sentence(effects, failed=job.failed_items, preview=job.preview),
        "told": told(effects, preview=job.preview),
        "progress": progress_told(services, job, effects),
        "alike": [
            {"group": group.group, "items": group.items, "example": example}
            for group, example in zip(groups, examples, strict=True)
        ],
    }


@router.get("/{job_id}/results", response_model=ResultPage, openapi_extra=needs(Role.LOOK))
def list_results(
    services: ServicesOf,
    job_id: str,
    limit: PageSize = 100,
    before: RowId | None = None,
    outcome: Outcomes = Outcomes.ALL,
    order: ResultOrder = ResultOrder.NEWEST,
    after: RowId | None = None,
    change: str | None = None,
    group: str | None = None,
    apart: bool = False,
) -> dict[str, Any]:
    """Return a page of a job's results: newest first, or with `order=file` as the files come.

    The next page is at `before` (newest first) or `after`. In the order of the files, `change`
    limits the page to one type of change and `group` to files that are alike; `apart` leaves out
    all files that are in a group of `GET /api/jobs/{job_id}/outcome`.
    """
    job = services.manager.get(job_id)
    if order is ResultOrder.NEWEST:
        if change is not None or group is not None or apart or after is not None:
            raise InvalidInput("'change', 'group', 'apart' and 'after' need 'order=file'.")
        page, next_id = newest_results(services, job, limit=limit, before=before, outcomes=outcome)
        return {"results": page, "next": next_id}
    if before is not None:
        raise InvalidInput("'order=file' is continued with 'after'.", field="before")
    chosen = _chosen(services, job, outcome, change, group, apart=apart)
    found = services.outcomes.page(job, chosen, limit=limit + 1, after=after)
    shown, next_seq = paging.cut(found, limit, attrgetter("seq"))
    return {"results": _shown(services, job, shown), "next": next_seq}


@router.get(
    "/{job_id}/failures",
    response_model=dict[str, list[FailureGroupShape]],
    openapi_extra=needs(Role.LOOK),
)
def list_failures(services: ServicesOf, job_id: str) -> dict[str, Any]:
    """Return a job's failed items grouped by how they failed, most frequent first."""
    job = services.manager.get(job_id)
    groups = services.manager.results.failures(job_id)
    paths = paths_of_items(services, [(job.kind, group.example) for group in groups])
    return {
        "failures": [
            asdict(group) | {"example_path": path}
            for group, path in zip(groups, paths, strict=True)
        ]
    }


def newest_results(
    services: Services,
    job: Job,
    *,
    limit: int,
    before: int | None = None,
    outcomes: Outcomes = Outcomes.ALL,
) -> tuple[list[dict[str, Any]], int | None]:
    """Return a page of results, newest first, and the `before` of the next one.

    Of a job that has been cleaned up, the order is that of the files, and there is one page.
    """
    if job.archived:
        chosen = _chosen(services, job, outcomes, None, None, apart=False)
        kept = services.outcomes.page(job, chosen, limit=MAX_PAGE)
        return _shown(services, job, kept), None
    found = services.manager.results.page(
        job.job_id, limit=limit + 1, before=before, outcomes=outcomes
    )
    page, next_id = paging.cut(found, limit, attrgetter("result_id"))
    return _shown(services, job, page), next_id


def _chosen(
    services: Services,
    job: Job,
    outcomes: Outcomes,
    change: str | None,
    group: str | None,
    *,
    apart: bool,
) -> Chosen:
    if group is not None:
        return Chosen(group=group)
    groups = [one.group for one in services.outcomes.alike(job)] if apart else ()
    if change is None and outcomes is Outcomes.ALL:
        return Chosen(apart=groups)
    effects = services.outcomes.effects(job)
    if change is not None:
        return Chosen(effects_with(effects, change), failures=False, apart=groups)
    wanted: dict[Outcomes, list[str]] = {
        Outcomes.SUCCEEDED: list(effects),
        Outcomes.CHANGED: [effect for effect in effects if effect != UNCHANGED],
        Outcomes.UNCHANGED: [UNCHANGED],
    }
    is_failed = outcomes is Outcomes.FAILED
    return Chosen(wanted.get(outcomes, []), failures=is_failed, apart=groups)


def _shown(services: Services, job: Job, results: Sequence[JobResult]) -> list[dict[str, Any]]:
    """Return results with their files, and with what of them can be undone."""
    changed = services.outcomes.changed_files(job, results)
    values = []
    for result in results:
        file = None if result.seq is None else changed.get(result.seq)
        values.append(
            result_of(result)
            | {
                "undoable": [] if file is None else file.undoable,
                "undone_at": None if file is None else file.undone_at,
            }
        )
    return with_files(services, job, values)
