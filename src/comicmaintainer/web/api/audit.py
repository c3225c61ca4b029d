"""The audit list: who did what, when, and from which address."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query

from comicmaintainer.accounts.roles import Role
from comicmaintainer.audit.actions import WORDS, Action
from comicmaintainer.web.api.shapes import RowId
from comicmaintainer.web.dependencies import ServicesOf
from comicmaintainer.web.route_roles import needs

router = APIRouter(prefix="/api", tags=["system"])


@router.get("/audit", openapi_extra=needs(Role.ADMINISTER))
def list_audit(
    services: ServicesOf,
    actor: Annotated[str | None, Query(max_length=200)] = None,
    action: Action | None = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    before: RowId | None = None,
) -> dict[str, Any]:
    """List who did what, newest first; `next` is the `before` of the next page.

    `actor` is the name of a user, key or schedule, or "watcher", "command line", "service" or
    "anybody". `actions` are the known actions with their words.
    """
    entries = services.audit.page(actor=actor, action=action, before=before, limit=limit)
    return {
        "entries": [entry.to_dict() for entry in entries],
        "next": entries[-1].entry_id if len(entries) == limit else None,
        "actions": {str(each): words for each, words in WORDS.items()},
    }
