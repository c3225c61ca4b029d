"""Reading lists, and the issues missing from the library's series."""

from __future__ import annotations

import dataclasses
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from pydantic import Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response

from comicmaintainer.accounts.roles import Role
from comicmaintainer.errors import InvalidInput
from comicmaintainer.library.reading_lists.model import ReadingList
from comicmaintainer.library.reading_lists.plain_values import entry_of, list_of, whole_list_of
from comicmaintainer.services import Services
from comicmaintainer.services.plain_sources import listed_series_of
from comicmaintainer.web.api.shapes import Body, RowId
from comicmaintainer.web.dependencies import ServicesOf
from comicmaintainer.web.openapi import refusals
from comicmaintainer.web.route_roles import needs

router = APIRouter(prefix="/api", tags=["lists"])

PageSize = Annotated[int, Query(ge=1, le=50)]
Name = Annotated[str, Field(max_length=300)]
_CBL = "application/xml"
_DOCUMENT = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}


class CblResponse(Response):
    """A reading list in the format CBL."""

    media_type = _CBL


class NewList(Body):
    """A list of the files of a `selection` (`paths`, `folders` or `filter`), or of a story arc.

    Without a `name`, the list of an arc is named after it. With `replace`, a list of the same name
    is replaced.
    """

    name: Name | None = None
    arc: Name | None = None
    selection: dict[str, Any] | None = None
    replace: bool = False


@router.get("/lists", openapi_extra=needs(Role.LOOK))
def list_lists(
    services: ServicesOf, limit: PageSize = 20, after: str | None = None
) -> dict[str, Any]:
    """List the reading lists by name; `here` of their `entries` are in the library.

    A page of long lists has fewer than `limit`: `next` says whether others follow.
    """
    lists, next_key = services.reading_lists.page(after_key=after, limit=limit)
    return {"lists": [list_of(*each) for each in lists], "next": next_key}


@router.post(
    "/lists", status_code=201, responses=refusals(404, 409), openapi_extra=needs(Role.WORK)
)
def create_list(services: ServicesOf, body: NewList) -> dict[str, Any]:
    """Make a list of files of the catalogue, or of those of a story arc in its order."""
    if (body.arc is None) == (body.selection is None):
        raise InvalidInput("A new list needs either a selection or an arc.")
    lists = services.reading_lists
    if body.selection is None:
        added = lists.add_arc(body.arc or "", name=body.name, replace=body.replace)
    else:
        paths = services.selections.files(body.selection)
        added = lists.add_files(body.name or "", paths, replace=body.replace)
    return _counted(services, added)


@router.post(
    "/lists/import",
    status_code=201,
    openapi_extra={"requestBody": {"required": True, "content": _DOCUMENT}} | needs(Role.WORK),
    responses=refusals(409),
)
async def import_list(
    request: Request,
    services: ServicesOf,
    name: Annotated[str | None, Query(max_length=300)] = None,
    file_name: Annotated[str, Query(max_length=300)] = "",
    replace: bool = False,
) -> dict[str, Any]:
    """Import a list from a CBL document, which is the body of the request.

    It gets `name`, else its own, else `file_name`. With `replace`, a list of the same name is
    replaced.
    """
    data = await request.body()

    def add() -> dict[str, Any]:
        added = services.reading_lists.add_cbl(
            data, name=name, other_name=file_name, replace=replace
        )
        return _counted(services, added)

    return await run_in_threadpool(add)


@router.get("/lists/{list_id}", openapi_extra=needs(Role.LOOK))
def get_list(
    services: ServicesOf,
    list_id: RowId,
    limit: Annotated[int, Query(ge=1, le=500)] = 200,
    after: RowId = 0,
    missing: bool = False,
) -> dict[str, Any]:
    """Return a list with a page of its entries in order; `file` is null where one is missing.

    `next` is the `after` of the next page. With `missing`, only missing entries are returned.
    """
    reading_list = services.reading_lists.get(list_id)
    placed = services.reading_lists.entries(list_id)
    here = sum(each.file is not None for each in placed)
    shown = [
        each for each in placed if each.position > after and not (missing and each.file is not None)
    ]
    page = shown[:limit]
    return list_of(reading_list, here) | {
        "items": [entry_of(each) for each in page],
        "next": page[-1].position if len(shown) > limit else None,
    }


@router.get(
    "/lists/{list_id}/export",
    response_class=CblResponse,
    responses={200: {"content": {"application/json": {}}}},
    openapi_extra=needs(Role.LOOK),
)
def export_list(
    services: ServicesOf,
    list_id: RowId,
    wanted: Annotated[Literal["cbl", "json"], Query(alias="format")] = "cbl",
) -> Response:
    """Return a list as a file: CBL with the ids that are known, or JSON with its files as well."""
    lists = services.reading_lists
    headers = {"Content-Disposition": f'attachment; filename="list-{list_id}.{wanted}"'}
    if wanted == "cbl":
        return CblResponse(lists.as_cbl(list_id), headers=headers)
    whole = whole_list_of(lists.get(list_id), lists.entries(list_id))
    return JSONResponse(whole, headers=headers)


@router.delete("/lists/{list_id}", openapi_extra=needs(Role.WORK))
def remove_list(services: ServicesOf, list_id: RowId) -> dict[str, Any]:
    """Remove a list. The files of its entries stay."""
    removed = services.reading_lists.remove(list_id)
    return {"list_id": removed.list_id, "deleted": True}


@router.get("/missing", openapi_extra=needs(Role.LOOK))
def list_missing(
    services: ServicesOf,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    after: str | None = None,
) -> dict[str, Any]:
    """List series by name with the issues missing between those in the library.

    A page may have fewer series than `limit`, even none: `next` says whether others follow.
    """
    found, next_key = services.incomplete.page(after_key=after, limit=limit)
    return {"series": [dataclasses.asdict(each) for each in found], "next": next_key}


@router.get(
    "/series/{series:path}/missing",
    responses=refusals(409, 502, 503),
    openapi_extra=needs(Role.LOOK),
)
def get_missing(services: ServicesOf, series: str, listed: bool = False) -> dict[str, Any]:
    """Return the issues missing from a series, in any spelling of its name, by volume.

    With `listed`, sources are asked for their lists: `listed` are the series that its files were
    identified as, each with the issues that no file is.
    """
    answer = dataclasses.asdict(services.incomplete.of_series(series))
    if listed:
        found = services.series_issues.of_series(series)
        answer["listed"] = [listed_series_of(each) for each in found]
    return answer


def _counted(services: Services, added: ReadingList) -> dict[str, Any]:
    return list_of(added, services.reading_lists.count_here(added.list_id))
