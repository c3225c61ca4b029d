"""Copies a whole database from a file to a server, or back: every table, compared row by row.

The target is new or empty, and what is copied appears in it as a whole or not at all. Nothing else
may use either meanwhile. The search index has another form in each database, so the caller makes
its documents anew. Used by the command `database copy`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import zip_longest
from typing import Any

import psycopg
from psycopg import sql

from comicmaintainer.database.connection import SqliteDatabase
from comicmaintainer.database.faults import driver_errors as file_errors
from comicmaintainer.database.postgresql.connection import PostgresDatabase
from comicmaintainer.database.postgresql.faults import driver_errors
from comicmaintainer.errors import Conflict, DatabaseError

Documents = Iterable[tuple[int, str]]
"""The rows of the search index: positions and terms."""
Report = Callable[[str, int], None]
"""Hears of each table, and how many rows it has."""

_AT_ONCE = 2_000
_ENDED_WITHIN_S = 5.0
_SEARCH = "file_search"
_GIVEN_TO_ALL = frozenset({"counters", "page_search"})
"""Tables that have rows as soon as they are made."""
_COLUMNS = """
    SELECT column_name FROM information_schema.columns
    WHERE table_schema = 'public' AND table_name = %s ORDER BY ordinal_position"""
_KEY = """
    SELECT a.attname FROM pg_index i JOIN pg_attribute a
        ON a.attrelid = i.indrelid AND a.attnum = ANY(i.indkey)
    WHERE i.indrelid = %s::regclass AND i.indisprimary
    ORDER BY array_position(i.indkey::smallint[], a.attnum)"""
_PARENTS = """
    SELECT conrelid::regclass::text, confrelid::regclass::text FROM pg_constraint
    WHERE contype = 'f' AND connamespace = 'public'::regnamespace AND conrelid <> confrelid"""
_SEQUENCES = """
    SELECT table_name, column_name, pg_get_serial_sequence(quote_ident(table_name), column_name)
    FROM information_schema.columns
    WHERE table_schema = 'public' AND is_identity = 'YES' ORDER BY table_name"""
_OTHERS = """
    SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
    AND pid <> pg_backend_pid() AND backend_type = 'client backend'"""


def to_server(
    source: SqliteDatabase, target: PostgresDatabase, documents: Documents, report: Report
) -> None:
    """Copy the file `source` to the server `target`.

    Raises:
        Conflict: one of them is in use, or the target is not empty.
        DatabaseError: a value can't be stored there, or was not stored as it is.
    """
    target.value("SELECT 1")  # makes its tables
    target.close()
    with _file(source) as file, driver_errors(target.name), target.connected() as server:
        tables = _Tables(server)
        _require_alone(server, target.name)
        with server.transaction():
            for name in tables.names:
                if name not in _GIVEN_TO_ALL and server.execute(_any_row(name)).fetchone():
                    raise Conflict(f"The database {target.name} is not empty: {name} has rows.")
            for name in tables.names:
                server.execute(_without_triggers(name, off=True))
                server.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(name)))
            for name in tables.names:
                _fill_server(server, name, tables.columns(name), _rows_of_file(file, tables, name))
                _compare(name, _rows_of_file(file, tables, name), _rows(server, tables, name))
                report(name, _count(server, name))
            _fill_server(server, _SEARCH, ["rowid", "terms"], documents)
            report(_SEARCH, _count(server, _SEARCH))
            _set_sequences(file, server)
            for name in tables.names:
                server.execute(_without_triggers(name, off=False))
        server.execute("ANALYZE")


def from_server(
    source: PostgresDatabase, target: SqliteDatabase, documents: Documents, report: Report
) -> None:
    """Copy the server `source` to the new file `target`.

    Raises:
        Conflict: the source is in use.
        DatabaseError: a value was not stored as it is.
    """
    source.close()
    with _file(target) as file, driver_errors(source.name), source.connected() as server:
        tables = _Tables(server)
        _require_alone(server, source.name)
        triggers = file.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        made_again = triggers.fetchall()
        file.execute("PRAGMA foreign_keys=OFF")
        file.execute("BEGIN IMMEDIATE")
        for name, _ in made_again:
            file.execute(f"DROP TRIGGER {name}")
        with server.transaction():
            server.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            for name in tables.names:
                file.execute(f'DELETE FROM "{name}"')
                _fill_file(file, name, tables.columns(name), _rows(server, tables, name))
                _compare(name, _rows(server, tables, name), _rows_of_file(file, tables, name))
                report(name, file.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0])
            _remember_sequences(server, file)
        _fill_file(file, _SEARCH, ["rowid", "terms"], documents)
        report(_SEARCH, file.execute(f"SELECT count(*) FROM {_SEARCH}").fetchone()[0])
        for _, statement in made_again:
            file.execute(statement)
        file.execute("COMMIT")
        file.execute("PRAGMA foreign_keys=ON")


class _Tables:
    """The tables of the schema, parents before their children, with their columns and keys."""

    def __init__(self, server: psycopg.Connection[Any]) -> None:
        rows = server.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
            " AND tablename NOT IN ('schema_steps', 'file_search',"
            " 'file_search_series') ORDER BY tablename"
        ).fetchall()
        parents = server.execute(_PARENTS).fetchall()
        left = [name for (name,) in rows]
        self.names: list[str] = []
        while left:
            ready = [
                name
                for name in left
                if not any(child == name and parent in left for child, parent in parents)
            ]
            self.names += ready
            left = [name for name in left if name not in ready]

        # Asked now, because nothing can be asked while rows are sent.
        self._columns = {
            name: [row[0] for row in server.execute(_COLUMNS, (name,))] for name in self.names
        }
        self._keys = {
            name: [row[0] for row in server.execute(_KEY, (f'public."{name}"',))]
            for name in self.names
        }

    def columns(self, name: str) -> list[str]:
        """Return the columns of a table."""
        return self._columns[name]

    def order(self, name: str) -> list[str]:
        """Return the columns by which rows are compared one after the other."""
        return self._keys[name] or self._columns[name]


@contextmanager
def _file(database: SqliteDatabase) -> Iterator[Any]:
    """Lend the raw connection of a file; what is open in it is rolled back on an error."""
    with file_errors(database.path), database.exclusive_connection() as connection:
        try:
            yield connection
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")


def _require_alone(server: psycopg.Connection[Any], name: str) -> None:
    # Sessions that were closed just now may still be there for a moment.
    deadline = time.monotonic() + _ENDED_WITHIN_S
    while (row := server.execute(_OTHERS).fetchone()) is None or row[0]:
        if time.monotonic() > deadline:
            raise Conflict(f"The database {name} is in use; stop everything that uses it first.")
        time.sleep(0.05)


def _any_row(name: str) -> sql.Composed:
    return sql.SQL("SELECT 1 FROM {} LIMIT 1").format(sql.Identifier(name))


def _without_triggers(name: str, *, off: bool) -> sql.Composed:
    done = sql.SQL("DISABLE" if off else "ENABLE")
    return sql.SQL("ALTER TABLE {} {} TRIGGER USER").format(sql.Identifier(name), done)


def _count(server: psycopg.Connection[Any], name: str) -> int:
    row = server.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(name))).fetchone()
    return 0 if row is None else int(row[0])


def _names(columns: Sequence[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, columns))


def _rows(server: psycopg.Connection[Any], tables: _Tables, name: str) -> Iterator[Sequence[Any]]:
    """Yield the rows of a table in the order of its key."""
    query = sql.SQL("SELECT {} FROM {} ORDER BY {}").format(
        _names(tables.columns(name)), sql.Identifier(name), _names(tables.order(name))
    )
    with server.cursor(f"copied_{name}") as cursor:
        cursor.itersize = _AT_ONCE
        cursor.execute(query)
        yield from cursor


def _rows_of_file(file: Any, tables: _Tables, name: str) -> Iterator[Sequence[Any]]:
    """Yield the rows of a table in the order of its key."""
    columns = ", ".join(f'"{column}"' for column in tables.columns(name))
    order = ", ".join(f'"{column}"' for column in tables.order(name))
    cursor = file.cursor()
    cursor.row_factory = None
    for row in cursor.execute(f'SELECT {columns} FROM "{name}" ORDER BY {order}'):
        yield tuple(row)


def _fill_server(
    server: psycopg.Connection[Any],
    name: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
) -> None:
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(name), _names(columns))
    with server.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


def _fill_file(file: Any, name: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    names = ", ".join(f'"{column}"' for column in columns)
    marks = ", ".join("?" * len(columns))
    file.executemany(f'INSERT INTO "{name}" ({names}) VALUES ({marks})', rows)


def _compare(name: str, given: Iterator[Sequence[Any]], stored: Iterator[Sequence[Any]]) -> None:
    """Return if both have the same rows.

    Raises:
        DatabaseError: they differ.
    """
    for number, (one, other) in enumerate(zip_longest(given, stored), start=1):
        if one is None or other is None or list(map(_plain, one)) != list(map(_plain, other)):
            raise DatabaseError(f"Row {number} of {name} was not stored as it is. Nothing is kept.")


def _plain(value: Any) -> Any:
    return bytes(value) if isinstance(value, memoryview) else value


def _set_sequences(file: Any, server: psycopg.Connection[Any]) -> None:
    """Let ids go on after the highest that was ever given, so that none is given twice."""
    given = dict(file.execute("SELECT name, seq FROM sqlite_sequence").fetchall())
    for table, column, sequence in server.execute(_SEQUENCES).fetchall():
        highest = sql.SQL("SELECT coalesce(max({}), 0) FROM {}").format(
            sql.Identifier(column), sql.Identifier(table)
        )
        row = server.execute(highest).fetchone()
        last = max(0 if row is None else row[0], given.get(table, 0))
        if last:
            server.execute("SELECT setval(%s::regclass, %s)", (sequence, last))


def _remember_sequences(server: psycopg.Connection[Any], file: Any) -> None:
    kept = {name for (name,) in file.execute("SELECT name FROM sqlite_sequence")}
    for table, _, sequence in server.execute(_SEQUENCES).fetchall():
        row = server.execute("SELECT pg_sequence_last_value(%s::regclass)", (sequence,)).fetchone()
        last = None if row is None else row[0]
        if last is None:
            continue
        if table in kept:
            file.execute(
                "UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = ?", (last, table)
            )
        elif file.execute(
            "SELECT 1 FROM sqlite_master WHERE name = ? AND sql LIKE '%AUTOINCREMENT%'", (table,)
        ).fetchone():
            file.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", (table, last))
