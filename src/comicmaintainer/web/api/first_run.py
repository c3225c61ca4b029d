"""The first run: checks of the watched folders for a new user, and how far they have come."""

from __future__ import annotations

from fastapi import APIRouter

from comicmaintainer.accounts.roles import Role
from comicmaintainer.services.first_run import FirstRunState, FirstRunView
from comicmaintainer.web.api.shapes import Body
from comicmaintainer.web.dependencies import ServicesOf
from comicmaintainer.web.route_roles import needs

router = APIRouter(prefix="/api", tags=["system"])


class NewState(Body):
    """`open` shows the first run again, `done` and `skipped` end it."""

    state: FirstRunState


@router.get("/first-run", response_model=FirstRunView, openapi_extra=needs(Role.LOOK))
def first_run(services: ServicesOf) -> FirstRunView:
    """Return how far the first run is, and what can be done in each watched folder.

    `hard_links` and `filesystem` are null if they are not known. `problem` is null for a sound
    folder. Nothing is written to the folders.
    """
    return services.first_run.view(services.roots.paths)


@router.put("/first-run", response_model=FirstRunView, openapi_extra=needs(Role.ADMINISTER))
def set_first_run(services: ServicesOf, body: NewState) -> FirstRunView:
    """End the first run, or begin it again."""
    services.first_run.set_state(body.state)
    return services.first_run.view(services.roots.paths)
