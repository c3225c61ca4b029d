"""How many rows each table has, and which step of the schema it is at."""

from __future__ import annotations

from comicmaintainer.database.connection import SqliteDatabase


def row_counts(database: SqliteDatabase) -> dict[str, int]:
    """Return the number of rows by table, in alphabetical order, without the search index's own."""
    tables = database.rows(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' "
        "AND sql NOT LIKE 'CREATE VIRTUAL%' ORDER BY name"
    )
    counts = {}
    for table in tables:
        name = str(table["name"]).replace('"', '""')
        row = database.row(f'SELECT count(*) AS n FROM "{name}"')
        counts[str(table["name"])] = 0 if row is None else int(row["n"])
    return counts


def schema_version(database: SqliteDatabase) -> int:
    """Return the number of the last step of the schema that was carried out."""
    row = database.row("PRAGMA user_version")
    return 0 if row is None else int(row["user_version"])
