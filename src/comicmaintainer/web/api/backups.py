"""Backups of the database: listed, made, downloaded and restored."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel
from starlette.responses import FileResponse

from comicmaintainer.database.backup_folder import Backup, BackupFolder, Origin
from comicmaintainer.errors import InvalidInput
from comicmaintainer.services import Services
from comicmaintainer.web.api.shapes import Body
from comicmaintainer.web.dependencies import ServicesOf

router = APIRouter(prefix="/api/backups", tags=["backups"])


class BackupShape(BaseModel):
    """A whole copy of the database, in the folder `backups` of the configuration."""

    name: str
    origin: Origin
    size_bytes: int
    made_at: float


class Restoring(Body):
    """The name of the backup once more, so that no slip puts it in the place of the database."""

    confirm: str


class Restored(BaseModel):
    """What the database is now as it was in, and the backup of what it was until then."""

    restored: str
    kept: str


class DatabaseResponse(FileResponse):
    """A database in one file, streamed."""

    media_type = "application/vnd.sqlite3"


@router.get("", response_model=dict[str, list[BackupShape]])
def list_backups(services: ServicesOf) -> dict[str, list[Backup]]:
    """List the backups, the newest first: daily, asked for, or made before another was restored."""
    return {"backups": backups_of(services).all()}


@router.post("", response_model=BackupShape, status_code=201)
def make(services: ServicesOf) -> Backup:
    """Back up the database now, while everything runs; the newest BACKUP_KEEP of these stay."""
    return backups_of(services).make()


@router.get("/{name}", response_class=DatabaseResponse)
def download(services: ServicesOf, name: str) -> FileResponse:
    """Return a backup as a file."""
    path = backups_of(services).path(name)
    return DatabaseResponse(path, filename=name, media_type=DatabaseResponse.media_type)


@router.post("/{name}/restore", response_model=Restored)
def restore(services: ServicesOf, name: str, body: Restoring) -> dict[str, str]:
    """Put a backup in the place of the database, while everything runs.

    All jobs, users, sessions and keys are those of then, so whoever asks may have to sign in anew.
    What the database held before is kept as another backup.
    """
    folder = backups_of(services)
    source = folder.path(name)
    if body.confirm != name:
        raise InvalidInput(
            f"confirm: To restore this backup, write its name there: {name}", field="confirm"
        )
    return {"restored": name, "kept": folder.restore(source).name}


def backups_of(services: Services) -> BackupFolder:
    """Return the backups of this service's database."""
    settings = services.settings
    return BackupFolder(
        services.database, settings.backup_dir, settings.backup_keep, now=services.now
    )
