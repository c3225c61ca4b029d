"""Refuses addresses with a NUL character (%00): no name has one, and no database stores one."""

from __future__ import annotations

from urllib.parse import parse_qsl

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Receive, Scope, Send

from comicmaintainer.errors import InvalidInput


class WholeAddresses:
    """Answers a request for an address with NUL before any route sees it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request.

        Raises:
            HTTPException: 404, because there is nothing at such a path.
            InvalidInput: a parameter has a NUL; its `field` names the parameter.
        """
        if scope["type"] == "http":
            if "\0" in scope["path"]:
                raise HTTPException(404)
            if b"%00" in scope["query_string"]:
                _refuse(scope["query_string"])
        await self._app(scope, receive, send)


def _refuse(query: bytes) -> None:
    for name, value in parse_qsl(query.decode("latin-1"), keep_blank_values=True):
        if "\0" in name + value:
            field = name.replace("\0", "")
            raise InvalidInput(
                f"{field}: it contains a NUL character (%00), which no name has. Leave it out.",
                field=field,
            )
