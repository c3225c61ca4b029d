"""Pages to read without JavaScript: the library, one comic, the jobs.

The server writes them whole, from the same parts as the API. They change nothing; the other pages
lead here where scripts do not run.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from comicmaintainer.accounts.roles import Role
from comicmaintainer.comics.metadata.field_texts import texts_of
from comicmaintainer.comics.metadata.fields import FIELDS
from comicmaintainer.database import page_keys, paging
from comicmaintainer.errors import FileMissing
from comicmaintainer.library.catalogue.file_filter import FileFilter
from comicmaintainer.operations.declared.kinds import KINDS
from comicmaintainer.web import page_list
from comicmaintainer.web.api.shapes import RowId
from comicmaintainer.web.dependencies import ServicesOf
from comicmaintainer.web.pages import page_response
from comicmaintainer.web.route_roles import needs

router = APIRouter(prefix="/plain", default_response_class=HTMLResponse)
_LIMIT = 100


@router.get("", openapi_extra=needs(Role.LOOK))
def library(
    request: Request,
    services: ServicesOf,
    text: Annotated[str, Query(max_length=200)] = "",
    after: str | None = None,
) -> Response:
    """The comics in the order of their series, or those that match a search."""
    page = services.listing.page(FileFilter(text=text.strip()), after_key=after, limit=_LIMIT)
    following = None
    if page.next_key is not None:
        kept = {"text": text} if text else {}
        following = urlencode({**kept, "after": page.next_key})
    return page_response(
        request, page_list.PLAIN_LIBRARY, files=page.files, following=following, text=text
    )


@router.get("/files/{file_id}", openapi_extra=needs(Role.LOOK))
def comic(request: Request, services: ServicesOf, file_id: RowId) -> Response:
    """One comic: its cover and its tags."""
    try:
        file = services.catalogue.get(file_id)
    except FileMissing:
        return page_response(request, page_list.COMIC_GONE, status=404)
    texts = texts_of(file.tags)
    shown = [(field.label, texts[field.name]) for field in FIELDS if texts.get(field.name)]
    return page_response(request, page_list.PLAIN_COMIC, file=file, tags=shown)


@router.get("/jobs", openapi_extra=needs(Role.LOOK))
def jobs(request: Request, services: ServicesOf, after: str | None = None) -> Response:
    """The jobs, the newest first."""
    found, following = paging.cut(
        services.manager.jobs.page(before=page_keys.time_and_name_of(after), limit=_LIMIT + 1),
        _LIMIT,
        lambda job: page_keys.timed(job.created_at, job.job_id),
    )
    zone = ZoneInfo(services.settings.time_zone)
    rows = [
        (job, KINDS[job.kind].title if job.kind in KINDS else job.kind,
         datetime.fromtimestamp(job.created_at, zone).strftime("%Y-%m-%d %H:%M"))
        for job in found
    ]  # fmt: skip
    kept = None if following is None else urlencode({"after": following})
    return page_response(request, page_list.PLAIN_JOBS, rows=rows, following=kept)
