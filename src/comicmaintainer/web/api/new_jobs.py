"""Creating jobs: the two addresses of the first release, one for any kind, apply and undo."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, Field

from comicmaintainer.accounts import Principal, Via
from comicmaintainer.accounts.roles import Role
from comicmaintainer.errors import InvalidInput
from comicmaintainer.jobs.about import about_selection
from comicmaintainer.jobs.model import Job, JobRequest, Trigger
from comicmaintainer.jobs.plain_values import parse_priority
from comicmaintainer.operations.declared.kind import Kind
from comicmaintainer.operations.declared.kinds import KINDS, kind_named, validated_params
from comicmaintainer.services import Services
from comicmaintainer.services.job_kinds import require_previewable
from comicmaintainer.services.own_params import OwnParams, each_file, resolved_params
from comicmaintainer.services.rehearsals import Rehearsal
from comicmaintainer.services.selections import WITHOUT, parts_for
from comicmaintainer.web.api.shapes import Body, PriorityName, RowId, Submitted
from comicmaintainer.web.dependencies import CurrentUser, ServicesOf
from comicmaintainer.web.openapi import refusals
from comicmaintainer.web.route_roles import needs

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


class FileWithParams(Body):
    """A file and its own parameters, which override those of the job."""

    file: str
    params: dict[str, Any] = Field(default_factory=dict)


class NewJob(Options):
    """A job of any kind over one selection: files, folders, a filter, everything, copies, or ids.

    `each` are files with parameters of their own, for kinds that work on files. `copies` are all
    files that have a copy with the same pages. `ids` are those of changes (for `undo`) or of trash
    entries (for `restore`). With `refuse_empty`, an empty selection is an error instead of a job
    that is complete immediately.
    `without` names files that are left out of the selection, such as "all that match but these".
    """

    kind: str
    files: Paths | None = None
    each: Annotated[list[FileWithParams], Field(min_length=1)] | None = None
    folders: Paths | None = None
    filter: dict[str, Any] | None = None
    all: bool = False
    copies: bool = False
    without: list[str] = Field(default_factory=list)
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


@router.get("/kinds", openapi_extra=needs(Role.LOOK))
async def list_kinds() -> dict[str, Any]:
    """List the kinds of job with their words and parameters."""
    return {"kinds": [kind.to_form() for kind in KINDS.values()]}


@router.post("/jobs/process-all", response_model=Submitted, openapi_extra=needs(Role.WORK))
def process_all(
    services: ServicesOf, user: CurrentUser, options: Options | None = None
) -> dict[str, Any]:
    """Process every comic in the watched folders, whether it is in the catalogue or not."""
    everything = {"all": True}
    items = services.selections.files(everything)
    return _submit(services, user, "process", items, options or Options(), everything)


@router.post(
    "/jobs/process-selected",
    response_model=Submitted,
    responses=refusals(404),
    openapi_extra=needs(Role.WORK),
)
def process_selected(services: ServicesOf, user: CurrentUser, body: Selected) -> dict[str, Any]:
    """Process the given files. A single path that is not allowed rejects the whole request."""
    items = services.selections.files({"paths": body.files})
    return _submit(services, user, "process", items, body)


@router.post(
    "/jobs",
    response_model=Submitted,
    status_code=201,
    responses=refusals(404, 409),
    openapi_extra=needs(Role.WORK),
)
def create_job(services: ServicesOf, user: CurrentUser, body: NewJob) -> dict[str, Any]:
    """Create a job of any kind. A filter is evaluated now."""
    kind = kind_named(body.kind)
    if body.each is not None:
        return _submit_each(services, user, kind, body, body.each)
    if kind.rehearses:
        return _rehearse(services, user, kind, body)
    selection = _selection(kind, body)
    items = services.selections.items(kind.name, selection)
    _refuse_empty(body, items)
    return _submit(services, user, kind.name, items, body, selection)


@router.post(
    "/library/scan", response_model=Submitted, status_code=201, openapi_extra=needs(Role.WORK)
)
def scan_library(services: ServicesOf, user: CurrentUser) -> dict[str, Any]:
    """Bring the catalogue up to date with the watched folders."""
    roots = [str(root) for root in services.all_roots.everywhere()]
    return _submit(services, user, "scan", roots, Options(), {"all": True})


@router.post(
    "/jobs/{job_id}/apply",
    response_model=Submitted,
    status_code=201,
    responses=refusals(409),
    openapi_extra=needs(Role.WORK),
)
def apply_preview(services: ServicesOf, user: CurrentUser, job_id: str) -> dict[str, Any]:
    """Do exactly what a preview showed. Files that have changed since are refused one by one."""
    return accept(services, user, services.requests.apply(job_id))


@router.get(
    "/jobs/{job_id}/rehearsal",
    response_model=RehearsalShape,
    responses=refusals(409),
    openapi_extra=needs(Role.LOOK),
)
def get_rehearsal(services: ServicesOf, job_id: str) -> Rehearsal:
    """Return the state of a rehearsal: its copies, and the files that it stands for."""
    return services.rehearsals.describe(job_id)


@router.post(
    "/jobs/{job_id}/rest",
    response_model=Submitted,
    status_code=201,
    responses=refusals(409),
    openapi_extra=needs(Role.WORK),
)
def do_rest(
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
    openapi_extra=needs(Role.WORK),
)
def remove_copies(services: ServicesOf, user: CurrentUser, job_id: str) -> dict[str, Any]:
    """Move the copies that a rehearsal made, and nothing else, to the trash."""
    return accept(services, user, services.rehearsals.removal(job_id))


@router.post(
    "/jobs/{job_id}/repeat",
    response_model=Submitted,
    status_code=201,
    responses=refusals(400, 409),
    openapi_extra=needs(Role.WORK),
)
def repeat_job(services: ServicesOf, user: CurrentUser, job_id: str) -> dict[str, Any]:
    """Run a job again over the same files, as a new job."""
    name = None if user is None else user.name
    return submitted(services.manager.repeat(job_id, trigger_of(user), requested_by=name))


@router.post(
    "/jobs/{job_id}/undo",
    response_model=Submitted,
    status_code=201,
    responses=refusals(409),
    openapi_extra=needs(Role.WORK),
)
def undo_job(services: ServicesOf, user: CurrentUser, job_id: str) -> dict[str, Any]:
    """Undo every change of a job, newest first; also of a job that has been cleaned up."""
    return accept(services, user, services.requests.undo_job(job_id))


@router.post(
    "/changes/undo",
    response_model=Submitted,
    status_code=201,
    responses=refusals(404, 409),
    openapi_extra=needs(Role.WORK),
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


def _given(body: NewJob) -> dict[str, Any]:
    """Return the parts of the selection that were given."""
    named: dict[str, Any] = {
        "files": body.files,
        "each": body.each,
        "folders": body.folders,
        "filter": body.filter,
        "all": body.all or None,
        "copies": body.copies or None,
        "ids": body.ids,
    }
    return {name: value for name, value in named.items() if value is not None}


def _selection(kind: Kind, body: NewJob) -> dict[str, Any]:
    given = _given(body)
    names = {"files" if part == "paths" else part: part for part in parts_for(kind.items)}
    if len(given) != 1 or not given.keys() <= names.keys():
        got = ", ".join(given) or "none"
        raise InvalidInput(f"{kind.name!r} takes one of {', '.join(names)}; given: {got}.")
    selection = {names[name]: value for name, value in given.items()}
    return selection | {WITHOUT: body.without} if body.without else selection


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


def _submit_each(
    services: Services,
    user: Principal | None,
    kind: Kind,
    body: NewJob,
    each: Sequence[FileWithParams],
) -> dict[str, Any]:
    require_previewable(kind.name, body.preview)
    others = [name for name in _given(body) if name != "each"]
    others += [WITHOUT] if body.without else []
    if others:
        raise InvalidInput(f"'each' names the files; leave out {', '.join(others)}.", field="each")
    named = [OwnParams(one.file, one.params) for one in each]
    chosen = each_file(services.all_roots, kind, body.params, named)
    request = JobRequest(
        kind=kind.name,
        items=chosen.items,
        params=chosen.params,
        preview=body.preview,
        priority=parse_priority(body.priority),
        title=body.title,
        item_params=chosen.item_params,
    )
    return accept(services, user, request)


def _submit(
    services: Services,
    user: Principal | None,
    kind: str,
    items: list[str],
    options: Options,
    selection: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    require_previewable(kind, options.preview)
    params = validated_params(kind, options.params)
    request = JobRequest(
        kind=kind,
        items=items,
        params=resolved_params(services.all_roots, kind_named(kind), params),
        preview=options.preview,
        priority=parse_priority(options.priority),
        title=options.title,
        about=about_selection(selection or {}) or None,
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
