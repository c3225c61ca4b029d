"""The trash: list, restore, empty."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import Field

from comicmaintainer.accounts.roles import Role
from comicmaintainer.audit import Action
from comicmaintainer.jobs.model import JobRequest
from comicmaintainer.library.trash import digest_of
from comicmaintainer.web.api.new_jobs import accept
from comicmaintainer.web.api.shapes import Body, RowId, Submitted
from comicmaintainer.web.dependencies import CurrentUser, ServicesOf
from comicmaintainer.web.openapi import refusals
from comicmaintainer.web.route_roles import needs

router = APIRouter(prefix="/api", tags=["trash"])

TrashId = Annotated[str, Field(max_length=100)]


class TrashEntries(Body):
    """The trash entries to restore."""

    ids: Annotated[list[TrashId], Field(min_length=1)]


class Emptied(Body):
    """The `digest` of the list that the client saw: exactly these files are deleted."""

    digest: Annotated[str, Field(max_length=100)]


@router.get("/trash", openapi_extra=needs(Role.LOOK))
def list_trash(
    services: ServicesOf,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    offset: RowId = 0,
) -> dict[str, Any]:
    """List the trash, last deleted first.

    `files`, `size_bytes` and `digest` are of the whole list.
    """
    entries = services.trash.entries()
    return {
        "entries": entries[offset : offset + limit],
        "files": len(entries),
        "size_bytes": sum(entry.size_bytes for entry in entries),
        "digest": digest_of(entries),
    }


@router.post(
    "/trash/restore",
    response_model=Submitted,
    status_code=201,
    responses=refusals(404),
    openapi_extra=needs(Role.WORK),
)
def restore_from_trash(
    services: ServicesOf, user: CurrentUser, body: TrashEntries
) -> dict[str, Any]:
    """Move files back to where they were. Nothing is overwritten."""
    for trash_id in body.ids:
        services.trash.get(trash_id)
    return accept(services, user, JobRequest(kind="restore", items=body.ids))


@router.post("/trash/empty", responses=refusals(409), openapi_extra=needs(Role.ADMINISTER))
def empty_trash(services: ServicesOf, body: Emptied) -> dict[str, int]:
    """Delete everything in the trash for good, if it is still as listed. This can't be undone."""
    deleted = services.trash.empty(shown=body.digest)
    services.audit.note(Action.TRASH_EMPTIED, details={"files": deleted})
    return {"deleted": deleted}
