"""Health checks; open to all, so they reveal nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import APIRouter
from starlette.responses import JSONResponse, Response

from comicmaintainer.database import schema_check
from comicmaintainer.database.health import DAMAGED
from comicmaintainer.database.notices import all_notices
from comicmaintainer.errors import DatabaseDamaged, DatabaseError
from comicmaintainer.services import Services
from comicmaintainer.services.disks import CONFIG, DiskFinding
from comicmaintainer.web.dependencies import ServicesOf

router = APIRouter(tags=["health"])


@router.get("/ping")
async def ping() -> dict[str, str]:
    """Answer 200 while this web process runs; for monitors that look for this address."""
    return {"status": "ok"}


@router.get("/health/live")
async def liveness() -> dict[str, str]:
    """Answer 200 while this web process runs."""
    return {"status": "ok"}


@router.get(
    "/health/ready",
    responses={503: {"description": "Not ready", "content": {"application/json": {}}}},
)
def readiness(services: ServicesOf) -> Response:
    """Answer 200 if database, web and a worker are up, otherwise 503; a scan may still be running.

    `problems` lists disks of the library that are read-only, full or missing, and folders that are
    not watched. The service is ready all the same: its pages say what to do.
    """
    findings = services.disks.all()
    checks = check(services, findings)
    is_ready = all(state == "ok" for name, state in checks.items() if name != "library")
    body = {
        "status": "ready" if is_ready else "not ready",
        "checks": checks,
        "problems": [disk.brief for disk in findings] + _watching(services, checks),
    }
    return JSONResponse(body, 200 if is_ready else 503)


def check(services: Services, disks: Sequence[DiskFinding]) -> dict[str, Any]:
    """Return `ok` or the problem for each of library, database, web and worker."""
    library = [disk.problem for disk in disks if disk.setting != CONFIG]
    config = [disk.problem for disk in disks if disk.setting == CONFIG]
    checks = {"library": ", ".join(dict.fromkeys(library)) or "ok", **_processes(services)}
    if config and checks["database"] == "ok":
        checks["database"] = f"database_{config[0]}"
    return checks


def _watching(services: Services, checks: Mapping[str, str]) -> list[str]:
    if checks["database"] != "ok":
        return []
    shortfall = services.watching.shortfall()
    return [] if shortfall is None else [shortfall.brief]


def _processes(services: Services) -> dict[str, str]:
    try:
        schema_check.require_whole(services.database)
        has_main = services.manager.workforce.has_main()
    except DatabaseError as error:
        return {"database": error.code, "web": "ok", "worker": "unknown"}
    if any(notice.key == DAMAGED for notice in all_notices(services.database)):
        return {"database": DatabaseDamaged.code, "web": "ok", "worker": "unknown"}
    return {"database": "ok", "web": "ok", "worker": "ok" if has_main else "no heartbeat"}
