"""The trash, and copies of comics."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import Field

from comicmaintainer.jobs.model import JobRequest
from comicmaintainer.web.api.files import file_of
from comicmaintainer.web.api.new_jobs import accept
from comicmaintainer.web.api.shapes import Body, RowId, Submitted
from comicmaintainer.web.dependencies import CurrentUser, ServicesOf

router = APIRouter(prefix="/api", tags=["trash and duplicates"])

TrashId = Annotated[str, Field(max_length=100)]


class Restored(Body):
    """What is to come back from the trash."""

    ids: Annotated[list[TrashId], Field(min_length=1)]


class Emptied(Body):
    """How many files whoever asks was shown: only exactly these are deleted."""

    files: RowId


@router.get("/trash")
def list_trash(
    services: ServicesOf,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    offset: RowId = 0,
) -> dict[str, Any]:
    """List what lies in the trash, the last deleted first."""
    entries = services.trash.entries()
    return {
        "entries": entries[offset : offset + limit],
        "files": len(entries),
        "size_bytes": sum(entry.size_bytes for entry in entries),
    }


@router.post("/trash/restore", response_model=Submitted, status_code=201)
def restore(services: ServicesOf, user: CurrentUser, body: Restored) -> dict[str, Any]:
    """Bring files back to where they were; nothing there is overwritten."""
    for trash_id in body.ids:
        services.trash.get(trash_id)
    return accept(services, user, JobRequest(kind="restore", items=body.ids))


@router.post("/trash/empty")
def empty(services: ServicesOf, body: Emptied) -> dict[str, int]:
    """Delete everything in the trash for good. This can't be undone."""
    return {"deleted": services.trash.empty(expected=body.files)}


@router.get("/duplicates")
def list_duplicates(
    services: ServicesOf,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    after: str | None = None,
    count: bool = False,
) -> dict[str, Any]:
    """List groups of files with the same pages, the copy to keep first, and why it.

    `next` is the `after` of the page that follows; with `count`, `total` says how many there are.
    """
    groups, next_key = services.duplicates.groups(after_key=after, limit=limit)
    answer: dict[str, Any] = {
        "groups": [
            {
                "fingerprint": group.fingerprint,
                "reason": group.reason,
                "files": [file_of(file) for file in group.files],
            }
            for group in groups
        ],
        "next": next_key,
    }
    if count:
        found, extra = services.duplicates.count()
        answer["total"] = {"groups": found, "extra_files": extra}
    return answer


@router.get("/files/{file_id}/near")
def near_copies(services: ServicesOf, file_id: RowId) -> dict[str, Any]:
    """List files whose cover looks like this one's, the nearest first."""
    near = services.duplicates.near(services.catalogue.get(file_id).path)
    return {"copies": [file_of(copy.file) | {"distance": copy.distance} for copy in near]}
