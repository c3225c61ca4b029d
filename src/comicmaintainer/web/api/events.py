"""Event streams of jobs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request
from starlette.responses import StreamingResponse

from comicmaintainer.accounts.roles import Role
from comicmaintainer.web.api.shapes import RowId
from comicmaintainer.web.dependencies import ServicesOf
from comicmaintainer.web.event_stream import Stream
from comicmaintainer.web.gate import role_now
from comicmaintainer.web.route_roles import needs

router = APIRouter(tags=["events"])

_HEADERS = {"X-Accel-Buffering": "no", "Cache-Control": "no-store"}
_DOCUMENTED: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/event-stream": {}}, "description": "Server-sent events"}
}


class EventStreamResponse(StreamingResponse):
    """A response that lasts as long as the client listens."""

    media_type = "text/event-stream"


@router.get(
    "/api/events",
    response_class=EventStreamResponse,
    responses=_DOCUMENTED,
    openapi_extra=needs(Role.LOOK),
)
async def follow_all_jobs(
    request: Request,
    services: ServicesOf,
    last_event_id: Annotated[RowId | None, Header()] = None,
    since: Annotated[RowId | None, Query()] = None,
) -> StreamingResponse:
    """Stream changes of jobs, starting after `Last-Event-ID` (or `since`), or now.

    Events: `hello` or `reset` with `revision` and `counts`, then `job` with a job's state, and
    `role` when the client's role has changed. An event's id is the revision to resume from.
    """
    start = last_event_id if last_event_id is not None else since
    return _stream(_of(request, services).all_jobs(start))


@router.get(
    "/api/jobs/{job_id}/events",
    response_class=EventStreamResponse,
    responses=_DOCUMENTED,
    openapi_extra=needs(Role.LOOK),
)
def follow_job(request: Request, services: ServicesOf, job_id: str) -> StreamingResponse:
    """Stream one job's state (`job`) until it has ended (`end`)."""
    return _stream(_of(request, services).one_job(services.manager.get(job_id)))


def _of(request: Request, services: ServicesOf) -> Stream:
    async def current_role() -> Role | None:
        return await role_now(request)

    role = request.state.principal.role
    return Stream(services.manager, request.app.state.feed, current_role, role)


def _stream(events: AsyncIterator[str]) -> StreamingResponse:
    return EventStreamResponse(events, headers=_HEADERS)
