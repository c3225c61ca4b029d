"""Linking users to their accounts at the sign-in provider, and ending such links."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from comicmaintainer.accounts import Principal
from comicmaintainer.accounts.roles import Role
from comicmaintainer.errors import Conflict
from comicmaintainer.web.dependencies import CurrentUser, ServicesOf
from comicmaintainer.web.openapi import refusals
from comicmaintainer.web.page_list import ACCESS
from comicmaintainer.web.provider_sign_in import begin_link, may_be_linked
from comicmaintainer.web.route_roles import needs

router = APIRouter(prefix="/api", tags=["accounts"])


@router.get("/me/link", openapi_extra=needs(Role.LOOK))
def my_link(services: ServicesOf, user: CurrentUser) -> dict[str, Any]:
    """Return whether you can sign in by the provider; `provider` is null if there is none."""
    link = None
    if user is not None and user.user_id is not None:
        link = services.identities.links().get(user.user_id)
    has_provider = services.provider_sign_in is not None and may_be_linked(user)
    return {
        "provider": services.settings.oidc_name if has_provider else None,
        "linked_at": None if link is None else link.added_at,
        "linked_as": None if link is None else link.name,
        "can_unlink": link is not None and link.can_end and may_be_linked(user),
    }


@router.post("/me/link", responses=refusals(404, 409, 429, 502), openapi_extra=needs(Role.LOOK))
def link_me(request: Request, services: ServicesOf, user: CurrentUser) -> Response:
    """Begin to link you to your account at the sign-in provider: go to the `address` returned."""
    _, user_id = _person(user)
    return begin_link(request, services, user_id, ACCESS.path)


@router.delete("/me/link", responses=refusals(404, 409), openapi_extra=needs(Role.LOOK))
def unlink_me(services: ServicesOf, user: CurrentUser) -> dict[str, Any]:
    """End your link to the sign-in provider; you need a password to sign in with."""
    name, _ = _person(user)
    services.identities.unlink(name, end_sessions=False)
    return {"name": name, "linked": False}


@router.delete(
    "/users/{name:path}/link",
    responses=refusals(404, 409),
    openapi_extra=needs(Role.ADMINISTER),
)
def unlink_user(services: ServicesOf, name: str) -> dict[str, Any]:
    """End a user's link to the sign-in provider, and the user's sessions."""
    services.identities.unlink(name, end_sessions=True)
    return {"name": name, "linked": False}


def _person(user: Principal | None) -> tuple[str, int]:
    """Return name and id of the person who is signed in.

    Raises:
        Conflict: it is a program, or nobody has to sign in.
    """
    if user is None or user.user_id is None or not may_be_linked(user):
        raise Conflict("Only a person who is signed in can be linked to the sign-in provider.")
    return user.name, user.user_id
