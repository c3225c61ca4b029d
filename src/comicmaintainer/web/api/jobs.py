"""Jobs: asking for them, reading them, steering them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import Field

from comicmaintainer.accounts.model import Principal, Via
from comicmaintainer.errors import InvalidInput, JobNotFound
from comicmaintainer.jobs.job_manager import JobManager, parse_priority, result_of, status_of
from comicmaintainer.jobs.model import ACTIVE, ENDED, Job, JobRequest, JobStatus, Trigger
from comicmaintainer.jobs.result_store import Outcomes
from comicmaintainer.library.model import FileFilter
from comicmaintainer.library.roots import LibraryRoots
from comicmaintainer.web.api.shapes import (
    Body,
    FailureGroupShape,
    JobPage,
    JobShape,
    JobWithResults,
    PriorityName,
    ResultPage,
    Submitted,
)
from comicmaintainer.web.dependencies import CurrentUser, ListingOf, ManagerOf, RootsOf

router = APIRouter(prefix="/api/jobs", tags=["jobs"])

MAX_PAGE = 1000
_STATUS_GROUPS = {"active": ACTIVE, "ended": ENDED}

PageSize = Annotated[int, Query(ge=1, le=MAX_PAGE)]
JobBody = dict[str, Any]


class Options(Body):
    """How a job is to be run."""

    params: dict[str, Any] = Field(default_factory=dict)
    preview: bool = False
    priority: PriorityName = "normal"
    title: str | None = Field(default=None, max_length=200)


class Selected(Options):
    """Named files, absolute or relative to a watched folder."""

    files: list[str] = Field(min_length=1)


class NewJob(Options):
    """A job of any kind, over named files or over the files that a filter finds when it starts."""

    kind: str
    files: list[str] | None = None
    filter: dict[str, Any] | None = None


class Retry(Body):
    """Which failed items are queued again; all of them where nothing is said."""

    code: str | None = None
    error: str | None = None


class NewPriority(Body):
    """How urgent a job is from now on."""

    priority: PriorityName


# --- asking for work -----------------------------------------------------------------------------


@router.post("/process-all", response_model=Submitted)
def process_all(
    manager: ManagerOf, roots: RootsOf, user: CurrentUser, options: Options | None = None
) -> JobBody:
    """Process every comic in the watched folders, whether catalogued already or not."""
    items = [str(path) for root in roots.paths for path in roots.walk(root)]
    return _submit(manager, user, "process", items, options or Options())


@router.post("/process-selected", response_model=Submitted)
def process_selected(
    manager: ManagerOf, roots: RootsOf, user: CurrentUser, body: Selected
) -> JobBody:
    """Process the named files. One path that is not allowed rejects the whole request."""
    return _submit(manager, user, "process", _resolved(roots, body.files), body)


@router.post("", response_model=Submitted, status_code=201)
def create(
    manager: ManagerOf, roots: RootsOf, listing: ListingOf, user: CurrentUser, body: NewJob
) -> JobBody:
    """Ask for a job of any kind."""
    if (body.files is None) == (body.filter is None):
        raise InvalidInput("Name either 'files' or a 'filter', one of the two.")
    if body.files is not None:
        items = _resolved(roots, body.files)
    else:
        items = list(listing.paths(FileFilter.from_dict(body.filter or {})))
    return _submit(manager, user, body.kind, items, body)


# --- reading -------------------------------------------------------------------------------------


@router.get("", response_model=JobPage)
def list_jobs(
    manager: ManagerOf,
    status: Annotated[list[str] | None, Query()] = None,
    kind: str | None = None,
    limit: PageSize = 100,
    after: str | None = None,
) -> JobBody:
    """List jobs, the newest first; `status` may also be `active` or `ended`."""
    jobs = manager.jobs.page(
        statuses=_statuses(status or []), kind=kind, limit=limit + 1, before=_job_key(after)
    )
    more = len(jobs) > limit
    return {
        "jobs": [status_of(job) for job in jobs[:limit]],
        "next": f"{jobs[limit - 1].created_at!r}~{jobs[limit - 1].job_id}" if more else None,
        "counts": {str(name): count for name, count in manager.jobs.count_by_status().items()},
    }


@router.get("/{job_id}", response_model=JobWithResults)
def get(
    manager: ManagerOf, job_id: str, results: Annotated[int, Query(ge=0, le=MAX_PAGE)] = 50
) -> JobBody:
    """Return a job with its newest results, as many as `results` says.

    Of a job that was cleaned up, the summary and its failed items are left.
    """
    job = manager.get(job_id)
    if job.archived:
        return status_of(job) | {"results": _archived_results(manager, job), "next_results": None}
    page = _result_page(manager, job_id, results, None, Outcomes.ALL)
    return status_of(job) | {"results": page["results"], "next_results": page["next"]}


@router.get("/{job_id}/results", response_model=ResultPage)
def results(
    manager: ManagerOf,
    job_id: str,
    limit: PageSize = 100,
    before: int | None = None,
    outcome: Outcomes = Outcomes.ALL,
) -> JobBody:
    """Return a page of a job's results, the newest first."""
    job = manager.get(job_id)
    if job.archived:
        kept = [] if outcome is Outcomes.SUCCEEDED else _archived_results(manager, job)
        return {"results": kept, "next": None}
    return _result_page(manager, job_id, limit, before, outcome)


