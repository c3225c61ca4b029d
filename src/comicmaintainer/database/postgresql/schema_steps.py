"""The numbered steps of the schema on PostgreSQL, and how they are applied.

Each step of the schema has two files of one name and number: `schema/NNNN_name.sql` for SQLite and
`schema/postgresql/NNNN_name.sql`. A new PostgreSQL database begins with the first file there, which
makes what the steps of SQLite up to its number make.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from comicmaintainer.database.schema_steps import SCHEMA
from comicmaintainer.errors import DatabaseUnusable

FOLDER = SCHEMA / "postgresql"
_OLDEST = 150000
_LOCK = 0x434D5343
_READY = """
    CREATE TABLE IF NOT EXISTS schema_steps (
        number INTEGER PRIMARY KEY,
        name TEXT NOT NULL,
        applied_at TIMESTAMPTZ NOT NULL DEFAULT now()
    )"""

_COLLATIONS = (
    "SELECT count(DISTINCT collname) FROM pg_collation WHERE collname IN ('C', 'und-x-icu')"
)


def steps() -> dict[int, Path]:
    """Return the files of all steps by their numbers, in order."""
    return {int(path.name[:4]): path for path in sorted(FOLDER.glob("*.sql"))}


def bring_up_to_date(connection: Any, name: str) -> None:
    """Apply the steps that the database called `name` lacks. Safe for many processes at once.

    `connection` is in no transaction.

    Raises:
        DatabaseUnusable: the database was made by a newer release, or the server is too old.
    """
    if connection.info.server_version < _OLDEST:
        raise DatabaseUnusable(
            f"The server of {name} is PostgreSQL {connection.info.server_version // 10000}; "
            f"{_OLDEST // 10000} or later is needed."
        )
    if _text(connection, "SHOW server_encoding") != "UTF8":
        raise DatabaseUnusable(
            f"The database {name} does not store UTF-8. Make it with: "
            "CREATE DATABASE ... ENCODING 'UTF8' TEMPLATE template0."
        )
    if _text(connection, _COLLATIONS) != "2":
        raise DatabaseUnusable(
            f"The server of {name} lacks the collation C or those of ICU, which are needed to sort "
            "and compare names. Use one that was built with ICU."
        )
    known = steps()
    with connection.transaction():
        connection.execute(f"SELECT pg_advisory_xact_lock({_LOCK})")
        connection.execute(_READY)
        version = connection.execute("SELECT coalesce(max(number), 0) FROM schema_steps")
        applied: int = version.fetchone()[0]
        if applied > max(known):
            raise DatabaseUnusable(
                f"The database {name} was made by a newer ComicMaintainer (schema {applied}, this "
                f"one knows {max(known)}). Upgrade this one."
            )
        for number, path in known.items():
            if number > applied:
                connection.execute(path.read_text(encoding="utf-8"))
                connection.execute(
                    "INSERT INTO schema_steps (number, name) VALUES (%s, %s)", (number, path.name)
                )


def _text(connection: Any, sql: str) -> str:
    return str(connection.execute(sql).fetchone()[0])
