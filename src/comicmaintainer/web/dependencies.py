"""What routes are handed: the parts of `app.state.services`, and who asks.

The functions are `async` because they only read attributes: a thread would cost more than they do.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, Request

from comicmaintainer.accounts.accounts import Accounts
from comicmaintainer.accounts.model import Principal
from comicmaintainer.database import Database
from comicmaintainer.jobs.job_manager import JobManager
from comicmaintainer.library.catalogue import Catalogue
from comicmaintainer.library.listing import Listing
from comicmaintainer.library.roots import LibraryRoots
from comicmaintainer.settings import Settings


async def _services(request: Request) -> Any:
    return request.app.state.services


_Services = Annotated[Any, Depends(_services)]


async def _settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


async def _database(services: _Services) -> Database:
    database: Database = services.database
    return database


async def _manager(services: _Services) -> JobManager:
    manager: JobManager = services.manager
    return manager


async def _accounts(services: _Services) -> Accounts:
    accounts: Accounts = services.accounts
    return accounts


async def _roots(services: _Services) -> LibraryRoots:
    roots: LibraryRoots = services.roots
    return roots


async def _catalogue(services: _Services) -> Catalogue:
    catalogue: Catalogue = services.catalogue
    return catalogue


async def _listing(services: _Services) -> Listing:
    return Listing(services.database)


async def current_user(request: Request) -> Principal | None:
    """Return who asks; None only where the route is open to all."""
    principal: Principal | None = request.state.principal
    return principal


SettingsOf = Annotated[Settings, Depends(_settings)]
DatabaseOf = Annotated[Database, Depends(_database)]
ManagerOf = Annotated[JobManager, Depends(_manager)]
AccountsOf = Annotated[Accounts, Depends(_accounts)]
RootsOf = Annotated[LibraryRoots, Depends(_roots)]
CatalogueOf = Annotated[Catalogue, Depends(_catalogue)]
ListingOf = Annotated[Listing, Depends(_listing)]
CurrentUser = Annotated[Principal | None, Depends(current_user)]
