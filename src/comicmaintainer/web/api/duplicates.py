"""Copies of comics: groups with the same pages, and groups that look alike."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query

from comicmaintainer.accounts.roles import Role
from comicmaintainer.library.catalogue.model import CatalogueFile, FileState
from comicmaintainer.library.duplicates.near_copies import NearFile
from comicmaintainer.library.plain_values import file_of
from comicmaintainer.web.api.shapes import RowId
from comicmaintainer.web.dependencies import ServicesOf
from comicmaintainer.web.route_roles import needs

router = APIRouter(prefix="/api", tags=["duplicates"])

PageSize = Annotated[int, Query(ge=1, le=200)]


@router.get("/duplicates", openapi_extra=needs(Role.LOOK))
def list_duplicates(
    services: ServicesOf, limit: PageSize = 50, after: str | None = None, count: bool = False
) -> dict[str, Any]:
    """List groups of files with the same pages: the copy to keep first, with the reason.

    `next` is the `after` of the next page; with `count`, `total` is the number of groups and files.
    """
    groups, next_key = services.duplicates.groups(after_key=after, limit=limit)
    answer: dict[str, Any] = {
        "groups": [
            {
                "fingerprint": group.fingerprint,
                "reason": group.reason,
                "files": [_copy(file) for file in group.files],
            }
            for group in groups
        ],
        "next": next_key,
    }
    if count:
        found, extra = services.duplicates.count()
        answer["total"] = {"groups": found, "extra_files": extra}
    return answer


@router.get("/duplicates/near", openapi_extra=needs(Role.LOOK))
def list_near_duplicates(
    services: ServicesOf, limit: PageSize = 50, after: str | None = None, count: bool = False
) -> dict[str, Any]:
    """List groups of files that look alike: the copy to keep first, the others compared with it.

    Jobs of the kind `duplicates` with `near` find them. In `likeness`, `cover_distance` is in bits
    of 64, and null if the covers can't be compared; `alike` of `compared` pages were found in the
    other copy. With `count`, `total` also says whether any files have been compared.
    """
    near = services.duplicates.near
    groups, next_key = near.groups(after_key=after, limit=limit)
    answer: dict[str, Any] = {
        "groups": [
            {
                "group_id": str(group.group_id),
                "reason": group.reason,
                "files": [_near_copy(each) for each in group.files],
            }
            for group in groups
        ],
        "next": next_key,
    }
    if count:
        found, extra = near.count()
        answer["total"] = {
            "groups": found,
            "extra_files": extra,
            "has_compared": near.has_compared(),
        }
    return answer


@router.get("/files/{file_id}/near", openapi_extra=needs(Role.LOOK))
def near_copies(services: ServicesOf, file_id: RowId) -> dict[str, Any]:
    """List the files that look like this one, each compared with it, most similar first."""
    group = services.duplicates.near.group_of(services.catalogue.get(file_id).path)
    return {"copies": [_near_copy(each) for each in group[1:]]}


def _copy(file: CatalogueFile) -> dict[str, Any]:
    return file_of(file) | {
        "tag_count": len(file.tags),
        "is_damaged": file.state is FileState.FAILED,
    }


def _near_copy(near: NearFile) -> dict[str, Any]:
    """Return a copy; `width` and `height` are those of a typical page, null if none was decoded."""
    return _copy(near.file) | {
        "is_damaged": near.facts.is_damaged,
        "unreadable_pages": near.unreadable,
        "width": near.width or None,
        "height": near.height or None,
        "has_same_pages": near.has_same_pages,
        "likeness": {
            "cover_distance": near.likeness.cover_distance,
            "alike": near.likeness.alike,
            "compared": near.likeness.compared,
        },
    }
