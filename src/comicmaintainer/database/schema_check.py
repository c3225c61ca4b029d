"""The check that a database has the tables, columns and indexes of its schema version.

Used when a process starts, by the health address and by doctor. A database with the right version
and a wrong schema (changed by hand, or made by an unreleased build) would otherwise fail at every
statement.
"""

from __future__ import annotations

from comicmaintainer.database.faults import mismatch
from comicmaintainer.database.interface import Database

_NAMED = 3


def lacking(database: Database) -> list[str]:
    """Return the columns and indexes that `database` lacks, sorted."""
    return database.missing_parts()


def require_whole(database: Database) -> None:
    """Return if the schema is complete.

    Raises:
        SchemaMismatch: something is missing; the message says what to do.
        DatabaseError: the database can't be read.
    """
    missing = lacking(database)
    if missing:
        more = f" and {len(missing) - _NAMED} more" if len(missing) > _NAMED else ""
        raise mismatch(database.name, f"no {', '.join(missing[:_NAMED])}{more}")