@router.get("/{job_id}/failures", response_model=dict[str, list[FailureGroupShape]])
def failures(manager: ManagerOf, job_id: str) -> dict[str, Any]:
    """Return a job's failed items grouped by error, the most frequent first."""
    manager.get(job_id)
    return {"failures": manager.results.failures(job_id)}


# --- steering ------------------------------------------------------------------------------------


@router.delete("/{job_id}")
def delete(manager: ManagerOf, job_id: str) -> dict[str, Any]:
    """Remove a job with its results, stopping it first where it is active."""
    if not manager.delete_job(job_id):
        raise JobNotFound(f"There is no job {job_id} (any more).")
    return {"job_id": job_id, "deleted": True}


@router.post("/{job_id}/cancel", response_model=JobShape)
def cancel(manager: ManagerOf, job_id: str) -> JobBody:
    """Stop a job for good; what has not begun never will."""
    if not manager.cancel_job(job_id):
        raise JobNotFound(f"There is no job {job_id} (any more).")
    return status_of(manager.get(job_id))


@router.post("/{job_id}/pause", response_model=JobShape)
def pause(manager: ManagerOf, job_id: str) -> JobBody:
    """Begin nothing more of a job until it is resumed."""
    return status_of(manager.pause(job_id))


@router.post("/{job_id}/resume", response_model=JobShape)
def resume(manager: ManagerOf, job_id: str) -> JobBody:
    """Let a paused job go on."""
    return status_of(manager.resume(job_id))


@router.post("/{job_id}/priority", response_model=JobShape)
def set_priority(manager: ManagerOf, job_id: str, body: NewPriority) -> JobBody:
    """Change how urgent an active job is, also while it runs."""
    return status_of(manager.set_priority(job_id, parse_priority(body.priority)))


@router.post("/{job_id}/retry")
def retry(manager: ManagerOf, job_id: str, body: Retry | None = None) -> dict[str, Any]:
    """Queue failed items again: all, or those with this code and this very error text."""
    chosen = body or Retry()
    retried = manager.retry(job_id, code=chosen.code, error=chosen.error)
    return {"job_id": job_id, "retried": retried}


# --- how it is done ------------------------------------------------------------------------------


def trigger_of(user: Principal | None) -> Trigger:
    """Return who asks, as jobs record it: a person at a page, or a program."""
    return Trigger.API if user is None or user.via is Via.KEY else Trigger.WEB


def _submit(
    manager: JobManager, user: Principal | None, kind: str, items: list[str], options: Options
) -> JobBody:
    job = manager.submit(
        JobRequest(
            kind=kind,
            items=items,
            params=options.params,
            trigger=trigger_of(user),
            preview=options.preview,
            priority=parse_priority(options.priority),
            title=options.title,
            requested_by=None if user is None else user.name,
        )
    )
    return submitted(job)


def submitted(job: Job) -> JobBody:
    """Return the answer to a request for a job."""
    return {"job_id": job.job_id, "total_items": job.total_items, "status": job.status}


def _resolved(roots: LibraryRoots, files: Iterable[str]) -> list[str]:
    return [str(roots.resolve(text)) for text in files]


def _result_page(
    manager: JobManager, job_id: str, limit: int, before: int | None, outcomes: Outcomes
) -> JobBody:
    found = manager.results.page(job_id, limit=limit + 1, before=before, outcomes=outcomes)
    more = limit > 0 and len(found) > limit
    return {
        "results": [result_of(result) for result in found[:limit]],
        "next": found[limit - 1].result_id if more else None,
    }


def _archived_results(manager: JobManager, job: Job) -> list[JobBody]:
    return [
        {
            "id": failure["seq"],
            "item": failure["item"],
            "success": False,
            "error": failure["error"],
            "code": failure["code"],
            "details": None,
            "attempt": None,
            "finished_at": None,
            "duration_s": None,
        }
        for failure in manager.history.failures(job.job_id)
    ]


def _statuses(names: list[str]) -> list[JobStatus]:
    found: list[JobStatus] = []
    for name in names:
        if name in _STATUS_GROUPS:
            found += _STATUS_GROUPS[name]
        elif name in set(JobStatus):
            found.append(JobStatus(name))
        else:
            allowed = ", ".join([*_STATUS_GROUPS, *JobStatus])
            raise InvalidInput(f"There is no status {name!r}. Allowed: {allowed}.")
    return found


def _job_key(text: str | None) -> tuple[float, str] | None:
    if text is None:
        return None
    created_at, separator, job_id = text.partition("~")
    try:
        if not separator:
            raise ValueError
        return float(created_at), job_id
    except ValueError:
        raise InvalidInput("'after' is not one that this list gave out.") from None
