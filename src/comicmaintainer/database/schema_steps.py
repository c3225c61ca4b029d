"""The numbered steps of the schema, and how they are applied.

Each file `schema/NNNN_name.sql` is one step, applied in order, each in one transaction with the
`user_version` that records it. A step is never edited once released; a new one is added. Steps only
add: columns are nullable or defaulted, so that the first release can still open the file.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pysqlite3 import dbapi2 as driver

from comicmaintainer.errors import DatabaseUnusable

SCHEMA = Path(__file__).parent / "schema"


def steps() -> list[str]:
    """Return the names of all steps; the number of a step is its position, from 1."""
    return sorted(path.name for path in SCHEMA.glob("*.sql"))


def statements(script: str) -> list[str]:
    """Split a script into its complete statements."""
    complete: list[str] = []
    pending = ""
    for line in script.splitlines(keepends=True):
        pending += line
        if driver.complete_statement(pending):
            complete.append(pending.strip())
            pending = ""
    return complete


def bring_up_to_date(connection: Any, path: Path, *, up_to: int | None = None) -> None:
    """Apply the steps that the database at `path` lacks. Safe for many processes at once.

    `up_to` is the number of the last step (recovery builds the schema that a damaged file had).

    Raises:
        DatabaseUnusable: the database was made by a newer release.
    """
    names = steps()
    if _version(connection) == len(names):
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        version = _version(connection)
        if version > len(names):
            raise DatabaseUnusable(
                f"The database {path} was made by a newer ComicMaintainer (schema {version}, this "
                f"one knows {len(names)}). Upgrade, or put back "
                f"the newest {path.parent}/backups/before-upgrade-*.db: it was made before the "
                "newer version changed the database."
            )
        for number, name in enumerate(names[version:up_to], start=version + 1):
            for statement in statements((SCHEMA / name).read_text(encoding="utf-8")):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {number}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _version(connection: Any) -> int:
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return version
