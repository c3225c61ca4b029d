"""Conflicts: different comics that should have the same name, and their differences."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query

from comicmaintainer.accounts.roles import Role
from comicmaintainer.library.conflicts import ConflictGroup, ConflictingFile
from comicmaintainer.library.plain_values import file_of
from comicmaintainer.web.api.shapes import RowId
from comicmaintainer.web.dependencies import ServicesOf
from comicmaintainer.web.route_roles import needs

router = APIRouter(prefix="/api", tags=["conflicts"])

PageSize = Annotated[int, Query(ge=1, le=200)]


@router.get("/conflicts", openapi_extra=needs(Role.LOOK))
def list_conflicts(
    services: ServicesOf, limit: PageSize = 50, after: str | None = None, count: bool = False
) -> dict[str, Any]:
    """List names that several comics should have, with the file that has it and those in conflict.

    `next` is the `after` of the next page; with `count`, `total` is the number of names and files.
    """
    groups, next_key = services.conflicts.groups(after_key=after, limit=limit)
    answer: dict[str, Any] = {"groups": [group_of(group) for group in groups], "next": next_key}
    if count:
        names, files = services.conflicts.count()
        answer["total"] = {"groups": names, "files": files}
    return answer


@router.get("/files/{file_id}/conflict", openapi_extra=needs(Role.LOOK))
def get_conflict(services: ServicesOf, file_id: RowId) -> dict[str, Any]:
    """Return the conflict of a file, or null if it is not in conflict."""
    group = services.conflicts.of_file(services.catalogue.get(file_id).path)
    return {"conflict": None if group is None else group_of(group)}


def group_of(group: ConflictGroup) -> dict[str, Any]:
    """Return a conflict in the form of the API.

    `holder` is the file that has the name, null if it is not in the catalogue; `file_count` is the
    number of files that should have the name, of which `files` are the first.
    """
    return {
        "path": group.path,
        "holder": None if group.holder is None else file_of(group.holder),
        "files": [_file_of(one) for one in group.files],
        "file_count": group.count,
    }


def _file_of(one: ConflictingFile) -> dict[str, Any]:
    """Return a file with its differences: `own` is its value and `other` the holder's."""
    likeness = one.likeness
    return file_of(one.file) | {
        "apart": [
            {
                "field": each.field,
                "label": each.label,
                "own": each.own,
                "other": each.other,
                "advice": each.advice,
            }
            for each in one.apart
        ],
        "likeness": None
        if likeness is None
        else {
            "cover_distance": likeness.cover_distance,
            "alike": likeness.alike,
            "compared": likeness.compared,
        },
    }
