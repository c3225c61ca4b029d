"""What runs here: version, workers, and figures for monitoring."""

from __future__ import annotations

import os
from typing import Any

from fastapi import APIRouter

from comicmaintainer import __version__
from comicmaintainer.web.api.health import check
from comicmaintainer.web.dependencies import DatabaseOf, ManagerOf

router = APIRouter(tags=["system"])


@router.get("/api/version")
async def version() -> dict[str, str]:
    """Return the version of this service."""
    return {"version": __version__}


@router.get("/api/system")
def system(manager: ManagerOf, database: DatabaseOf) -> dict[str, Any]:
    """Return what runs: checks, workers with what each is doing, and the database's size."""
    return {
        "version": __version__,
        "checks": check(manager),
        "workers": manager.workers.all(),
        "web_process_id": os.getpid(),
        "database": {"path": str(database.path), "size_bytes": database.path.stat().st_size},
    }
