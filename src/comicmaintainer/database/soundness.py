"""Whether the indexes of the database agree with its tables, and how they are rebuilt.

`quick_check` does not look at that (https://sqlite.org/pragma.html#pragma_quick_check): a row that
its index has lost is still in the table, but no query finds it. An index is made anew from the rows
of its table, so nothing is lost by it. Used before a service starts, by a daily chore, and by
doctor.
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

from comicmaintainer.database.connection import Database
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
"""What the next scan does then; the search index is written as files are read."""
_FORGET_SEARCH = (f"INSERT INTO {SEARCH} ({SEARCH}) VALUES ('delete-all')", READ_EVERY_FILE)


@dataclass(frozen=True, slots=True)
class Soundness:
    """What an examination found.

    `damage` is the first fault that is in no index: rows may be lost, and only a restart can
    recover the rest. `indexes` are the tables whose indexes disagree with them, and the search
    index. `is_whole` is False where there was no time to look at everything.
    """

    damage: str | None = None
    indexes: tuple[str, ...] = ()
    is_whole: bool = True


Query = Callable[[str], Sequence[Any]]
"""Runs a statement that reads, and returns its rows."""


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

    One that is not there is sound, and is not made.
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
    """Make the indexes of these tables anew, inside the transaction that `execute` belongs to.

    What is derived from the library is written again by the next scan.

    Raises:
        DatabaseDamaged, driver.Error: the rows of a table do not fit its own rules.
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
    """Rebuild in the database file at `path`; returns why that was not possible, or None."""
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


def examine_running(database: Database) -> Soundness:
    """Examine the database while it is used, and rebuild the indexes that disagree.

    Returns what was found; its `damage` also says so where an index can't be rebuilt.

    Raises:
        DatabaseError: not now (busy, full); nothing was changed.
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
    """What was rebuilt, for the user."""
    names = ", ".join("the search" if table == SEARCH else table for table in tables)
    return (
        f"Indexes of the database were damaged ({names}) and have been rebuilt from its rows: "
        "nothing was lost. If it happens again, check the disk and the memory of this machine."
    )


def _faults(query: Query, table: str) -> list[str]:
    """What integrity_check says of a table and its indexes."""
    try:
        lines = query(f'PRAGMA integrity_check("{table}")')
    except (DatabaseDamaged, driver.DatabaseError) as error:
        if getattr(error, "sqlite_errorname", "SQLITE_CORRUPT") != "SQLITE_CORRUPT":
            raise
        if table == SEARCH:
            return [str(error)]
        # A record of an index that can't be parsed ends the check. The table alone says whether
        # it is that: quick_check reads all of its rows and no index.
        lines = [*query(f'PRAGMA quick_check("{table}")'), (f"damage in index {table}",)]
    return [fault for (fault,) in lines if fault != "ok"]


def _index_at_fault(query: Query, fault: str) -> str | None:
    """The table whose index a line of integrity_check is about; None where it is no index."""
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
