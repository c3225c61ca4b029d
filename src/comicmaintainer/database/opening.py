"""Opens the database that the settings name: a file of SQLite, or one on a PostgreSQL server."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from comicmaintainer.database.connection import SqliteDatabase
from comicmaintainer.database.interface import Database
from comicmaintainer.errors import Conflict, InvalidSetting

if TYPE_CHECKING:
    from comicmaintainer.database.postgresql import PostgresDatabase


def open_database(
    path: Path,
    url: str | None = None,
    *,
    host: str | None = None,
    cache_bytes: int = 1 << 20,
    connections: int = 1,
) -> Database:
    """Return the database at `url`, or the file at `path` without one; it is opened when used.

    `host` is what this one is called, None for its usual name. `cache_bytes` and `connections` are
    for the file: see `SqliteDatabase`.

    Raises:
        InvalidSetting: the address can't be read, or what it needs is not installed.
        DatabaseUnusable: this version of SQLite is not safe to use.
    """
    if url is None:
        return SqliteDatabase(path, cache_bytes=cache_bytes, connections=connections, host=host)
    return open_server(url, path.parent, host)


def open_server(url: str, local_folder: Path, host: str | None = None) -> PostgresDatabase:
    """Return the database at `url`; see `open_database`."""
    try:
        # Only here: nothing of it is imported where SQLite is used.
        from comicmaintainer.database.postgresql import PostgresDatabase
    except ImportError as error:
        raise InvalidSetting(
            "DATABASE_URL is set, but psycopg is not installed; install it with: "
            "pip install 'comicmaintainer[postgres]'"
        ) from error
    return PostgresDatabase(url, local_folder, host=host)


def require_file(database: Database) -> SqliteDatabase:
    """Return the database if it is a file that this host has.

    Raises:
        Conflict: it is on a server.
    """
    if isinstance(database, SqliteDatabase):
        return database
    raise Conflict(
        f"The database is on a server ({database.name}). Back it up and restore it there, with "
        "pg_dump and pg_restore."
    )
