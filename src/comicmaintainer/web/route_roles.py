"""The role that each route needs, as the route declares it.

Every route declares it in its part of the OpenAPI document, where programs find it as `x-role`:

    @router.post("/jobs", openapi_extra=needs(Role.WORK))

The gate asks before the routes run. A route that declares nothing is for administrators, and an
address without a route is for everybody who is signed in: it is answered with 404.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.types import Scope

from comicmaintainer.accounts.roles import Role
from comicmaintainer.web.addresses import route_path

KEYWORD = "x-role"
_WANTED = {
    Role.LOOK: "look at the library",
    Role.WORK: "start work or change comics",
    Role.ADMINISTER: "administer this service",
}


def needs(role: Role) -> dict[str, Any]:
    """Return the `openapi_extra` of a route that needs this role."""
    return {KEYWORD: role.value}


def declared_role(route: APIRoute) -> Role | None:
    """Return the role that a route declares, or None."""
    text = (route.openapi_extra or {}).get(KEYWORD)
    return None if text is None else Role(text)


def refusal(needed: Role, own: Role) -> str:
    """Return the sentence for somebody with a role that is too low."""
    return (
        f"Your role, {own.value!r}, may not {_WANTED[needed]}. "
        f"This needs the role {needed.value!r}, which an administrator can give you."
    )


class RouteRoles:
    """Finds the role that a request needs among the routes of `routers`, in their order."""

    def __init__(self, routers: Iterable[APIRouter]) -> None:
        self._routes = [
            (route.path_regex, route.methods or set(), declared_role(route) or Role.ADMINISTER)
            for router in routers
            for route in router.routes
            if isinstance(route, APIRoute)
        ]

    def needed(self, scope: Scope) -> Role:
        """Return the role that the route of a request needs."""
        path = route_path(scope)
        method = "GET" if scope["method"] == "HEAD" else scope["method"]
        for pattern, methods, role in self._routes:
            if method in methods and pattern.match(path):
                return role
        return Role.LOOK
