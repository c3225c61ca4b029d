"""Files whose names other comics have, beside those, with what tells them apart."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query

from comicmaintainer.library.conflicts import ConflictGroup, ConflictingFile
from comicmaintainer.library.plain_values import file_of
from comicmaintainer.web.api.shapes import RowId
from comicmaintainer.web.dependencies import ServicesOf

router = APIRouter(prefix="/api", tags=["conflicts"])

PageSize = Annotated[int, Query(ge=1, le=200)]


@router.get("/conflicts")
def list_conflicts(
    services: ServicesOf, limit: PageSize = 50, after: str | None = None, count: bool = False
) -> dict[str, Any]:
    """List names that several comics should have: who has each, and who is in conflict with it.

    `next` is the `after` of the page that follows; with `count`, `total` says how many there are.
    """
    groups, next_key = services.conflicts.groups(after_key=after, limit=limit)
    answer: dict[str, Any] = {"groups": [group_of(group) for group in groups], "next": next_key}
    if count:
        names, files = services.conflicts.count()
        answer["total"] = {"groups": names, "files": files}
    return answer


@router.get("/files/{file_id}/conflict")
def get_conflict(services: ServicesOf, file_id: RowId) -> dict[str, Any]:
    """Return the conflict that a file is in, null where it is in none."""
    group = services.conflicts.of_file(services.catalogue.get(file_id).path)
    return {"conflict": None if group is None else group_of(group)}


def group_of(group: ConflictGroup) -> dict[str, Any]:
    """Return a conflict as plain values, by the names of the API.

    `holder` is the file that has the name, null where the catalogue does not know it; `file_count`
    is how many files want the name, of which `files` are the first.
    """
    return {
        "path": group.path,
        "holder": None if group.holder is None else file_of(group.holder),
        "files": [_file_of(one) for one in group.files],
        "file_count": group.count,
    }


def _file_of(one: ConflictingFile) -> dict[str, Any]:
    """A file with what tells it apart: in `apart`, `own` is its value and `other` the holder's."""
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
