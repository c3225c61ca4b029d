"""Signing in and out, users and keys."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import Field
from starlette.responses import JSONResponse, Response

from comicmaintainer.accounts import Principal, Via
from comicmaintainer.accounts.accounts import LONGEST_S
from comicmaintainer.accounts.roles import Role
from comicmaintainer.errors import Conflict, InvalidInput, NotSignedIn, RoleTooLow
from comicmaintainer.services.first_run import FirstRunState
from comicmaintainer.web.addresses import address_of
from comicmaintainer.web.api.shapes import Body
from comicmaintainer.web.dependencies import CurrentUser, ServicesOf
from comicmaintainer.web.gate import SESSION_COOKIE
from comicmaintainer.web.openapi import refusals
from comicmaintainer.web.route_roles import needs

router = APIRouter(prefix="/api", tags=["accounts"])

LONGEST_TEXT = 1024
Text = Annotated[str, Field(max_length=LONGEST_TEXT)]


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


class NewUser(Credentials):
    """A user and what the user may do."""

    role: Role = Role.ADMINISTER


class UserChange(Body):
    """What a user may do from now on, and whether the user may come in; null leaves it as it is."""

    role: Role | None = None
    disabled: bool | None = None


class RoleChange(Body):
    """What a key may do from now on."""

    role: Role


class NewKey(Body):
    """The name of a key, which is its purpose, and what it may do: by default what its owner may.

    The user who creates a key owns it.
    """

    name: Text
    role: Role | None = None


@router.post("/login", responses=refusals(401, 429))
def sign_in(request: Request, services: ServicesOf, body: Credentials) -> Response:
    """Sign in: the answer sets the session's cookie."""
    return _signed_in(request, body.name, open_session(request, services, body))


@router.post("/setup", responses=refusals(401, 404, 409, 429))
def set_up(request: Request, services: ServicesOf, body: Setup) -> Response:
    """Create the first user by the setup link, and sign in."""
    services.accounts.complete_setup(body.token, body.name, body.password)
    services.first_run.set_state(FirstRunState.OPEN)
    return _signed_in(request, body.name, open_session(request, services, body))


@router.post("/logout", openapi_extra=needs(Role.LOOK))
def sign_out(request: Request, services: ServicesOf) -> Response:
    """End the session."""
    token = request.cookies.get(SESSION_COOKIE)
    if token:
        services.accounts.sign_out(token)
    response = JSONResponse({"signed_out": True})
    response.delete_cookie(SESSION_COOKIE, path=_cookie_path(request))
    return response


@router.get("/me", openapi_extra=needs(Role.LOOK))
async def get_me(user: CurrentUser) -> dict[str, Any]:
    """Return the current user."""
    signed_in = _required(user)
    return {"name": signed_in.name, "via": signed_in.via, "role": signed_in.role}


@router.post("/me/password", responses=refusals(409, 429), openapi_extra=needs(Role.LOOK))
def change_password(
    request: Request, services: ServicesOf, user: CurrentUser, body: NewPassword
) -> Response:
    """Change the password of the signed-in user; all other sessions end."""
    signed_in = _required(user)
    if signed_in.via is not Via.SESSION:
        raise Conflict("Only someone who is signed in with a password can change it.")
    if not services.accounts.has_password(signed_in.name):
        raise Conflict("You have no password here: somebody else says who you are.")
    try:
        services.accounts.require_password(signed_in.name, body.old, address=address_of(request))
    except NotSignedIn as error:
        raise InvalidInput("The current password is wrong.") from error
    services.accounts.set_password(signed_in.name, body.new)
    fresh = Credentials(name=signed_in.name, password=body.new)
    return _signed_in(request, signed_in.name, open_session(request, services, fresh))


@router.get("/users", openapi_extra=needs(Role.ADMINISTER))
def list_users(services: ServicesOf) -> dict[str, Any]:
    """List the users, their roles, and who can sign in by the provider."""
    links = services.identities.links()
    return {
        "users": [
            {
                **asdict(user),
                "linked_at": None if (link := links.get(user.user_id)) is None else link.added_at,
                "linked_as": None if link is None else link.name,
                "can_unlink": link is not None and link.can_end,
            }
            for user in services.accounts.users()
        ]
    }


@router.post(
    "/users", status_code=201, responses=refusals(409), openapi_extra=needs(Role.ADMINISTER)
)
def create_user(services: ServicesOf, body: NewUser) -> dict[str, Any]:
    """Add a user."""
    user = services.accounts.create_user(body.name, body.password, body.role)
    return {"name": user.name, "role": user.role}


