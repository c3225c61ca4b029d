"""The catalogue: files, series, covers and watched folders."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import FileResponse, Response

from comicmaintainer.errors import FileMissing, NoCover
from comicmaintainer.library.catalogue.listing import Listing
from comicmaintainer.library.catalogue.model import FileOrder, FileState
from comicmaintainer.library.plain_values import change_of, file_of
from comicmaintainer.web.api.shapes import RowId
from comicmaintainer.web.dependencies import ServicesOf
from comicmaintainer.web.images.covers import Covers
from comicmaintainer.web.openapi import refusals

router = APIRouter(prefix="/api", tags=["files"])

_COVER: dict[int | str, dict[str, Any]] = {
    200: {"content": {"image/webp": {}, "image/svg+xml": {}}, "description": "The cover"},
    304: {"description": "The client's copy is current"},
    **refusals(400, 422, 507),
}
_NO_COVER = Path(__file__).parents[1] / "static" / "no-cover.svg"


@router.get("/files", responses=refusals(404))
def list_files(
    services: ServicesOf,
    text: str = "",
    state: Annotated[list[FileState] | None, Query()] = None,
    format: Annotated[list[str] | None, Query()] = None,  # noqa: A002 - the parameter's name in the address
    series: str | None = None,
    folder: str | None = None,
    root: str | None = None,
    year_from: int | None = None,
    year_to: int | None = None,
    missing: Annotated[list[str] | None, Query()] = None,
    order: FileOrder = FileOrder.SERIES,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    after: str | None = None,
    count: bool = False,
) -> dict[str, Any]:
    """List files, a page at a time: pass `next` as `after` to get the next page.

    With `count`, the answer has the number of matching files, counted up to a cap.
    """
    parts = {
        "text": text,
        "states": state or [],
        "formats": format or [],
        "series": series,
        "folder": folder,
        "root": root,
        "year_from": year_from,
        "year_to": year_to,
        "missing": missing or [],
    }
    file_filter = services.selections.shown_filter(parts)
    page = services.listing.page(file_filter, after_key=after, limit=limit, order=order)
    answer: dict[str, Any] = {
        "files": [file_of(file) for file in page.files],
        "next": page.next_key,
    }
    if count:
        counted = services.listing.count(file_filter)
        answer["count"] = {"files": counted.files, "is_capped": counted.is_capped}
    return answer


@router.get("/files/{file_id}")
def get_file(services: ServicesOf, file_id: RowId) -> dict[str, Any]:
    """Return a file with all its tags."""
    file = services.catalogue.get(file_id)
    return file_of(file) | {"tags": dict(file.tags)}


@router.get("/files/{file_id}/history")
def file_history(services: ServicesOf, file_id: RowId) -> dict[str, Any]:
    """Return the changes of a file, newest first, followed back through its renames."""
    changes = services.journal.history(services.catalogue.get(file_id).path)
    return {"changes": [change_of(change) for change in changes]}


@router.get("/files/{file_id}/cover", response_class=FileResponse, responses=_COVER)
async def cover(request: Request, services: ServicesOf, file_id: RowId) -> Response:
    """Return a thumbnail of the cover, which is made at the first request.

    If none can be made, an image element gets a placeholder, and a program the reason.
    """
    covers: Covers = request.app.state.covers
    file = await run_in_threadpool(services.catalogue.get, file_id)
    target = covers.path_of(file)
    try:
        if not await run_in_threadpool(covers.is_kept, target):
            comic = await run_in_threadpool(services.roots.resolve, file.path)
            await covers.make(comic, target)
    except (NoCover, FileMissing):
        if not request.headers.get("accept", "").startswith("image/"):
            raise
        return FileResponse(_NO_COVER, media_type="image/svg+xml")
    headers = {"Cache-Control": "private, max-age=3600", "ETag": f'"{target.stem}"'}
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    return FileResponse(target, media_type="image/webp", headers=headers)


@router.get("/series")
def list_series(
    services: ServicesOf,
    text: str = "",
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    after: str | None = None,
) -> dict[str, Any]:
    """List series by name, a page at a time."""
    entries, next_key = services.listing.series(text=text, after_key=after, limit=limit)
    return {"series": entries, "next": next_key}


@router.get("/roots")
def list_roots(services: ServicesOf) -> dict[str, Any]:
    """List the watched folders with their files by state and format."""
    return {"roots": [_root_of(services.listing, root) for root in services.roots.paths]}


def _root_of(listing: Listing, root: Path) -> dict[str, Any]:
    totals = listing.totals(str(root))
    states: dict[str, int] = {}
    formats: dict[str, int] = {}
    for (state, kind), files in totals.items():
        states[state] = states.get(state, 0) + files
        formats[kind] = formats.get(kind, 0) + files
    return {
        "path": str(root),
        "files": sum(totals.values()),
        "states": states,
        "formats": formats,
    }
