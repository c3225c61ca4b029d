"""Sources: who knows comics online, whether they are switched on, and how much may be asked."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import Field

from comicmaintainer.accounts.roles import Role
from comicmaintainer.services.plain_sources import state_of
from comicmaintainer.web.api.shapes import Body
from comicmaintainer.web.dependencies import ServicesOf
from comicmaintainer.web.openapi import refusals
from comicmaintainer.web.route_roles import needs

router = APIRouter(prefix="/api", tags=["sources"])


class SourceChange(Body):
    """The settings of a source to change; the others stay.

    An empty `address` is the usual one again, an empty secret is removed. Secrets are never read
    back.
    """

    enabled: bool | None = None
    address: Annotated[str, Field(max_length=2000)] | None = None
    secrets: Annotated[dict[str, str], Field(max_length=10)] | None = None


@router.get("/sources", openapi_extra=needs(Role.LOOK))
def list_sources(services: ServicesOf) -> dict[str, Any]:
    """List the sources with what they know, what is sent to them, and their budgets."""
    return {"sources": [state_of(state) for state in services.sources.status()]}


@router.patch("/sources/{name}", openapi_extra=needs(Role.ADMINISTER))
def change_source(services: ServicesOf, name: str, body: SourceChange) -> dict[str, Any]:
    """Switch a source on or off, or set its address and secrets."""
    services.sources.settings.change(
        services.sources.info(name),
        enabled=body.enabled,
        address=body.address,
        secrets=body.secrets,
    )
    return state_of(services.sources.state(name))


@router.post(
    "/sources/{name}/test",
    responses=refusals(400, 409, 502, 503),
    openapi_extra=needs(Role.ADMINISTER),
)
def test_source(services: ServicesOf, name: str) -> dict[str, Any]:
    """Make one cheap request, which counts, and say how the source stands."""
    services.sources.test(name)
    return state_of(services.sources.state(name))
