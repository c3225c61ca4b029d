"""How many rows each table has."""

from __future__ import annotations

from comicmaintainer.database.interface import Database


def row_counts(database: Database) -> dict[str, int]:
    """Return the number of rows by table, in alphabetical order, without the search index's own."""
    return {name: database.value(f'SELECT count(*) FROM "{name}"') for name in database.tables()}
