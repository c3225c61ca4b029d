"""A SQLite database of others that is only read, with an index that we keep beside it.

A dump usually has no indexes, and is not ours to change. The index is a file of ours that is built
once for each dump, by one process; it is known by the dump's size and time. Nothing in a dump is
trusted: it can't call functions or load extensions, and a damaged one is an error like any other.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pysqlite3 import dbapi2 as driver

from comicmaintainer.database.private_files import create_private
from comicmaintainer.errors import StorageFailed, UnusableAnswer

Parameters = Sequence[Any]


@dataclass(frozen=True, slots=True)
class IndexTable:
    """A table of the index: how it is made, and the queries of the dump that fill it.

    A query that needs a table or column which the dump lacks is left out, if another remains.
    """

    create: str
    insert: str
    queries: tuple[str, ...]
    is_needed: bool = True


class DumpFile:
    """The dump at `path`, named `dump` in queries, with the tables of its index, named `main`."""

    def __init__(self, path: Path, index: Path, tables: tuple[IndexTable, ...]) -> None:
        self.path = path
        self._index = index
        self._tables = tables

    def is_indexed(self) -> bool:
        """Return whether the index is there and was built of this dump."""
        if not self._index.exists():
            return False
        try:
            with self._opened(self._index) as connection:
                row = connection.execute("SELECT mark FROM indexed_dump").fetchone()
        except driver.Error:
            return False
        return row is not None and row[0] == self._mark()

    def build_index(self) -> bool:
        """Build the index; return False if another process is building it.

        Raises:
            UnusableAnswer: the dump is damaged, or not of the kind that was expected.
            StorageFailed: the index could not be written.
        """
        self._index.parent.mkdir(parents=True, exist_ok=True)
        lock = os.open(f"{self._index}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            if not self.is_indexed():
                self._build()
        except OSError as error:
            raise StorageFailed(
                f"The index {self._index} can't be written: {error.strerror}."
            ) from error
        finally:
            os.close(lock)
        return True

    def rows(self, sql: str, parameters: Parameters = ()) -> list[Any]:
        """Run a query over the dump and its index.

        Raises:
            UnusableAnswer: the dump is damaged.
        """
        with self._reading() as connection:
            rows: list[Any] = connection.execute(sql, parameters).fetchall()
            return rows

    def columns(self, table: str) -> frozenset[str]:
        """Return the names of a table's columns; none if there is no such table."""
        return frozenset(
            row[0] for row in self.rows("SELECT name FROM pragma_table_info(?, 'dump')", (table,))
        )

    @contextmanager
    def _reading(self) -> Iterator[Any]:
        try:
            with self._opened(self._index) as connection:
                self._attach(connection)
                connection.execute("PRAGMA query_only = ON")
                yield connection
        except driver.Error as error:
            raise self._damaged(error) from error

    def _build(self) -> None:
        unfinished = self._index.with_name(f"{self._index.name}.unfinished")
        unfinished.unlink(missing_ok=True)
        create_private(unfinished)
        mark = self._mark()
        try:
            with self._opened(unfinished, writing=True) as connection:
                self._attach(connection)
                connection.execute("PRAGMA main.journal_mode = OFF")
                connection.execute("PRAGMA main.synchronous = OFF")
                connection.execute("BEGIN")
                for table in self._tables:
                    self._fill(connection, table)
                connection.execute("CREATE TABLE indexed_dump (mark TEXT)")
                connection.execute("INSERT INTO indexed_dump VALUES (?)", (mark,))
                connection.execute("COMMIT")
            unfinished.replace(self._index)
        except driver.Error as error:
            raise self._damaged(error) from error
        finally:
            with suppress(FileNotFoundError):
                unfinished.unlink()

    def _fill(self, connection: Any, table: IndexTable) -> None:
        connection.execute(table.create)
        failures: list[driver.Error] = []
        for query in table.queries:
            try:
                connection.execute(f"{table.insert} {query}")
            except driver.OperationalError as error:
                failures.append(error)
        if table.is_needed and len(failures) == len(table.queries):
            raise failures[0]

    def _attach(self, connection: Any) -> None:
        uri = f"{self.path.absolute().as_uri()}?mode=ro&immutable=1"
        connection.execute("ATTACH DATABASE ? AS dump", (uri,))
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute("PRAGMA cell_size_check = ON")

    @contextmanager
    def _opened(self, path: Path, *, writing: bool = False) -> Iterator[Any]:
        mode = "rwc" if writing else "ro"
        connection = driver.connect(
            f"{path.absolute().as_uri()}?mode={mode}", uri=True, isolation_level=None
        )
        connection.row_factory = driver.Row
        try:
            yield connection
        finally:
            connection.close()

    def _mark(self) -> str:
        try:
            status = self.path.stat()
        except OSError as error:
            raise UnusableAnswer(f"{self.path} can't be read: {error.strerror}.") from error
        return f"{status.st_size} {status.st_mtime_ns}"

    def _damaged(self, error: driver.Error) -> UnusableAnswer:
        return UnusableAnswer(
            f"{self.path} is damaged, or not the file that was expected ({error}). Download it "
            "again."
        )
