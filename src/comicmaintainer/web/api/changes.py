"""The journal: changes of a job, and single changes."""

from __future__ import annotations

from operator import attrgetter
from typing import Annotated, Any

from fastapi import APIRouter, Query

from comicmaintainer.accounts.roles import Role
from comicmaintainer.database import paging
from comicmaintainer.library.journal import ChangeState
from comicmaintainer.library.plain_values import change_of
from comicmaintainer.web.api.shapes import RowId
from comicmaintainer.web.dependencies import ServicesOf
from comicmaintainer.web.route_roles import needs

router = APIRouter(prefix="/api", tags=["changes"])


@router.get("/jobs/{job_id}/changes", openapi_extra=needs(Role.LOOK))
def list_changes_of_job(
    services: ServicesOf,
    job_id: str,
    state: ChangeState | None = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    before: RowId | None = None,
) -> dict[str, Any]:
    """List the changes of a job, newest first; also of a job that has been cleaned up.

    `next` is the `before` of the next page, `counts` the number of changes in each state.
    """
    services.requests.require_known(job_id)
    found = services.journal.changes_of_job(job_id, before_id=before, limit=limit + 1, state=state)
    page, next_id = paging.cut(found, limit, attrgetter("change_id"))
    counts = services.journal.count_of_job(job_id)
    return {
        "changes": [change_of(change) for change in page],
        "next": next_id,
        "counts": {str(name): count for name, count in counts.items()},
    }


@router.get("/changes/{change_id}", openapi_extra=needs(Role.LOOK))
def get_change(services: ServicesOf, change_id: RowId) -> dict[str, Any]:
    """Return one change."""
    return change_of(services.journal.get(change_id))
