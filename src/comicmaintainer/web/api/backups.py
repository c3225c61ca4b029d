"""Backups of the database: list, create, download, restore."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel
from starlette.responses import FileResponse

from comicmaintainer.accounts.roles import Role
from comicmaintainer.audit import Action
from comicmaintainer.database.backup_folder import Backup, BackupFolder, Origin
from comicmaintainer.database.opening import require_file
from comicmaintainer.errors import InvalidInput
from comicmaintainer.services import Services
from comicmaintainer.web.api.shapes import Body
from comicmaintainer.web.dependencies import ServicesOf
from comicmaintainer.web.route_roles import needs

router = APIRouter(prefix="/api/backups", tags=["backups"])


class BackupShape(BaseModel):
    """A complete copy of the database, in the folder `backups` of the configuration."""

    name: str
    origin: Origin
    size_bytes: int
    made_at: float


class Restoring(Body):
    """The name of the backup again, so that no slip replaces the database."""

    confirm: str


class Restored(BaseModel):
    """The backup that was restored, and the backup of the previous database."""

    restored: str
    kept: str


class DatabaseResponse(FileResponse):
    """A database in one file, streamed."""

    media_type = "application/vnd.sqlite3"


@router.get("", response_model=dict[str, list[BackupShape]], openapi_extra=needs(Role.ADMINISTER))
def list_backups(services: ServicesOf) -> dict[str, list[Backup]]:
    """List the backups, newest first: daily, on request, or made before a restore."""
    return {"backups": backups_of(services).all()}


@router.post("", response_model=BackupShape, status_code=201, openapi_extra=needs(Role.ADMINISTER))
def make_backup(services: ServicesOf) -> Backup:
    """Back up the database now, while everything runs; the newest BACKUP_KEEP of these are kept."""
    made = backups_of(services).make()
    services.audit.note(Action.BACKUP_MADE, made.name)
    return made


@router.get("/{name}", response_class=DatabaseResponse, openapi_extra=needs(Role.ADMINISTER))
def download_backup(services: ServicesOf, name: str) -> FileResponse:
    """Return a backup as a file."""
    path = backups_of(services).path(name)
    services.audit.note(Action.BACKUP_TAKEN, name)
    return DatabaseResponse(path, filename=name, media_type=DatabaseResponse.media_type)


@router.post("/{name}/restore", response_model=Restored, openapi_extra=needs(Role.ADMINISTER))
def restore_backup(services: ServicesOf, name: str, body: Restoring) -> dict[str, str]:
    """Replace the database with a backup, while everything runs.

    All jobs, users, sessions and keys are those of the backup, so the client may have to sign in
    again. The previous database is kept as another backup.
    """
    folder = backups_of(services)
    source = folder.path(name)
    if body.confirm != name:
        raise InvalidInput(
            f"confirm: To restore this backup, write its name there: {name}", field="confirm"
        )
    kept = folder.restore(source).name
    services.audit.note(Action.BACKUP_RESTORED, name, {"kept": kept})
    return {"restored": name, "kept": kept}


def backups_of(services: Services) -> BackupFolder:
    """Return the backups of this service's database."""
    settings = services.settings
    return BackupFolder(
        require_file(services.database), settings.backup_dir, settings.backup_keep, now=services.now
    )
