"""Signing in and out, users and keys."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import Field
from starlette.responses import JSONResponse, Response

from comicmaintainer.accounts import Principal, Via
from comicmaintainer.accounts.accounts import LONGEST_S
from comicmaintainer.errors import Conflict, InvalidInput, NotSignedIn
from comicmaintainer.web.api.shapes import Body
from comicmaintainer.web.dependencies import CurrentUser, ServicesOf
from comicmaintainer.web.gate import SESSION_COOKIE
from comicmaintainer.web.openapi import refusals

router = APIRouter(prefix="/api", tags=["accounts"])

Text = Annotated[str, Field(max_length=1024)]


class Credentials(Body):
    """The name and password of a user."""

    name: Text
    password: Text


class Setup(Credentials):
    """The first user, with the token at the end of the setup link."""

    token: Text


class NewPassword(Body):
    """A new password for the signed-in user."""

    old: Text
    new: Text


class KeyName(Body):
    """The name of a key: its purpose."""

    name: Text


@router.post("/login", responses=refusals(401, 429))
def sign_in(request: Request, services: ServicesOf, body: Credentials) -> Response:
    """Sign in: the answer sets the session's cookie."""
    return _signed_in(request, body.name, _session(request, services, body))


@router.post("/setup", responses=refusals(401, 404, 409, 429))
def setup(request: Request, services: ServicesOf, body: Setup) -> Response:
    """Create the first user by the setup link, and sign in."""
    services.accounts.complete_setup(body.token, body.name, body.password)
    return _signed_in(request, body.name, _session(request, services, body))


@router.post("/logout")
def sign_out(request: Request, services: ServicesOf) -> Response:
    """End the session."""
    token = request.cookies.get(SESSION_COOKIE)
    if token:
        services.accounts.sign_out(token)
    response = JSONResponse({"signed_out": True})
    response.delete_cookie(SESSION_COOKIE, path=_cookie_path(request))
    return response


@router.get("/me")
async def me(user: CurrentUser) -> dict[str, Any]:
    """Return the current user."""
    signed_in = _required(user)
    return {"name": signed_in.name, "via": signed_in.via}


@router.post("/me/password", responses=refusals(409, 429))
def change_password(
    request: Request, services: ServicesOf, user: CurrentUser, body: NewPassword
) -> Response:
    """Change the password of the signed-in user; all other sessions end."""
    signed_in = _required(user)
    if signed_in.via is not Via.SESSION:
        raise Conflict("Only someone who is signed in with a password can change it.")
    checked = Credentials(name=signed_in.name, password=body.old)
    try:
        services.accounts.sign_out(_session(request, services, checked))
    except NotSignedIn as error:
        raise InvalidInput("The current password is wrong.") from error
    services.accounts.set_password(signed_in.name, body.new)
    fresh = Credentials(name=signed_in.name, password=body.new)
    return _signed_in(request, signed_in.name, _session(request, services, fresh))


@router.get("/users")
def users(services: ServicesOf) -> dict[str, Any]:
    """List the users."""
    return {"users": services.accounts.users()}


@router.post("/users", status_code=201, responses=refusals(409))
def create_user(services: ServicesOf, body: Credentials) -> dict[str, Any]:
    """Add a user."""
    return {"name": services.accounts.create_user(body.name, body.password).name}


@router.delete("/users/{name:path}", responses=refusals(409))
def delete_user(services: ServicesOf, name: str) -> dict[str, Any]:
    """Remove a user and end the user's sessions; the last user can't be removed."""
    services.accounts.delete_user(name, keep_last=True)
    return {"name": name, "deleted": True}


@router.get("/keys")
def keys(services: ServicesOf) -> dict[str, Any]:
    """List the API keys, without the keys themselves."""
    return {"keys": services.accounts.keys()}


@router.post("/keys", status_code=201, responses=refusals(409))
def create_key(services: ServicesOf, body: KeyName) -> dict[str, Any]:
    """Create an API key; it is shown only in this answer."""
    return {"name": body.name.strip(), "key": services.accounts.create_key(body.name)}


@router.delete("/keys/{name:path}")
def delete_key(services: ServicesOf, name: str) -> dict[str, Any]:
    """Revoke an API key."""
    services.accounts.delete_key(name)
    return {"name": name, "deleted": True}


def _session(request: Request, services: ServicesOf, who: Credentials) -> str:
    return services.accounts.sign_in(
        who.name,
        who.password,
        address=request.client.host if request.client else "",
        user_agent=request.headers.get("user-agent", ""),
    )


def _signed_in(request: Request, name: str, token: str) -> Response:
    response = JSONResponse({"name": name.strip()})
    response.set_cookie(
        SESSION_COOKIE,
        token,
        max_age=int(LONGEST_S),
        path=_cookie_path(request),
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )
    return response


def _cookie_path(request: Request) -> str:
    return request.scope.get("root_path") or "/"


def _required(user: Principal | None) -> Principal:
    if user is None:
        raise NotSignedIn("Sign in first.")
    return user
