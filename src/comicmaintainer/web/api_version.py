"""The addresses of the API with their version: `/api/v1/jobs` is `/api/jobs`, and always will be.

The version is taken out of the address before anything else looks at it, so that roles, limits and
routes are the same at both.
"""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send

from comicmaintainer.web.addresses import route_path

VERSIONED = "/api/v1/"
_PLAIN = "/api/"


class ApiVersion:
    """Serves addresses with a version as those without."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "http":
            path = route_path(scope)
            if path.startswith(VERSIONED):
                root = scope.get("root_path", "")
                scope = {**scope, "path": root + _PLAIN + path.removeprefix(VERSIONED)}
        await self._app(scope, receive, send)
