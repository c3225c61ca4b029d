"""The dependencies of routes: the services of this process, and the current user.

The functions are `async` because they only read an attribute; a thread would cost more.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from comicmaintainer.accounts import Accounts, Principal
from comicmaintainer.services import Services


async def services_of(request: Request) -> Services:
    """Return the services that this process shares."""
    services: Services = request.app.state.services
    return services


async def _accounts(request: Request) -> Accounts:
    return (await services_of(request)).accounts


async def current_user(request: Request) -> Principal | None:
    """Return who made the request; None only if the route is open to all."""
    principal: Principal | None = request.state.principal
    return principal


ServicesOf = Annotated[Services, Depends(services_of)]
AccountsOf = Annotated[Accounts, Depends(_accounts)]
CurrentUser = Annotated[Principal | None, Depends(current_user)]
