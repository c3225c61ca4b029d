"""The state of the installation: version, workers, notices, settings, checks."""

from __future__ import annotations

import dataclasses
import os
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import Field

from comicmaintainer import __version__, doctor
from comicmaintainer.accounts.roles import Role
from comicmaintainer.database import notices, sizes
from comicmaintainer.errors import NotFound
from comicmaintainer.library import invalid_names
from comicmaintainer.library.root_states import RootState
from comicmaintainer.services.chosen_settings import described
from comicmaintainer.texts.current import shown
from comicmaintainer.web.api.backups import backups_of
from comicmaintainer.web.api.health import check
from comicmaintainer.web.api.shapes import Body
from comicmaintainer.web.dependencies import ServicesOf
from comicmaintainer.web.openapi import refusals
from comicmaintainer.web.route_roles import needs

router = APIRouter(prefix="/api", tags=["system"])


class ChosenValue(Body):
    """The value of a setting as the text of its variable."""

    value: Annotated[str, Field(max_length=200)]


@router.get("/version", openapi_extra=needs(Role.LOOK))
async def get_version() -> dict[str, str]:
    """Return the version of this service."""
    return {"version": __version__}


@router.get("/system", openapi_extra=needs(Role.LOOK))
def get_system(services: ServicesOf) -> dict[str, Any]:
    """Return the state of the service: checks, workers, notices, the size of the database.

    `watching` says why folders are scanned instead of watched, if some are. `roots` are the watched
    folders, and folders no longer watched that are still in the catalogue. `hosts` are the hosts
    that share the library over a server; a database of one host has none.
    """
    size = sizes.size(services.database)
    disk_findings = services.disks.all()
    return {
        "version": __version__,
        "checks": check(services, disk_findings),
        "disks": disk_findings,
        "watching": services.watching.shortfall(),
        "workers": services.manager.workforce.present(),
        "hosts": services.hosts.all(),
        "web_process_id": os.getpid(),
        "notices": notices.all_notices(services.database),
        "warnings": size.warnings(),
        "roots": [_shown_root(root) for root in services.root_states.all()],
        "backups": [] if services.settings.database_url else backups_of(services).all(),
        "database": {
            "path": services.database.name,
            "database_bytes": size.database_bytes,
            "wal_bytes": size.wal_bytes,
            "free_bytes": size.free_bytes,
            "week_growth_bytes": size.week_growth_bytes,
            "days": [{"day": day, "size_bytes": size_bytes} for day, size_bytes in size.days],
        },
    }


@router.get("/system/disks", openapi_extra=needs(Role.LOOK))
def list_disks(services: ServicesOf) -> dict[str, Any]:
    """Return problems with the disks of the database and the library, and what to do."""
    return {"disks": services.disks.all()}


@router.get("/system/doctor", openapi_extra=needs(Role.ADMINISTER))
def run_doctor(services: ServicesOf) -> dict[str, Any]:
    """Examine the installation and return the findings with advice. Takes a while."""
    checks = doctor.examine(services.settings, services.database, services.now)
    return {"checks": [dataclasses.replace(check, name=shown(check.name)) for check in checks]}


@router.delete("/system/notices/{key:path}", openapi_extra=needs(Role.ADMINISTER))
def dismiss_notice(services: ServicesOf, key: str) -> dict[str, Any]:
    """Dismiss a notice."""
    if not notices.dismiss(services.database, key):
        raise NotFound("There is no such notice.")
    return {"key": key, "dismissed": True}


@router.delete("/system/roots", responses=refusals(404, 409), openapi_extra=needs(Role.ADMINISTER))
def forget_root(services: ServicesOf, path: str) -> dict[str, Any]:
    """Remove a folder that is no longer watched from the catalogue. Files and undo data stay.

    Returns the number of comics removed from the catalogue.
    """
    return {"path": path, "forgotten": services.root_states.forget(path)}


@router.get("/settings", openapi_extra=needs(Role.ADMINISTER))
def get_settings(services: ServicesOf) -> dict[str, Any]:
    """List all settings: the variable, what it does, its value, its default and what is allowed.

    They are set in the environment; some can be chosen here if they are not (`origin`). Of a
    secret, only whether it is set is shown.
    """
    return {"settings": described(services.settings, services.chosen_settings.all())}


@router.put("/settings/{variable}", responses=refusals(409), openapi_extra=needs(Role.ADMINISTER))
def choose_setting(services: ServicesOf, variable: str, body: ChosenValue) -> dict[str, Any]:
    """Choose the value of a setting that the environment does not set. Empty is the default."""
    services.chosen_settings.choose(variable, body.value)
    return dataclasses.asdict(services.chosen_settings.get(variable))


def _shown_root(root: RootState) -> dict[str, Any]:
    remark = root.unstorable_remark()
    return {
        **dataclasses.asdict(root),
        "names_remark": remark,
        "names_advice": None if remark is None else invalid_names.ADVICE,
    }
