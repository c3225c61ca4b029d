"""The comparison of the database's indexes with its tables, and their rebuilding.

`quick_check` does not compare them (https://sqlite.org/pragma.html#pragma_quick_check): a row that
its index has lost is still in the table, but no query finds it. An index is rebuilt from the rows
of its table, so nothing is lost. Used before a service starts, by a daily chore, and by doctor.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pysqlite3 import dbapi2 as driver

from comicmaintainer.database.connection import SqliteDatabase
from comicmaintainer.database.faults import translated
from comicmaintainer.errors import DatabaseDamaged

SEARCH = "file_search"
_CATALOGUE = frozenset({"files", "folders", "roots", "file_tags"})
_OF_INDEX = re.compile(r"(?:missing from|entries in|entry in|damage in) index (\S+)$")
_OF_TREE = re.compile(r"\bTree (\d+)\b")
_TABLES = (
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    f" AND name NOT GLOB '{SEARCH}_*' ORDER BY rootpage = 0, name"
)
LOOK_INTO_EVERY_FOLDER = "UPDATE folders SET digest = NULL"
READ_EVERY_FILE = "UPDATE files SET mtime_ns = 0, position = NULL"
"""Make the next scan read every file again; this also writes the search index."""
_FORGET_SEARCH = (f"INSERT INTO {SEARCH} ({SEARCH}) VALUES ('delete-all')", READ_EVERY_FILE)


@dataclass(frozen=True, slots=True)
class Soundness:
    """The result of an examination.

    `damage` is the first fault outside the indexes: rows may be lost, and only a restart can
    recover the rest. `indexes` names the tables whose indexes disagree with them, and the search
    index. `is_whole` is False if there was no time to check everything.
    """

    damage: str | None = None
    indexes: tuple[str, ...] = ()
    is_whole: bool = True


Query = Callable[[str], Sequence[Any]]
"""Runs a reading statement and returns its rows."""


def examine(query: Query) -> Soundness:
    """Compare every table with its indexes.

    Raises:
        DatabaseError: the database can't be read at all.
    """
    indexes: dict[str, None] = {}
    for (table,) in query(_TABLES):
        for fault in _faults(query, table):
            place = SEARCH if table == SEARCH else _index_at_fault(query, fault)
            if place is None:
                return Soundness(" ".join(f"{table}: {fault}".split()), tuple(indexes))
            indexes[place] = None
    return Soundness(indexes=tuple(indexes))


def examine_file(path: Path, budget_s: float) -> Soundness:
    """Examine the database file at `path`, for `budget_s` seconds at most.

    A missing file counts as sound and is not created.
    """
    if not path.exists():
        return Soundness()
    with _opened(path) as connection:
        deadline = time.monotonic() + budget_s
        connection.set_progress_handler(lambda: int(time.monotonic() > deadline), 100_000)
        try:
            return examine(lambda statement: connection.execute(statement).fetchall())
        except driver.DatabaseError as error:
            if getattr(error, "sqlite_errorname", "") == "SQLITE_INTERRUPT":
                return Soundness(is_whole=False)
            failure = translated(error, path)
            if isinstance(failure, DatabaseDamaged):
                return Soundness(damage=str(error))
            raise failure from error


def rebuild(execute: Callable[[str], object], tables: Sequence[str]) -> None:
    """Rebuild the indexes of these tables in the transaction that `execute` belongs to.

    The next scan writes again what is derived from the library.

    Raises:
        DatabaseDamaged, driver.Error: the rows of a table violate its constraints.
    """
    for table in tables:
        if table == SEARCH:
            for statement in _FORGET_SEARCH:
                execute(statement)
        else:
            execute(f'REINDEX "{table}"')
    if _CATALOGUE.intersection(tables) or SEARCH in tables:
        execute(LOOK_INTO_EVERY_FOLDER)


def rebuild_file(path: Path, tables: Sequence[str]) -> str | None:
    """Rebuild in the database file at `path`; return why that was not possible, or None."""
    with _opened(path) as connection:
        connection.execute("BEGIN IMMEDIATE")
        try:
            rebuild(connection.execute, tables)
            connection.execute("COMMIT")
        except driver.IntegrityError as error:
            connection.execute("ROLLBACK")
            return f"an index can't be rebuilt: {error}"
        except driver.DatabaseError as error:
            if not isinstance(translated(error, path), DatabaseDamaged):
                raise
            return f"an index can't be rebuilt: {error}"
    return None


def examine_running(database: SqliteDatabase) -> Soundness:
    """Examine the database while it is in use, and rebuild damaged indexes.

    Returns the result; its `damage` also reports an index that can't be rebuilt.

    Raises:
        DatabaseError: it is busy or full; nothing was changed.
    """
    try:
        found = examine(database.rows)
    except DatabaseDamaged as error:
        return Soundness(damage=str(error))
    if found.damage is not None or not found.indexes:
        return found
    try:
        with database.transaction() as transaction:
            rebuild(transaction.execute, found.indexes)
    except DatabaseDamaged as error:
        return Soundness(f"an index can't be rebuilt: {error}", found.indexes)
    return found


def sentence(tables: Sequence[str]) -> str:
    """Describe what was rebuilt, for the user."""
    names = ", ".join("the search" if table == SEARCH else table for table in tables)
    return (
        f"Indexes of the database were damaged ({names}) and have been rebuilt from its rows: "
        "nothing was lost. If it happens again, check the disk and the memory of this machine."
    )


def _faults(query: Query, table: str) -> list[str]:
    """Return the faults that integrity_check finds in a table and its indexes."""
    try:
        lines = query(f'PRAGMA integrity_check("{table}")')
    except (DatabaseDamaged, driver.DatabaseError) as error:
        if getattr(error, "sqlite_errorname", "SQLITE_CORRUPT") != "SQLITE_CORRUPT":
            raise
        if table == SEARCH:
            return [str(error)]
        # An index record that can't be parsed ends the check. quick_check reads all rows and no
        # index, so it shows whether the table itself is sound.
        lines = [*query(f'PRAGMA quick_check("{table}")'), (f"damage in index {table}",)]
    return [fault for (fault,) in lines if fault != "ok"]


def _index_at_fault(query: Query, fault: str) -> str | None:
    """Return the table of the index that a line of integrity_check names; None if it names none."""
    named, tree = _OF_INDEX.search(fault), _OF_TREE.search(fault)
    if named is not None:
        rows = query(f"SELECT tbl_name FROM sqlite_master WHERE name = '{_quoted(named[1])}'")
    elif tree is not None:
        rows = query(
            f"SELECT tbl_name FROM sqlite_master WHERE type = 'index' AND rootpage = {int(tree[1])}"
        )
    else:
        return None
    return str(rows[0][0]) if rows else None


def _quoted(name: str) -> str:
    return name.replace("'", "''")


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    connection = driver.connect(os.fspath(path), isolation_level=None)
    try:
        yield connection
    finally:
        connection.close()
