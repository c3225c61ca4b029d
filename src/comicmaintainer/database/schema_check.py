"""Whether a database really has the tables, columns and indexes that its schema version promises.

Used where a process starts, by the health address and by doctor. A file whose version is right and
whose schema is not (changed by hand, or made by a build that was never released) would otherwise
fail at every statement, for ever.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from pysqlite3 import dbapi2 as driver

from comicmaintainer.database.connection import Database
from comicmaintainer.database.faults import mismatch
from comicmaintainer.database.schema_steps import bring_up_to_date

_PARTS = """
    SELECT 'column ' || tables.name || '.' || columns.name
    FROM sqlite_master AS tables, pragma_table_info(tables.name) AS columns
    WHERE tables.type = 'table' AND tables.name NOT LIKE 'sqlite_%'
    UNION ALL SELECT 'index ' || name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL
"""
_NAMED = 3


def lacking(database: Database) -> list[str]:
    """Return the columns and indexes that `database` should have and has not, sorted."""
    there = {row[0] for row in database.rows(_PARTS)}
    return sorted(_promised() - there)


def require_whole(database: Database) -> None:
    """Return if nothing is lacking.

    Raises:
        SchemaMismatch: something is; the message says what can be done.
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
