"""Databases that lack part of the schema of their version."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from comicmaintainer.database import SqliteDatabase, schema_check, schema_parts
from comicmaintainer.database.schema_steps import steps
from comicmaintainer.errors import DatabaseError, SchemaMismatch


@pytest.fixture
def database(tmp_path: Path) -> SqliteDatabase:
    return SqliteDatabase(tmp_path / "jobs.db")


def change(database: SqliteDatabase, *statements: str) -> None:
    with database.transaction() as transaction:
        for statement in statements:
            transaction.execute(statement)


def test_the_steps_are_numbered_without_gaps() -> None:
    assert [int(name[:4]) for name in steps()] == list(range(1, len(steps()) + 1))


def test_the_parts_are_those_that_the_steps_make(database: SqliteDatabase) -> None:
    """`GOLDEN=write pytest tests/database/test_schema_check.py` writes them after a new step."""
    made = "".join(f"{row[0]}\n" for row in sorted(map(tuple, database.rows(schema_parts.PARTS))))
    if os.environ.get("GOLDEN") == "write":
        schema_parts.FILE.write_text(made, encoding="utf-8")
    assert schema_parts.FILE.read_text(encoding="utf-8") == made


def test_a_fresh_database_is_whole(database: SqliteDatabase) -> None:
    assert schema_check.lacking(database) == []
    schema_check.require_whole(database)


def test_additional_columns_and_indexes_are_accepted(database: SqliteDatabase) -> None:
    change(database, "ALTER TABLE jobs ADD COLUMN mine TEXT", "CREATE TABLE mine (a, b)")
    schema_check.require_whole(database)


def test_missing_columns_and_indexes_are_named(database: SqliteDatabase) -> None:
    change(database, "DROP INDEX idx_jobs_created_at", "ALTER TABLE files DROP COLUMN title")
    assert schema_check.lacking(database) == ["column files.title", "index idx_jobs_created_at"]
    with pytest.raises(SchemaMismatch, match=r"no column files\.title, .*restore"):
        schema_check.require_whole(database)


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT mine FROM jobs",
        "SELECT 1 FROM mine",
        "SELECT 1 FROM jobs INDEXED BY mine",
        "INSERT INTO jobs (mine) VALUES (1)",
    ],
)
def test_a_statement_on_a_missing_column_gives_a_schema_mismatch(
    database: SqliteDatabase, statement: str
) -> None:
    with pytest.raises(SchemaMismatch, match="mine"):
        change(database, statement)


def test_other_errors_of_sqlite_stay_as_they_are(database: SqliteDatabase) -> None:
    with pytest.raises(DatabaseError) as raised:
        change(database, "INSERT INTO jobs (job_id) VALUES (NULL)")
    assert not isinstance(raised.value, SchemaMismatch)
