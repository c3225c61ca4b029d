"""The columns and indexes that a database of this version has.

`schema/parts.txt` names them, one a line, so that a process that starts need not build a database
from all steps to know them. A test holds it to the steps.
"""

from __future__ import annotations

from functools import cache

from comicmaintainer.database.schema_steps import SCHEMA

FILE = SCHEMA / "parts.txt"
PARTS = """
    SELECT 'column ' || tables.name || '.' || columns.name
    FROM sqlite_master AS tables, pragma_table_info(tables.name) AS columns
    WHERE tables.type = 'table' AND tables.name NOT LIKE 'sqlite_%'
    UNION ALL SELECT 'index ' || name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL
"""
"""Selects the parts that a SQLite database has."""


def missing_parts(there: set[str]) -> list[str]:
    """Return what of the schema is not among the parts `there`, sorted."""
    return sorted(_promised() - there)


@cache
def _promised() -> frozenset[str]:
    return frozenset(FILE.read_text(encoding="utf-8").splitlines())
