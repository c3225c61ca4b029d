"""Jobs: reading and controlling them. They are created in new_jobs."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query

from comicmaintainer.accounts.roles import Role
from comicmaintainer.database import page_keys, paging
from comicmaintainer.errors import Conflict, InvalidInput, JobNotFound
from comicmaintainer.jobs.model import ACTIVE, ENDED, JobStatus
from comicmaintainer.jobs.plain_values import parse_priority, status_of
from comicmaintainer.operations.declared.kinds import kind_named
from comicmaintainer.web.api.item_files import paths_of_items
from comicmaintainer.web.api.job_results import MAX_PAGE, PageSize, newest_results
from comicmaintainer.web.api.shapes import (
    Body,
    JobPage,
    JobShape,
    JobWithResults,
    PriorityName,
)
from comicmaintainer.web.dependencies import ServicesOf
from comicmaintainer.web.openapi import refusals
from comicmaintainer.web.route_roles import needs

router = APIRouter(prefix="/api/jobs", tags=["jobs"])

_STATUS_GROUPS = {"active": ACTIVE, "ended": ENDED}

JobBody = dict[str, Any]


class Retry(Body):
    """Which failed items are queued again; by default, all. `group` is one of the failures'."""

    code: str | None = None
    error: str | None = None
    group: str | None = None


class NewPriority(Body):
    """The new priority of a job."""

    priority: PriorityName


# --- reading -------------------------------------------------------------------------------------


@router.get("", response_model=JobPage, openapi_extra=needs(Role.LOOK))
def list_jobs(
    services: ServicesOf,
    status: Annotated[list[str] | None, Query()] = None,
    kind: str | None = None,
    limit: PageSize = 100,
    after: str | None = None,
    with_failures: bool = False,
) -> JobBody:
    """List jobs, newest first; `status` may also be `active` or `ended`.

    With `with_failures`, only jobs with a failed file.
    """
    if kind is not None:
        kind_named(kind)
    found = services.manager.jobs.page(
        statuses=_statuses(status or []),
        kind=kind,
        limit=limit + 1,
        before=page_keys.time_and_name_of(after),
        with_failures=with_failures,
    )
    jobs, next_key = paging.cut(
        found, limit, lambda job: page_keys.timed(job.created_at, job.job_id)
    )
    first = services.manager.jobs.first_items([job.job_id for job in jobs])
    named = [(job, first.get(job.job_id)) for job in jobs]
    paths = paths_of_items(services, [(job.kind, item) for job, item in named])
    return {
        "jobs": [
            status_of(job) | {"first_item": first.get(job.job_id), "first_path": path}
            for job, path in zip(jobs, paths, strict=True)
        ],
        "next": next_key,
        "counts": {
            str(name): count for name, count in services.manager.jobs.count_by_status().items()
        },
        "with_failures": services.manager.jobs.count_with_failures(),
    }


@router.get("/{job_id}", response_model=JobWithResults, openapi_extra=needs(Role.LOOK))
def get_job(
    services: ServicesOf, job_id: str, results: Annotated[int, Query(ge=0, le=MAX_PAGE)] = 50
) -> JobBody:
    """Return a job with its newest results, at most `results` of them.

    Of a job that has been cleaned up, only the summary, its failed items and the changes that can
    be undone are left.
    """
    job = services.manager.get(job_id)
    page, next_id = newest_results(services, job, limit=results)
    return status_of(job) | {"results": page, "next_results": next_id}


# --- control -------------------------------------------------------------------------------------


@router.delete("/{job_id}", openapi_extra=needs(Role.WORK))
def delete_job(services: ServicesOf, job_id: str) -> dict[str, Any]:
    """Delete a job with its results. An active job is stopped first."""
    if not services.manager.delete_job(job_id):
        raise JobNotFound(f"There is no job {job_id}.")
    return {"job_id": job_id, "deleted": True}


@router.post(
    "/{job_id}/cancel",
    response_model=JobShape,
    responses=refusals(409),
    openapi_extra=needs(Role.WORK),
)
def cancel_job(services: ServicesOf, job_id: str) -> JobBody:
    """Cancel a job. Items that have not started are never run."""
    if not services.manager.cancel_job(job_id):
        raise JobNotFound(f"There is no job {job_id}.")
    return status_of(services.manager.get(job_id))


@router.post(
    "/{job_id}/pause",
    response_model=JobShape,
    responses=refusals(409),
    openapi_extra=needs(Role.WORK),
)
def pause_job(services: ServicesOf, job_id: str) -> JobBody:
    """Pause a job. No more items start until it is resumed."""
    return status_of(services.manager.pause(job_id))


@router.post(
    "/{job_id}/resume",
    response_model=JobShape,
    responses=refusals(409),
    openapi_extra=needs(Role.WORK),
)
def resume_job(services: ServicesOf, job_id: str) -> JobBody:
    """Resume a paused job."""
    return status_of(services.manager.resume(job_id))


@router.post(
    "/{job_id}/priority",
    response_model=JobShape,
    responses=refusals(409),
    openapi_extra=needs(Role.WORK),
)
def set_priority(services: ServicesOf, job_id: str, body: NewPriority) -> JobBody:
    """Change the priority of an active job, even while it runs."""
    return status_of(services.manager.set_priority(job_id, parse_priority(body.priority)))


@router.post("/{job_id}/retry", responses=refusals(409), openapi_extra=needs(Role.WORK))
def retry_job(services: ServicesOf, job_id: str, body: Retry | None = None) -> dict[str, Any]:
    """Queue failed items again: all, or those with this code, error text or group of failures."""
    chosen = body or Retry()
    given = (chosen.code, chosen.error, chosen.group)
    retried = services.manager.retry(
        job_id, code=chosen.code, error=chosen.error, group=chosen.group
    )
    if not retried and any(part is not None for part in given):
        groups = services.manager.results.failures(job_id)
        codes = ", ".join(dict.fromkeys(group.code or "no code" for group in groups))
        reason = f"failed items have the codes: {codes}" if codes else "no item of it has failed"
        raise Conflict(f"No failed item of job {job_id} matches; {reason}.")
    return {"job_id": job_id, "retried": retried}


def _statuses(names: list[str]) -> list[JobStatus]:
    found: list[JobStatus] = []
    for name in names:
        if name in _STATUS_GROUPS:
            found += _STATUS_GROUPS[name]
        elif name in set(JobStatus):
            found.append(JobStatus(name))
        else:
            allowed = ", ".join([*_STATUS_GROUPS, *JobStatus])
            raise InvalidInput(f"There is no status {name!r}. Allowed: {allowed}.", field="status")
    return found
