"""What runs here: version, workers, and figures for monitoring."""

from __future__ import annotations

import os
from typing import Any

from fastapi import APIRouter

from comicmaintainer import __version__
from comicmaintainer.web.api.health import check
from comicmaintainer.web.dependencies import ServicesOf

router = APIRouter(tags=["system"])


@router.get("/api/version")
async def version() -> dict[str, str]:
    """Return the version of this service."""
    return {"version": __version__}


@router.get("/api/system")
def system(services: ServicesOf) -> dict[str, Any]:
    """Return what runs: checks, workers with what each is doing, and the database's size."""
    path = services.database.path
    return {
        "version": __version__,
        "checks": check(services),
        "workers": services.manager.workers.all(),
        "web_process_id": os.getpid(),
        "database": {"path": str(path), "size_bytes": path.stat().st_size},
    }
