"""The pages of a comic: their list and their images."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import FileResponse, Response, StreamingResponse

from comicmaintainer.accounts.roles import Role
from comicmaintainer.comics.images.image_headers import ImageFormat
from comicmaintainer.filesystem.identity import FileIdentity
from comicmaintainer.services import Services
from comicmaintainer.web.api.shapes import RowId
from comicmaintainer.web.dependencies import ServicesOf
from comicmaintainer.web.images.page_images import KeptPage, LookedAt, PageImages, Width
from comicmaintainer.web.openapi import refusals
from comicmaintainer.web.route_roles import needs

router = APIRouter(prefix="/api", tags=["files"])

PageNumber = Annotated[int, Path(ge=0, lt=1 << 31)]
Version = Annotated[str | None, Query(max_length=80)]
_FOR_GOOD = "private, max-age=86400, immutable"
_ASK_AGAIN = "private, no-cache"
_PAGE: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {media_type: {} for media_type in sorted({f.media_type for f in ImageFormat})},
        "description": "The image",
    },
    304: {"description": "The client's copy is current"},
    **refusals(409, 422, 507),
}


@router.get(
    "/files/{file_id}/pages", responses=refusals(400, 409, 422, 507), openapi_extra=needs(Role.LOOK)
)
async def list_pages(request: Request, services: ServicesOf, file_id: RowId) -> dict[str, Any]:
    """List the pages of a comic in reading order, numbered from 0, with their tags.

    Sizes in bytes and pixels are null if the format does not record them; `problem` says why a page
    can't be shown, if that is known. `version` changes whenever the file does.
    """
    comic = await run_in_threadpool(_look_at, services, file_id)
    images: PageImages = request.app.state.page_images
    listing = await images.listing(comic)
    return {"file_id": file_id, "version": comic.version, **listing}


@router.get(
    "/files/{file_id}/pages/{number}",
    response_class=FileResponse,
    responses=refusals(409, 422, 507),
    openapi_extra=needs(Role.LOOK),
)
async def get_page_image(
    request: Request,
    services: ServicesOf,
    file_id: RowId,
    number: PageNumber,
    width: Width | None = None,
    version: Version = None,
) -> Response:
    """Return the image of a page as stored in the comic, or with `width` a WebP thumbnail of it.

    A page of a PDF is rendered if it is more than one image. With the `version` of the list, the
    browser may cache the answer, and the request is refused once the file has changed.
    """
    comic = await run_in_threadpool(_look_at, services, file_id)
    comic.require_version(version)
    tag = f'"{file_id}-{comic.version}-{number}-{width or "whole"}"'
    headers = {"Cache-Control": _ASK_AGAIN if version is None else _FOR_GOOD, "ETag": tag}
    if tag in _tags(request):
        return Response(status_code=304, headers=headers)
    images: PageImages = request.app.state.page_images
    if width is not None:
        target = await images.thumbnail(comic, number, width, request.is_disconnected)
        return FileResponse(target, media_type=ImageFormat.WEBP.media_type, headers=headers)
    found = await images.page(comic, number)
    media_type = found.format.media_type
    # Our own name: names from inside an archive must not get into a header.
    shown = f"page-{number:04}{found.format.suffix}"
    headers["Content-Disposition"] = f'inline; filename="{shown}"'
    if isinstance(found, KeptPage):
        return FileResponse(found.path, media_type=media_type, headers=headers)
    if found.content is not None:
        return Response(found.content, media_type=media_type, headers=headers)
    headers["Content-Length"] = str(found.size_bytes)
    return StreamingResponse(images.chunks(comic, number), media_type=media_type, headers=headers)


def _look_at(services: Services, file_id: int) -> LookedAt:
    path = services.roots.resolve(services.catalogue.get(file_id).path)
    return LookedAt(file_id, path, FileIdentity.of(path))


def _tags(request: Request) -> list[str]:
    """Return the ETags that the client has."""
    header = request.headers.get("if-none-match", "")
    return [tag.strip().removeprefix("W/") for tag in header.split(",")]
