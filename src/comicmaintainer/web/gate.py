"""Access control: identifies the client, and closes every path that is not listed as open.

A route is open to clients whose role includes the one that it needs (see `route_roles`).

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
from comicmaintainer.accounts.roles import Role
from comicmaintainer.audit import Actor, ActorKind, acting
from comicmaintainer.errors import AccessDenied, NotSignedIn, RoleTooLow
from comicmaintainer.settings import Auth, Settings
from comicmaintainer.web.addresses import address_of, route_path
from comicmaintainer.web.cross_site import SAFE_METHODS, Maker, maker_of
from comicmaintainer.web.error_responses import wants_page
from comicmaintainer.web.remote_user import RemoteUser
from comicmaintainer.web.route_roles import RouteRoles, refusal

SESSION_COOKIE = "comicmaintainer_session"
OPEN_PATHS = frozenset(
    {
        *("/login", "/setup", "/api/login", "/api/setup"),
        *("/login/provider", "/login/provider/callback"),
        *("/ping", "/favicon.ico", "/manifest.webmanifest", "/service-worker.js", "/offline"),
    }
)
OPEN_FOLDERS = ("/health/", "/static/", "/setup/")
ANYONE = Principal("anyone", Via.OPEN, Role.ADMINISTER)


class Gate:
    """Lets a request in with `request.state.principal` set, or refuses it.

    Raises:
        NotSignedIn: the address is closed, and the client is not identified.
        AccessDenied: the request was made by a page of another site.
        RoleTooLow: the route needs a role that the client does not have.
    """

    def __init__(self, app: ASGIApp, *, auth: Auth, roles: RouteRoles) -> None:
        self._app = app
        self._auth = auth
        self._roles = roles

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
        if principal is not None and not is_open(path):
            needed = self._roles.needed(scope)
            if not principal.role.includes(needed):
                raise RoleTooLow(refusal(needed, principal.role))
        with acting(_actor(principal, request)):
            await self._app(scope, receive, send)


async def recognise(request: Request) -> Principal | None:
    """Return who made the request, or None if it has neither a key nor a valid session.

    Raises:
        NotSignedIn: its key is not valid, or a trusted proxy names somebody unknown.
    """
    path = route_path(request.scope)
    if path == "/ping" or path.startswith(("/health/", "/static/")):
        return None
    accounts: Accounts = request.app.state.services.accounts
    remote_user: RemoteUser = request.app.state.remote_user
    key = key_in(request.headers)
    if key is not None:
        principal = await run_in_threadpool(accounts.by_key, key)
        if principal is None:
            raise NotSignedIn("This API key is not valid, or no longer valid.")
        return principal
    named = remote_user.name_in(request.scope)
    if named is not None:
        settings: Settings = request.app.state.settings
        create_as = Role(settings.new_user_role) if settings.remote_user_create else None
        principal = await run_in_threadpool(
            accounts.by_proxy, named, create_as=create_as, address=address_of(request)
        )
        if principal is None:
            raise NotSignedIn(
                f"The proxy says that you are {named!r}, but there is no such user here. "
                "An administrator can add one."
            )
        return principal
    token = request.cookies.get(SESSION_COOKIE)
    return await run_in_threadpool(accounts.by_session, token) if token else None


async def role_now(request: Request) -> Role | None:
    """Return the role that the client of a long stream has now; None if it was signed out."""
    if request.state.principal == ANYONE:
        return ANYONE.role
    try:
        principal = await recognise(request)
    except NotSignedIn:
        return None
    return None if principal is None else principal.role


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


def _actor(principal: Principal | None, request: Request) -> Actor:
    """Return who the audit list names for what the request does."""
    address = address_of(request)
    if principal is None or principal.via is Via.OPEN:
        return Actor(ActorKind.ANYBODY, address=address)
    kind = ActorKind.KEY if principal.via is Via.KEY else ActorKind.USER
    return Actor(kind, principal.name, address)


def _refuse_other_sites(request: Request, principal: Principal | None) -> None:
    if request.method in SAFE_METHODS or (principal and principal.via is Via.KEY):
        return
    maker = maker_of(request.headers)
    if maker is Maker.OTHER_SITE:
        raise AccessDenied("This request was made by a page of another site.")
    if maker is Maker.UNKNOWN and principal and principal.via in (Via.SESSION, Via.PROXY):
        raise AccessDenied(
            "This request does not say which page made it (no Origin header). "
            "Programs use an API key instead of a session."
        )


def _to_sign_in(request: Request, path: str) -> RedirectResponse:
    root: Any = request.scope.get("root_path", "")
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(f"{root}/login?next={quote(path + query, safe='/')}", 303)
