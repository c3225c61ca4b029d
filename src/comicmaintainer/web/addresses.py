"""Addresses as routes see them, whatever proxy is in front."""

from __future__ import annotations

from urllib.parse import urlsplit, urlunsplit

from starlette._utils import get_route_path
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

LONGEST_PATH = 2000
_TO_PROVIDER = "to_provider"


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


def address_of(request: Request) -> str:
    """Return the client's address, as trusted proxies tell it; "" if it is unknown."""
    return request.client.host if request.client else ""


def send_to_provider(request: Request, location: str) -> Response:
    """Return the one redirect that leads to another host: to the sign-in provider."""
    request.scope.setdefault("state", {})[_TO_PROVIDER] = location
    response = Response(status_code=303)
    response.headers["location"] = location
    return response


def may_lead_to(scope: Scope, location: str) -> bool:
    """Return whether the answer to this request may redirect to another host."""
    return bool(location == scope.get("state", {}).get(_TO_PROVIDER))


def relative(location: str) -> str:
    """Return path, query and fragment of an address, never in a form that names a host."""
    parts = urlsplit(location)
    path = "/" + parts.path.lstrip("/\\")
    return urlunsplit(("", "", path, parts.query, parts.fragment))


def own_path(wanted: str) -> str:
    """Return the path below BASE_PATH that a page asked for, "/" if it would lead elsewhere."""
    is_own = wanted.startswith("/") and not wanted.startswith(("//", "/\\"))
    if not is_own or not wanted.isprintable() or len(wanted) > LONGEST_PATH:
        return "/"
    try:
        return urlsplit(wanted)._replace(scheme="", netloc="").geturl() or "/"
    except ValueError:
        return "/"


def route_path(scope: Scope) -> str:
    """Return the path below BASE_PATH, by the same function that chooses the route."""
    return get_route_path(scope)
