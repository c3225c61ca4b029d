"""Access control: identifies the client, and closes every path that is not listed as open.

It runs before the routes, so that a new route, a mounted folder and an unknown address are closed
too. Keys are sent in `X-Api-Key` or `Authorization: Bearer`, sessions in a cookie; no secret is
ever read from the address.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from comicmaintainer.accounts.accounts import Accounts
from comicmaintainer.accounts.model import Principal, Via
from comicmaintainer.errors import AccessDenied, NotSignedIn
from comicmaintainer.settings import Auth
from comicmaintainer.web.addresses import route_path
from comicmaintainer.web.cross_site import SAFE_METHODS, Maker, maker_of
from comicmaintainer.web.error_responses import wants_page

SESSION_COOKIE = "comicmaintainer_session"
OPEN_PATHS = frozenset({"/login", "/setup", "/api/login", "/api/setup", "/favicon.ico"})
OPEN_FOLDERS = ("/health/", "/static/", "/setup/")
ANYONE = Principal("anyone", Via.OPEN)


class Gate:
    """Lets a request in with `request.state.principal` set, or refuses it.

    Raises:
        NotSignedIn: the address is closed, and the client is not identified.
        AccessDenied: the request was made by a page of another site.
    """

    def __init__(self, app: ASGIApp, *, auth: Auth) -> None:
        self._app = app
        self._auth = auth

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        path = route_path(scope)
        principal = ANYONE if self._auth is Auth.DISABLED else await recognise(request)
        _refuse_other_sites(request, principal)
        if principal is None and not is_open(path):
            if wants_page(request) and not path.startswith("/api/"):
                await _to_sign_in(request, path)(scope, receive, send)
                return
            raise NotSignedIn("Sign in, or send an API key in the X-Api-Key header.")
        scope.setdefault("state", {})["principal"] = principal
        await self._app(scope, receive, send)


async def recognise(request: Request) -> Principal | None:
    """Return who made the request, or None if it has neither a key nor a valid session.

    Raises:
        NotSignedIn: its key is not valid.
    """
    if route_path(request.scope).startswith(("/health/", "/static/")):
        return None
    accounts: Accounts = request.app.state.services.accounts
    key = key_in(request.headers)
    if key is not None:
        principal = await run_in_threadpool(accounts.by_key, key)
        if principal is None:
            raise NotSignedIn("This API key is not valid, or no longer valid.")
        return principal
    token = request.cookies.get(SESSION_COOKIE)
    return await run_in_threadpool(accounts.by_session, token) if token else None


async def is_still_allowed(request: Request) -> bool:
    """Return whether the client that opened a long stream has not signed out since."""
    if request.state.principal == ANYONE:
        return True
    try:
        return await recognise(request) is not None
    except NotSignedIn:
        return False


def is_open(path: str) -> bool:
    """Return whether the route at this path is open to all."""
    return path in OPEN_PATHS or path.startswith(OPEN_FOLDERS)


def key_in(headers: Headers) -> str | None:
    """Return the API key in these headers, or None."""
    key = headers.get("x-api-key")
    if key is None:
        scheme, _, value = headers.get("authorization", "").partition(" ")
        key = value.strip() if scheme.lower() == "bearer" else None
    return key


def _refuse_other_sites(request: Request, principal: Principal | None) -> None:
    if request.method in SAFE_METHODS or (principal and principal.via is Via.KEY):
        return
    maker = maker_of(request.headers)
    if maker is Maker.OTHER_SITE:
        raise AccessDenied("This request was made by a page of another site.")
    if maker is Maker.UNKNOWN and principal and principal.via is Via.SESSION:
        raise AccessDenied(
            "This request does not say which page made it (no Origin header). "
            "Programs use an API key instead of a session."
        )


def _to_sign_in(request: Request, path: str) -> RedirectResponse:
    root: Any = request.scope.get("root_path", "")
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(f"{root}/login?next={quote(path + query, safe='/')}", 303)
