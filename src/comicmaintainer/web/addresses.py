"""Addresses as routes see them, whatever proxy lies before."""

from __future__ import annotations

from starlette._utils import get_route_path
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send


class BasePath:
    """Serves below `base_path`, whether the proxy before passes that prefix on or strips it."""

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


def route_path(scope: Scope) -> str:
    """Return the path below BASE_PATH, read by the very function that chooses the route."""
    return get_route_path(scope)


def base_url(connection: HTTPConnection) -> str:
    """Return the address of the service as this client knows it, without a trailing slash."""
    return str(connection.base_url).rstrip("/")
