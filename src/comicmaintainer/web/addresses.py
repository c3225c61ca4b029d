"""Addresses as routes see them, whatever proxy is in front."""

from __future__ import annotations

from urllib.parse import urlsplit, urlunsplit

from starlette._utils import get_route_path
from starlette.types import ASGIApp, Receive, Scope, Send


class BasePath:
    """Serves below `base_path`, whether the proxy in front passes that prefix on or strips it."""

    def __init__(self, app: ASGIApp, base_path: str) -> None:
        self._app = app
        self._base_path = base_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, with the paths that ASGI asks for."""
        if scope["type"] == "http" and self._base_path:
            path = scope["path"]
            if path != self._base_path and not path.startswith(self._base_path + "/"):
                path = self._base_path + path
            scope = {**scope, "root_path": self._base_path, "path": path}
        await self._app(scope, receive, send)


def relative(location: str) -> str:
    """Return path, query and fragment of an address, never in a form that names a host."""
    parts = urlsplit(location)
    path = "/" + parts.path.lstrip("/\\")
    return urlunsplit(("", "", path, parts.query, parts.fragment))


def route_path(scope: Scope) -> str:
    """Return the path below BASE_PATH, by the same function that chooses the route."""
    return get_route_path(scope)
