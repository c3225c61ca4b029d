"""Whether the service is up; open to all, so it tells no more than that."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.responses import JSONResponse, Response

from comicmaintainer.database import schema_check
from comicmaintainer.errors import DatabaseError
from comicmaintainer.jobs.worker_store import LEASE_S
from comicmaintainer.services import Services
from comicmaintainer.web.dependencies import ServicesOf

router = APIRouter(prefix="/health", tags=["health"])


@router.get("/live")
async def live() -> dict[str, str]:
    """Answer while this web process runs."""
    return {"status": "ok"}


@router.get("/ready")
def ready(services: ServicesOf) -> Response:
    """Answer 200 when database, web and a worker are up, else 503; a scan may still be running."""
    checks = check(services)
    is_ready = all(state == "ok" for state in checks.values())
    status = "ready" if is_ready else "not ready"
    return JSONResponse({"status": status, "checks": checks}, 200 if is_ready else 503)


def check(services: Services) -> dict[str, Any]:
    """Return `ok` or what is wrong, for database, web and worker."""
    try:
        schema_check.require_whole(services.database)
        workers = services.manager.workers.all()
    except DatabaseError as error:
        return {"database": error.code, "web": "ok", "worker": "unknown"}
    newest = max((worker.heartbeat_at for worker in workers), default=0.0)
    alive = services.now() - newest < LEASE_S
    return {"database": "ok", "web": "ok", "worker": "ok" if alive else "no heartbeat"}
