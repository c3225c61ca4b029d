"""Folders whose files are never written."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import Field

from comicmaintainer.accounts.roles import Role
from comicmaintainer.library.protected_folders import ProtectedFolder
from comicmaintainer.web.api.shapes import Body
from comicmaintainer.web.dependencies import ServicesOf
from comicmaintainer.web.openapi import refusals
from comicmaintainer.web.route_roles import needs

router = APIRouter(prefix="/api/protected-folders", tags=["rules"])

FolderPath = Annotated[str, Field(min_length=1, max_length=4096)]


class Protection(Body):
    """A folder to protect: a watched one, or one below it."""

    folder: FolderPath


@router.get("", response_model=dict[str, list[ProtectedFolder]], openapi_extra=needs(Role.LOOK))
def list_protected(services: ServicesOf) -> dict[str, Any]:
    """List the folders whose files are never written."""
    return {"folders": services.protected.all()}


@router.post(
    "",
    response_model=dict[str, list[ProtectedFolder]],
    responses=refusals(404, 409),
    openapi_extra=needs(Role.ADMINISTER),
)
def protect_folder(services: ServicesOf, body: Protection) -> dict[str, Any]:
    """Protect a folder: its files, however deep, are read but never written from now on."""
    services.protected.add(services.all_roots.resolve_folder(body.folder), services.now())
    return {"folders": services.protected.all()}


@router.delete(
    "",
    response_model=dict[str, list[ProtectedFolder]],
    responses=refusals(404),
    openapi_extra=needs(Role.ADMINISTER),
)
def release_folder(services: ServicesOf, folder: str) -> dict[str, Any]:
    """Let the files of a protected folder be written again."""
    services.protected.release(folder, services.now())
    return {"folders": services.protected.all()}