@router.patch("/users/{name:path}", responses=refusals(409), openapi_extra=needs(Role.ADMINISTER))
def change_user(services: ServicesOf, name: str, body: UserChange) -> dict[str, Any]:
    """Change a user's role, disable or enable a user, at once; one administrator always stays."""
    if body.role is None and body.disabled is None:
        raise InvalidInput("Give a role, or whether the user is disabled.", field="role")
    changed: dict[str, Any] = {"name": name}
    if body.role is not None:
        services.accounts.set_role(name, body.role)
        changed["role"] = body.role
    if body.disabled is not None:
        services.accounts.set_disabled(name, disabled=body.disabled)
        changed["disabled"] = body.disabled
    return changed


@router.delete("/users/{name:path}", responses=refusals(409), openapi_extra=needs(Role.ADMINISTER))
def delete_user(services: ServicesOf, name: str) -> dict[str, Any]:
    """Remove a user and the user's keys, and end the sessions; one administrator always stays."""
    services.accounts.delete_user(name)
    return {"name": name, "deleted": True}


@router.get("/keys", openapi_extra=needs(Role.LOOK))
def list_keys(services: ServicesOf, user: CurrentUser) -> dict[str, Any]:
    """List your API keys, or all keys if you administer, without the keys themselves."""
    viewer = _required(user)
    if viewer.role is Role.ADMINISTER:
        return {"keys": services.accounts.keys()}
    if viewer.user_id is None:
        return {"keys": []}
    return {"keys": services.accounts.keys(owner_id=viewer.user_id)}


@router.post("/keys", status_code=201, responses=refusals(409), openapi_extra=needs(Role.LOOK))
def create_key(services: ServicesOf, user: CurrentUser, body: NewKey) -> dict[str, Any]:
    """Create an API key of yours; it is shown only in this answer."""
    owner = _required(user)
    _owner_of_keys(owner)
    role = body.role or owner.role
    _require_includes(owner, role)
    key = services.accounts.create_key(body.name, role, owner_id=owner.user_id)
    return {"name": body.name.strip(), "role": role, "key": key}


@router.patch("/keys/{name:path}", openapi_extra=needs(Role.LOOK))
def change_key(
    services: ServicesOf, user: CurrentUser, name: str, body: RoleChange
) -> dict[str, Any]:
    """Change what an API key of yours may do, or any key if you administer, at once."""
    changer = _required(user)
    owner_id = _owner_of_keys(changer)
    _require_includes(changer, body.role)
    services.accounts.set_key_role(name, body.role, owner_id=owner_id)
    return {"name": name, "role": body.role}


@router.delete("/keys/{name:path}", openapi_extra=needs(Role.LOOK))
def delete_key(services: ServicesOf, user: CurrentUser, name: str) -> dict[str, Any]:
    """Revoke an API key of yours, or any key if you administer."""
    services.accounts.delete_key(name, owner_id=_owner_of_keys(_required(user)))
    return {"name": name, "deleted": True}


def open_session(request: Request, services: ServicesOf, who: Credentials) -> str:
    """Sign in, and return the token of the session.

    Raises:
        NotSignedIn: name or password are wrong.
        TooManyAttempts: too many of them were wrong lately.
    """
    return services.accounts.sign_in(
        who.name,
        who.password,
        address=address_of(request),
        user_agent=request.headers.get("user-agent", ""),
    )


def _signed_in(request: Request, name: str, token: str) -> Response:
    response = JSONResponse({"name": name.strip()})
    set_session(request, response, token)
    return response


def set_session(request: Request, response: Response, token: str) -> None:
    """Set the cookie of a session."""
    response.set_cookie(
        SESSION_COOKIE,
        token,
        max_age=int(LONGEST_S),
        path=_cookie_path(request),
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )


def _cookie_path(request: Request) -> str:
    return request.scope.get("root_path") or "/"


def _required(user: Principal | None) -> Principal:
    if user is None:
        raise NotSignedIn("Sign in first.")
    return user


def _require_includes(owner: Principal, role: Role) -> None:
    if not owner.role.includes(role):
        raise RoleTooLow(
            f"A key may do no more than its owner: your role is {owner.role.value!r}.",
            field="role",
        )


def _owner_of_keys(principal: Principal) -> int | None:
    """Return the user whose keys somebody may manage; None for everybody's.

    Raises:
        RoleTooLow: it is a key without the right to administer. If such a key could create others,
            revoking it would not be enough once it was stolen.
    """
    if principal.role is Role.ADMINISTER:
        return None
    if principal.via is Via.KEY or principal.user_id is None:
        raise RoleTooLow("Only a person, or a key that may administer, can manage keys.")
    return principal.user_id
