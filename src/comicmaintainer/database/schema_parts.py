"""The columns and indexes that a SQLite database of this version has."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from pysqlite3 import dbapi2 as driver

from comicmaintainer.database.schema_steps import bring_up_to_date

PARTS = """
    SELECT 'column ' || tables.name || '.' || columns.name
    FROM sqlite_master AS tables, pragma_table_info(tables.name) AS columns
    WHERE tables.type = 'table' AND tables.name NOT LIKE 'sqlite_%'
    UNION ALL SELECT 'index ' || name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL
"""


def missing_parts(there: set[str]) -> list[str]:
    """Return what of the schema is not among the parts `there`, sorted."""
    return sorted(_promised() - there)


@cache
def _promised() -> frozenset[str]:
    connection = driver.connect(":memory:", isolation_level=None)
    try:
        bring_up_to_date(connection, Path(":memory:"))
        return frozenset(row[0] for row in connection.execute(PARTS))
    finally:
        connection.close()
