"""Creating jobs: the two addresses of the first release, one for any kind, apply and undo."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, Field

from comicmaintainer.accounts import Principal, Via
from comicmaintainer.errors import InvalidInput
from comicmaintainer.jobs.model import Job, JobRequest, Trigger
from comicmaintainer.jobs.plain_values import parse_priority
from comicmaintainer.operations.declared.kind import Kind
from comicmaintainer.operations.declared.kinds import KINDS, kind_named, validated_params
from comicmaintainer.services import Services
from comicmaintainer.services.job_kinds import require_previewable
from comicmaintainer.services.rehearsals import Rehearsal
from comicmaintainer.services.selections import parts_for
from comicmaintainer.web.api.shapes import Body, PriorityName, RowId, Submitted
from comicmaintainer.web.dependencies import CurrentUser, ServicesOf
from comicmaintainer.web.openapi import refusals

router = APIRouter(prefix="/api", tags=["jobs"])

Paths = Annotated[list[str], Field(min_length=1)]


class Options(Body):
    """The options of a job."""

    params: dict[str, Any] = Field(default_factory=dict)
    preview: bool = False
    priority: PriorityName = "normal"
    title: str | None = Field(default=None, max_length=200)


class Selected(Options):
    """Named files, absolute or relative to a watched folder."""

    files: Paths


class NewJob(Options):
    """A job of any kind over one selection: files, folders, a filter, everything, or ids.

    `ids` are those of changes (for `undo`) or of trash entries (for `restore`). With
    `refuse_empty`, an empty selection is an error instead of a job that is complete immediately.
    """

    kind: str
    files: Paths | None = None
    folders: Paths | None = None
    filter: dict[str, Any] | None = None
    all: bool = False
    refuse_empty: bool = False
    ids: Annotated[list[str | RowId], Field(min_length=1)] | None = None


class Changes(Body):
    """Changes to undo, in this order."""

    changes: Annotated[list[RowId], Field(min_length=1)]


class Rest(Body):
    """Whether the job for the rest of a rehearsal is only a preview."""

    preview: bool = False


class RehearsalShape(BaseModel):
    """The state of a rehearsal, for its next steps.

    `files` is the number of files that it stands for (more if `is_capped`), `copies` the number of
    copies still in `folder`; `ended` says why the rest can't be run, if so.
    """

    kind: str
    folder: str
    copies: int
    files: int | None
    is_capped: bool
    ended: str | None


@router.get("/kinds")
async def kinds() -> dict[str, Any]:
    """List the kinds of job with their words and parameters."""
    return {"kinds": [kind.to_form() for kind in KINDS.values()]}


@router.post("/jobs/process-all", response_model=Submitted)
def process_all(
    services: ServicesOf, user: CurrentUser, options: Options | None = None
) -> dict[str, Any]:
    """Process every comic in the watched folders, whether it is in the catalogue or not."""
    items = services.selections.files({"all": True})
    return _submit(services, user, "process", items, options or Options())


@router.post("/jobs/process-selected", response_model=Submitted, responses=refusals(404))
def process_selected(services: ServicesOf, user: CurrentUser, body: Selected) -> dict[str, Any]:
    """Process the given files. A single path that is not allowed rejects the whole request."""
    items = services.selections.files({"paths": body.files})
    return _submit(services, user, "process", items, body)


@router.post("/jobs", response_model=Submitted, status_code=201, responses=refusals(404, 409))
def create(services: ServicesOf, user: CurrentUser, body: NewJob) -> dict[str, Any]:
    """Create a job of any kind. A filter is evaluated now."""
    kind = kind_named(body.kind)
    if kind.rehearses:
        return _rehearse(services, user, kind, body)
    items = services.selections.items(kind.name, _selection(kind, body))
    _refuse_empty(body, items)
    return _submit(services, user, kind.name, items, body)


@router.post("/library/scan", response_model=Submitted, status_code=201)
def scan(services: ServicesOf, user: CurrentUser) -> dict[str, Any]:
    """Bring the catalogue up to date with the watched folders."""
    roots = [str(root) for root in services.roots.paths]
    return _submit(services, user, "scan", roots, Options())


@router.post(
    "/jobs/{job_id}/apply", response_model=Submitted, status_code=201, responses=refusals(409)
)
def apply(services: ServicesOf, user: CurrentUser, job_id: str) -> dict[str, Any]:
    """Do exactly what a preview showed. Files that have changed since are refused one by one."""
    return accept(services, user, services.requests.apply(job_id))


@router.get("/jobs/{job_id}/rehearsal", response_model=RehearsalShape, responses=refusals(409))
def rehearsal(services: ServicesOf, job_id: str) -> Rehearsal:
    """Return the state of a rehearsal: its copies, and the files that it stands for."""
    return services.rehearsals.describe(job_id)


@router.post(
    "/jobs/{job_id}/rest", response_model=Submitted, status_code=201, responses=refusals(409)
)
def rest(
    services: ServicesOf, user: CurrentUser, job_id: str, body: Rest | None = None
) -> dict[str, Any]:
    """Run on all files what a rehearsal tried on a few copies, including the rehearsed files."""
    preview = body is not None and body.preview
    return accept(services, user, services.rehearsals.rest(job_id, preview=preview))


@router.post(
    "/jobs/{job_id}/remove-copies",
    response_model=Submitted,
    status_code=201,
    responses=refusals(409),
)
def remove_copies(services: ServicesOf, user: CurrentUser, job_id: str) -> dict[str, Any]:
    """Move the copies that a rehearsal made, and nothing else, to the trash."""
    return accept(services, user, services.rehearsals.removal(job_id))


@router.post(
    "/jobs/{job_id}/repeat", response_model=Submitted, status_code=201, responses=refusals(400, 409)
)
def repeat(services: ServicesOf, user: CurrentUser, job_id: str) -> dict[str, Any]:
    """Run a job again over the same files, as a new job."""
    name = None if user is None else user.name
    return submitted(services.manager.repeat(job_id, trigger_of(user), requested_by=name))


@router.post(
    "/jobs/{job_id}/undo", response_model=Submitted, status_code=201, responses=refusals(409)
)
def undo(services: ServicesOf, user: CurrentUser, job_id: str) -> dict[str, Any]:
    """Undo every change of a job, newest first; also of a job that has been cleaned up."""
    return accept(services, user, services.requests.undo_job(job_id))


@router.post(
    "/changes/undo", response_model=Submitted, status_code=201, responses=refusals(404, 409)
)
def undo_changes(services: ServicesOf, user: CurrentUser, body: Changes) -> dict[str, Any]:
    """Undo single changes."""
    for change_id in body.changes:
        services.journal.get(change_id)
    request = services.requests.undo_changes([str(number) for number in body.changes])
    return accept(services, user, request)


def trigger_of(user: Principal | None) -> Trigger:
    """Return the trigger that a job records: a person at a web page, or a program."""
    return Trigger.API if user is None or user.via is Via.KEY else Trigger.WEB


def submitted(job: Job) -> dict[str, Any]:
    """Return the answer for a created job."""
    return {"job_id": job.job_id, "total_items": job.total_items, "status": job.status}


def _selection(kind: Kind, body: NewJob) -> dict[str, Any]:
    named: dict[str, Any] = {
        "files": body.files,
        "folders": body.folders,
        "filter": body.filter,
        "all": body.all or None,
        "ids": body.ids,
    }
    chosen = [name for name, value in named.items() if value is not None]
    names = {"files" if part == "paths" else part: part for part in parts_for(kind.items)}
    if len(chosen) != 1 or chosen[0] not in names:
        got = ", ".join(chosen) or "none"
        raise InvalidInput(f"{kind.name!r} takes one of {', '.join(names)}; given: {got}.")
    return {names[chosen[0]]: named[chosen[0]]}


def _refuse_empty(body: NewJob, items: Sequence[str]) -> None:
    if body.refuse_empty and not items:
        raise InvalidInput("No file matches. Nothing was queued.")


def _rehearse(
    services: Services, user: Principal | None, kind: Kind, body: NewJob
) -> dict[str, Any]:
    require_previewable(kind.name, body.preview)
    request = services.rehearsals.request(_selection(kind, body), body.params)
    _refuse_empty(body, request.items)
    priority = parse_priority(body.priority)
    return accept(services, user, replace(request, priority=priority, title=body.title))


def _submit(
    services: Services, user: Principal | None, kind: str, items: list[str], options: Options
) -> dict[str, Any]:
    require_previewable(kind, options.preview)
    params = validated_params(kind, options.params)
    for parameter in kind_named(kind).parameters:
        if parameter.names_comic and parameter.name in params:
            params[parameter.name] = str(services.roots.resolve(params[parameter.name]))
    request = JobRequest(
        kind=kind,
        items=items,
        params=params,
        preview=options.preview,
        priority=parse_priority(options.priority),
        title=options.title,
    )
    return accept(services, user, request)


def accept(services: Services, user: Principal | None, request: JobRequest) -> dict[str, Any]:
    """Store the job in the name of the current user, and return the answer."""
    attributed = replace(
        request,
        trigger=trigger_of(user),
        requested_by=None if user is None else user.name,
    )
    return submitted(services.manager.submit(attributed))
