"""What lists of the library can be narrowed to: letters, publishers, folders."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Query

from comicmaintainer.accounts.roles import Role
from comicmaintainer.web.dependencies import ServicesOf
from comicmaintainer.web.openapi import refusals
from comicmaintainer.web.route_roles import needs

router = APIRouter(prefix="/api", tags=["files"])


@router.get("/letters", openapi_extra=needs(Role.LOOK))
def list_letters(services: ServicesOf) -> dict[str, Any]:
    """List the first letters of names, in the order by series; "#" stands for digits.

    Any of them can be passed as `starting_with` to the lists of files and of series.
    """
    return {"letters": services.choices.letters()}


@router.get("/publishers", openapi_extra=needs(Role.LOOK))
def list_publishers(services: ServicesOf) -> dict[str, Any]:
    """List the publishers, each in one spelling."""
    return {"publishers": services.choices.publishers()}


@router.get("/folders", responses=refusals(404), openapi_extra=needs(Role.LOOK))
def list_folders(
    services: ServicesOf,
    parent: str | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 100,
    after: str | None = None,
) -> dict[str, Any]:
    """List the folders with comics inside a folder, a page at a time: pass `next` as `after`.

    Without `parent`, the watched folders are listed. Files are counted with those in folders below,
    up to a cap.
    """
    if parent is None:
        found = [services.choices.folder(str(root)) for root in services.all_roots.everywhere()]
        entries, following = [entry for entry in found if entry is not None], None
    else:
        folder = os.path.normpath(parent) if Path(parent).is_absolute() else parent
        if not Path(folder).is_absolute():
            folder = str(services.all_roots.resolve_folder(folder))
        entries, following = services.choices.folders(folder, after=after, limit=limit)
    return {
        "folders": [
            {
                "path": entry.path,
                "name": os.path.basename(entry.path),  # noqa: PTH119 - a text, as in the catalogue
                "files": entry.files.files,
                "is_capped": entry.files.is_capped,
                "cover_file_id": entry.cover_file_id,
            }
            for entry in entries
        ],
        "next": following,
    }
