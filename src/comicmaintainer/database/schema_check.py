"""The check that a database has the tables, columns and indexes of its schema version.

Used when a process starts, by the health address and by doctor. A file with the right version and a
wrong schema (changed by hand, or made by an unreleased build) would otherwise fail at every
statement.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from pysqlite3 import dbapi2 as driver

from comicmaintainer.database.connection import SqliteDatabase
from comicmaintainer.database.faults import mismatch
from comicmaintainer.database.schema_steps import bring_up_to_date

_PARTS = """
    SELECT 'column ' || tables.name || '.' || columns.name
    FROM sqlite_master AS tables, pragma_table_info(tables.name) AS columns
    WHERE tables.type = 'table' AND tables.name NOT LIKE 'sqlite_%'
    UNION ALL SELECT 'index ' || name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL
"""
_NAMED = 3


def lacking(database: SqliteDatabase) -> list[str]:
    """Return the columns and indexes that `database` lacks, sorted."""
    there = {row[0] for row in database.rows(_PARTS)}
    return sorted(_promised() - there)


def require_whole(database: SqliteDatabase) -> None:
    """Return if the schema is complete.

    Raises:
        SchemaMismatch: something is missing; the message says what to do.
        DatabaseError: the database can't be read.
    """
    missing = lacking(database)
    if missing:
        more = f" and {len(missing) - _NAMED} more" if len(missing) > _NAMED else ""
        raise mismatch(database.path, f"no {', '.join(missing[:_NAMED])}{more}")


@cache
def _promised() -> frozenset[str]:
    connection = driver.connect(":memory:", isolation_level=None)
    try:
        bring_up_to_date(connection, Path(":memory:"))
        return frozenset(row[0] for row in connection.execute(_PARTS))
    finally:
        connection.close()
