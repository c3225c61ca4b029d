"""The size limit of requests, in bytes."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from comicmaintainer.web.addresses import route_path

LARGEST_BODY_BYTES = 16 << 20
"""Enough for a selection of some 100,000 paths; larger selections use a filter."""


class BodyLimit:
    """Refuses a body as soon as it is known to be too large, before or while it arrives.

    `others` maps paths to their own limits.
    """

    def __init__(self, app: ASGIApp, others: Mapping[str, int] | None = None) -> None:
        self._app = app
        self._others = dict(others or {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request.

        Raises:
            HTTPException: 413.
        """
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = self._others.get(route_path(scope), LARGEST_BODY_BYTES)
        announced = next((v for n, v in scope["headers"] if n == b"content-length"), b"0")
        if not announced.isdigit() or int(announced) > limit:
            raise too_large(limit)
        received = 0

        async def counting_receive() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > limit:
                raise too_large(limit)
            return message

        await self._app(scope, counting_receive, send)


def too_large(limit: int) -> HTTPException:
    """Return the error for a body above the limit."""
    return HTTPException(413, f"A request may be at most {limit >> 20} MiB.")
