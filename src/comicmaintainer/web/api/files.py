"""The catalogue: files, series, covers and watched folders."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import FileResponse, Response

from comicmaintainer.accounts.roles import Role
from comicmaintainer.comics.metadata.field_texts import texts_of
from comicmaintainer.comics.rules.name_texts import name_texts
from comicmaintainer.errors import FileMissing, NoCover, OutsideLibrary
from comicmaintainer.library.catalogue.listing import Listing
from comicmaintainer.library.catalogue.model import CatalogueFile, FileOrder, SeriesOrder
from comicmaintainer.library.plain_values import change_of, file_of
from comicmaintainer.media_servers.plain_values import shown_book_of
from comicmaintainer.services import Services
from comicmaintainer.web.api.asked_filters import AskedFilter
from comicmaintainer.web.api.shapes import Body, RowId
from comicmaintainer.web.dependencies import ServicesOf
from comicmaintainer.web.images.covers import Covers
from comicmaintainer.web.openapi import refusals
from comicmaintainer.web.route_roles import needs
from comicmaintainer.web.shown_texts import TranslatedJSON

router = APIRouter(prefix="/api", tags=["files"])

_COVER: dict[int | str, dict[str, Any]] = {
    200: {"content": {"image/webp": {}, "image/svg+xml": {}}, "description": "The cover"},
    304: {"description": "The client's copy is current"},
    **refusals(400, 422, 507),
}
_NO_COVER = Path(__file__).parents[1] / "static" / "no-cover.svg"


class WantedFilter(Body):
    """A filter, with the parts that it has in a selection."""

    filter: dict[str, Any]


@router.get(
    "/files",
    response_model=dict[str, Any],
    responses=refusals(404),
    openapi_extra=needs(Role.LOOK),
)
def list_files(
    services: ServicesOf,
    file_filter: AskedFilter,
    order: FileOrder = FileOrder.SERIES,
    reverse: bool = False,
    starting_with: Annotated[str | None, Query(max_length=10)] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    after: str | None = None,
    before: str | None = None,
    count: bool = False,
) -> Response:
    """List files, a page at a time: pass `next` as `after`, or `previous` as `before`.

    With `count`, the answer has the number of matching files, counted up to a cap. `starting_with`
    is a letter with which the list begins, in the order by series.
    """
    page = services.listing.page(
        file_filter,
        after_key=after,
        before_key=before,
        starting_with=starting_with,
        limit=limit,
        order=order,
        is_reversed=reverse,
    )
    answer: dict[str, Any] = {
        "files": [file_of(file) for file in page.files],
        "next": page.next_key,
        "previous": page.previous_key,
    }
    if count:
        counted = services.listing.count(file_filter)
        answer["count"] = {"files": counted.files, "is_capped": counted.is_capped}
    return TranslatedJSON(answer)  # a page of 1000 files would keep the event loop waiting


@router.post("/files/count", responses=refusals(404), openapi_extra=needs(Role.LOOK))
def count_files(services: ServicesOf, body: WantedFilter) -> dict[str, Any]:
    """Count the files of a filter, up to a cap. Nothing is changed.

    For filters that are too long for an address, such as those with the names of many series.
    """
    counted = services.listing.count(services.selections.shown_filter(body.filter))
    return {"files": counted.files, "is_capped": counted.is_capped}


@router.get("/files/{file_id}", openapi_extra=needs(Role.LOOK))
def get_file(services: ServicesOf, file_id: RowId) -> dict[str, Any]:
    """Return a file with all its tags.

    `texts` are the tags as people type them, `named` is what the file's name says. `locked` are
    fields that were edited since the file was identified: identifying and refreshing leave them as
    they are. `protected_by` is the folder because of which the file is never written, or null.
    `servers` are those that show the file to readers: the page of the book there, as `link`, and
    how far it was read: `status` is "unread", "started" or "read".
    """
    file = services.catalogue.get(file_id)
    identified = services.identified.get(file_id)
    locked = () if identified is None else sorted(identified.changed_since(file.tags))
    return file_of(file) | {
        "tags": dict(file.tags),
        "texts": texts_of(file.tags),
        "named": name_texts(file.name),
        "locked": list(locked),
        "protected_by": services.protected.protecting(Path(file.path)),
        "servers": [shown_book_of(each) for each in services.media_servers.books.at(file.path)],
    }


@router.get("/files/{file_id}/history", openapi_extra=needs(Role.LOOK))
def file_history(services: ServicesOf, file_id: RowId) -> dict[str, Any]:
    """Return the changes of a file, newest first, followed back through its renames."""
    changes = services.journal.history(services.catalogue.get(file_id).path)
    return {"changes": [change_of(change) for change in changes]}


@router.get(
    "/files/{file_id}/cover",
    response_class=FileResponse,
    responses=_COVER,
    openapi_extra=needs(Role.LOOK),
)
async def get_cover(request: Request, services: ServicesOf, file_id: RowId) -> Response:
    """Return a thumbnail of the cover, which is made at the first request.

    If none can be made, an image element gets a placeholder, and a program the reason. So it is on
    one of several hosts that does not have the comic's folder.
    """
    covers: Covers = request.app.state.covers
    file, content = await run_in_threadpool(_file_and_cover, services, covers, file_id)
    try:
        if isinstance(content, NoCover):
            raise content
        if content is None:
            comic = await run_in_threadpool(services.roots.resolve, file.path)
            content = await covers.make(comic, file, request.is_disconnected)
    except (NoCover, FileMissing, OutsideLibrary) as error:
        # Of several hosts, another one may have the folder.
        is_lack = services.database.is_shared or not isinstance(error, OutsideLibrary)
        if not (is_lack and request.headers.get("accept", "").startswith("image/")):
            raise
        return FileResponse(_NO_COVER, media_type="image/svg+xml")
    headers = {"Cache-Control": "private, max-age=3600", "ETag": f'"{covers.path_of(file).stem}"'}
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    return Response(content, media_type="image/webp", headers=headers)


def _file_and_cover(
    services: Services, covers: Covers, file_id: int
) -> tuple[CatalogueFile, bytes | NoCover | None]:
    """Return a file and its cover, or why it has none, all in one step of a thread."""
    file = services.catalogue.get(file_id)
    try:
        return file, covers.kept(file)
    except NoCover as error:
        return file, error


@router.get("/series", responses=refusals(404), openapi_extra=needs(Role.LOOK))
def list_series(
    services: ServicesOf,
    file_filter: AskedFilter,
    order: SeriesOrder = SeriesOrder.NAME,
    reverse: bool = False,
    starting_with: Annotated[str | None, Query(max_length=10)] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    after: str | None = None,
) -> dict[str, Any]:
    """List series with a file of the filter, a page at a time; `text` is part of their name.

    A page may have fewer than `limit`, even none, although others follow. `gaps` is how many
    numbers a series misses between those that it has.
    """
    entries, next_key = services.series_listing.page(
        file_filter,
        after_key=after,
        starting_with=starting_with,
        limit=limit,
        order=order,
        is_reversed=reverse,
    )
    return {"series": entries, "next": next_key}


@router.get("/roots", openapi_extra=needs(Role.LOOK))
def list_roots(services: ServicesOf) -> dict[str, Any]:
    """List the watched folders with their files by state and format."""
    return {"roots": [_root_of(services.listing, root) for root in services.all_roots.everywhere()]}


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
