"""`comicmaintainer database …`: take the database to a server, or back to a file."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import click

from comicmaintainer.cli import output
from comicmaintainer.cli.command_group import CommandGroup
from comicmaintainer.cli.session import Session, pass_session
from comicmaintainer.database import SqliteDatabase
from comicmaintainer.database.opening import open_server
from comicmaintainer.database.presence import Presence
from comicmaintainer.errors import Conflict, InvalidInput
from comicmaintainer.filesystem.folders import make_folder, sync_folder
from comicmaintainer.library.catalogue.catalogue import Catalogue

if TYPE_CHECKING:
    from comicmaintainer.database.postgresql import PostgresDatabase

_ARRIVING = ".arriving"


@click.group(cls=CommandGroup)
def database() -> None:
    """Take the database to a PostgreSQL server, or back to a file."""


@database.command("copy")
@click.option("--to", "target", metavar="URL", help="Copy the file in CONFIG_DIR to this server.")
@click.option("--from", "source", metavar="URL", help="Copy this server to a new file there.")
@pass_session
def copy(session: Session, target: str | None, source: str | None) -> None:
    """Copy all tables, and compare them row by row. Stop the service first.

    The target must be empty; it has everything at the end, or nothing. "-" instead of URL stands
    for the address in DATABASE_URL.
    """
    if (target is None) == (source is None):
        raise InvalidInput("Give either --to or --from.")
    url = target or source
    if url == "-":
        url = session.settings.database_url
    if not url:
        raise InvalidInput("DATABASE_URL is not set.")
    path = session.settings.database_path
    with closing(open_server(url, path.parent)) as server:
        if target is not None:
            _to_server(path, server)
            output.say(f"Copied {path} to {server.name}. Set DATABASE_URL, then start the service.")
        else:
            _from_server(server, path)
            output.say(f"Copied {server.name} to {path}. Unset DATABASE_URL, then start again.")


def _to_server(path: Path, server: PostgresDatabase) -> None:
    from comicmaintainer.database.postgresql import copying

    if not path.exists():
        raise InvalidInput(f"There is no database at {path}.")
    with Presence(path).alone() as is_alone:
        if not is_alone:
            raise Conflict(f"{path} is in use; stop everything that uses it first.")
    with closing(SqliteDatabase(path)) as file:
        documents = Catalogue(file, now=file.now).search_documents()
        copying.to_server(file, server, documents, _say)


def _from_server(server: PostgresDatabase, path: Path) -> None:
    """Make the file under another name, so that an unfinished one is never used."""
    from comicmaintainer.database.postgresql import copying

    if path.exists():
        raise Conflict(f"{path} exists already; move it away first.")
    make_folder(path.parent, mode=0o700)
    arriving = path.with_name(path.name + _ARRIVING)
    _remove(arriving)
    with closing(SqliteDatabase(arriving)) as file:
        documents = Catalogue(server, now=server.now).search_documents()
        copying.from_server(server, file, documents, _say)
    arriving.rename(path)
    sync_folder(path.parent)
    _remove(arriving)


def _remove(path: Path) -> None:
    """Remove a database with the files beside it."""
    for each in path.parent.glob(f"{path.name}*"):
        each.unlink()


def _say(table: str, rows: int) -> None:
    if rows:
        output.say(f"  {table}: {rows}")
