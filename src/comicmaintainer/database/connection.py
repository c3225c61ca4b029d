"""Connections to the shared SQLite file: one per thread and process, opened on first use.

Invariants: WAL, synchronous=FULL and foreign keys are read back on every new connection; every
write runs in BEGIN IMMEDIATE inside the write turn; no connection is used after a fork; a database
file that was deleted or replaced under the running service is recognised by its inode and reopened.
Reads are short: all rows are fetched at once, because an open cursor would block checkpoints.
"""

from __future__ import annotations

import errno
import fcntl
import os
import socket
import threading
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pysqlite3 import dbapi2 as driver

from comicmaintainer.database import presence, sqlite_version
from comicmaintainer.database.faults import driver_errors, of_disk
from comicmaintainer.database.interface import Database, Row
from comicmaintainer.database.private_files import create_private
from comicmaintainer.database.schema_parts import PARTS, missing_parts
from comicmaintainer.database.transaction import Parameters, Transaction
from comicmaintainer.database.turns import Turn
from comicmaintainer.database.upgrade import upgrade
from comicmaintainer.database.write_turn import NEXT, TURN, WriteTurn
from comicmaintainer.errors import (
    DatabaseError,
    DatabaseMissing,
    DatabaseReadOnly,
    DatabaseUnusable,
)
from comicmaintainer.filesystem.lock_holders import Holder, holders

BUSY_TIMEOUT_S = 30.0
# The driver's cache, once full, drops the newest statement: two new ones would evict each other at
# every use and be compiled each time. The steps of a new schema alone fill the default of 128.
CACHED_STATEMENTS = 1024
WAL_LIMIT_BYTES = 64 * 1024 * 1024


@dataclass(slots=True)
class _Open:
    """A connection with the facts that must still be true when it is used.

    Without a `turn` it can only read, because the disk is read-only.
    """

    connection: Any
    process_id: int
    identity: tuple[int, int]
    turn: WriteTurn | None
    depth: int = 0

    def close(self) -> None:
        """Close the connection and its descriptor of the write turn."""
        self.connection.close()
        if self.turn is not None:
            self.turn.close()


class SqliteDialect:
    """See `interface.Dialect`."""

    locks_rows = False
    search_is_ordered = True

    def some_rows(self, table: str, key: str, condition: str) -> str:
        """See Dialect."""
        return f"({key}) IN (SELECT {key} FROM {table} WHERE {condition})"

    def take_name(self, transaction: Transaction, name: str) -> bool:  # noqa: ARG002
        """See Dialect. Nobody else is in a transaction."""
        return True

    def merge_search(self, transaction: Transaction, pages: int) -> bool:
        """See Dialect."""
        before = transaction.value("SELECT total_changes()")
        transaction.execute(
            "INSERT INTO file_search (file_search, rank) VALUES ('merge', ?)", (pages,)
        )
        # https://sqlite.org/fts5.html#the_merge_command: fewer than two changes mean no work.
        return bool(transaction.value("SELECT total_changes()") - before >= 2)

    def first_of_new_ids(
        self,
        transaction: Transaction,
        table: str,
        column: str,  # noqa: ARG002
        count: int,  # noqa: ARG002
    ) -> int:
        """See Dialect. Inserting the rows advances the sequence."""
        last = transaction.row("SELECT seq FROM sqlite_sequence WHERE name = ?", (table,))
        return 1 if last is None else last["seq"] + 1


class SqliteDatabase(Database):
    """The database at `path`, shared by all threads of all processes that open it.

    `cache_bytes` is the page cache of this process, divided by `connections`, the expected number
    of threads that use the database.
    """

    is_shared = False

    def __init__(
        self,
        path: Path,
        *,
        cache_bytes: int = 16 << 20,
        connections: int = 8,
        host: str | None = None,
    ) -> None:
        sqlite_version.require_sound()
        self.path = path
        self.name = os.fspath(path)
        self.host = host or socket.gethostname()
        self.local_folder = path.parent
        self.dialect = SqliteDialect()
        self._cache_kib = max(256, cache_bytes // 1024 // max(1, connections))
        self._local = threading.local()
        self._presence = presence.Presence(path)
        self._inherited: list[_Open] = []
        self._turns: weakref.WeakSet[WriteTurn] = weakref.WeakSet()
        self._turns_guard = threading.Lock()
        # Read at the start, because the disk may be gone when the database is first used.
        identity = self._identity()
        self._device = None if identity is None else identity[0]

    # --- reading ---------------------------------------------------------------------------------

    def rows(self, sql: str, parameters: Parameters = ()) -> list[Row]:
        """Run a query and return all its rows."""
        with driver_errors(self.path):
            rows: list[Row] = self._open().connection.execute(sql, parameters).fetchall()
            return rows

    def row(self, sql: str, parameters: Parameters = ()) -> Row | None:
        """Run a query and return its first row, or None."""
        with driver_errors(self.path):
            return self._open().connection.execute(sql, parameters).fetchone()

    def value(self, sql: str, parameters: Parameters = ()) -> Any:
        """Run a query that returns exactly one row of one column, and return that value."""
        with driver_errors(self.path):
            return self._open().connection.execute(sql, parameters).fetchone()[0]

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Let all reads of this thread inside the block see the same state. Keep it short."""
        with driver_errors(self.path):
            connection = self._open().connection
            connection.execute("BEGIN")
            try:
                yield
            finally:
                connection.execute("COMMIT")

    def data_version(self) -> int:
        """Return a number that changes when another connection commits (takes about 3 µs)."""
        with driver_errors(self.path):
            version: int = self._open().connection.execute("PRAGMA data_version").fetchone()[0]
            return version

    def now(self) -> float:
        """Return the time of this machine, which all processes share."""
        return time.time()

    # --- writing ---------------------------------------------------------------------------------

    @contextmanager
    def transaction(self, turn: Turn = Turn.ALL) -> Iterator[Transaction]:  # noqa: ARG002
        """Run the block as one write transaction, committed (and on disk) when it ends.

        There is one turn for everything.

        Raises:
            DatabaseError: or a subclass; then nothing of the block was written.
        """
        opened = self._open()
        if opened.depth:
            raise AssertionError("transactions do not nest")
        if opened.turn is None:
            raise of_disk(self.path) or DatabaseReadOnly(f"{self.path} was read-only; try again.")
        with opened.turn.held(), driver_errors(self.path):
            connection = opened.connection
            connection.execute("BEGIN IMMEDIATE")
            opened.depth = 1
            try:
                yield Transaction(connection, self.dialect)
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
            finally:
                opened.depth = 0

    # --- what it is ------------------------------------------------------------------------------

    def tables(self) -> list[str]:
        """See Database."""
        rows = self.rows(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' "
            "AND name NOT LIKE 'file_search%' ORDER BY name"
        )
        return [row["name"] for row in rows]

    def schema_version(self) -> int:
        """See Database."""
        return int(self.value("PRAGMA user_version"))

    def missing_parts(self) -> list[str]:
        """See Database."""
        return missing_parts({row[0] for row in self.rows(PARTS)})

    def size_bytes(self) -> int:
        """Return the size of the file, without its log."""
        return self.path.stat().st_size

    @contextmanager
    def alone(self, name: str) -> Iterator[bool]:
        """See Database. All who use the file are on one host."""
        with self.path.with_name(f"{self.path.name}-{name}").open("wb") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
            else:
                yield True

    @contextmanager
    def exclusive_connection(self) -> Iterator[Any]:
        """Give maintenance (checkpoint, backup, VACUUM INTO) the raw connection."""
        with driver_errors(self.path):
            yield self._open().connection

    def close(self) -> None:
        """Close this thread's connection; the next use opens a new one."""
        opened: _Open | None = getattr(self._local, "opened", None)
        if opened is not None and opened.process_id == os.getpid():
            opened.close()
        self._local.opened = None

    def longest_wait_s(self) -> float:
        """Return the longest present wait of this process to write or to open; 0 if nobody waits.

        Safe to call from any thread.
        """
        with self._turns_guard:
            begun = [turn.waits_since for turn in self._turns]
        begun.append(self._presence.waits_since)
        now = time.monotonic()
        return max((now - since for since in begun if since is not None), default=0.0)

    def holders(self) -> list[Holder]:
        """Return the processes that keep others waiting, as far as this user can see them."""
        places = (self._turn_path, TURN), (self._turn_path, NEXT), (self._presence.opening_path, 0)
        return next((found for place in places if (found := holders(*place))), [])

    # --- opening ---------------------------------------------------------------------------------

    def _open(self) -> _Open:
        opened: _Open | None = getattr(self._local, "opened", None)
        if opened is not None:
            if opened.depth:
                return opened
            if opened.process_id != os.getpid():
                # Closing it here could drop the parent's locks, so keep it unused.
                self._inherited.append(opened)
            elif opened.identity == self._identity() and (
                opened.turn is not None or isinstance(of_disk(self.path), DatabaseReadOnly)
            ):
                return opened
            else:
                self.close()
        self._local.opened = fresh = self._connect()
        return fresh

    @property
    def _turn_path(self) -> Path:
        return self.path.with_name(self.path.name + "-turn")

    def _identity(self) -> tuple[int, int] | None:
        try:
            status = os.stat(self.path)  # noqa: PTH116 - on the hot path; Path.stat costs twice as much
        except (FileNotFoundError, NotADirectoryError):
            return None
        return (status.st_dev, status.st_ino)

    def _require_same_disk(self) -> None:
        """Refuse to create a new database on the bare mount point of a missing disk.

        Raises:
            DatabaseMissing: the disk that held the database is missing.
        """
        if self._device is None or self.path.exists():
            return
        above = self.path.parent
        while not above.is_dir():
            above = above.parent
        if above.stat().st_dev != self._device:
            raise DatabaseMissing(
                f"The disk that holds {self.path} is not mounted. Mount it again: waiting jobs "
                "then continue. No new database is created in its place."
            )

    def _connect(self) -> _Open:
        self._require_same_disk()
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            turn = WriteTurn(self._turn_path)
        except OSError as error:
            failure = self._meaning(error)
            if isinstance(failure, DatabaseReadOnly) and self.path.exists():
                return self._connect_to_read(failure)
            raise failure from error
        try:
            with driver_errors(self.path):
                connection = self._open_whole()
                identity = self._identity()
        except OSError as error:
            raise self._meaning(error) from error
        if identity is None:
            raise DatabaseUnusable(
                f"The database {self.path} vanished while it was opened; try again."
            )
        self._device = identity[0]
        with self._turns_guard:
            self._turns.add(turn)
        return _Open(connection, os.getpid(), identity, turn)

    def _open_whole(self) -> Any:
        """Open the database; create it or bring it up to date if needed."""
        with self._presence.opening():
            create_private(self.path)
            connection = driver.connect(
                os.fspath(self.path),
                timeout=BUSY_TIMEOUT_S,
                isolation_level=None,
                check_same_thread=False,
                cached_statements=CACHED_STATEMENTS,
            )
            self._configure(connection)
            upgrade(connection, self.path)
        return connection

    def _meaning(self, error: OSError) -> DatabaseError:
        """Return what it means that a file beside the database can't be opened."""
        if error.errno in (errno.EMFILE, errno.ENFILE):
            return DatabaseUnusable(
                f"The database {self.path} can't be opened: {error.strerror}. Raise the limit of "
                "open files: ulimit -n 1024."
            )
        return of_disk(self.path) or DatabaseUnusable(
            f"The folder {self.path.parent} can't be used for the database: {error.strerror}. "
            "Set CONFIG_DIR to a writable folder."
        )

    def _connect_to_read(self, reason: DatabaseError) -> _Open:
        """Open a database on a read-only disk for reading.

        SQLite can read it as long as the index of its log exists: https://sqlite.org/wal.html#readonly
        """
        identity = self._identity()
        if identity is None:
            raise reason
        with driver_errors(self.path):
            connection = driver.connect(
                f"{self.path.absolute().as_uri()}?mode=ro",
                uri=True,
                timeout=BUSY_TIMEOUT_S,
                isolation_level=None,
                check_same_thread=False,
            )
            connection.row_factory = driver.Row
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        return _Open(connection, os.getpid(), identity, None)

    def _configure(self, connection: Any) -> None:
        connection.row_factory = driver.Row
        wanted = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute(f"PRAGMA cache_size=-{self._cache_kib}")
        connection.execute(f"PRAGMA journal_size_limit={WAL_LIMIT_BYTES}")
        for name, value in wanted.items():
            actual = connection.execute(f"PRAGMA {name}").fetchone()[0]
            if actual != value:
                raise DatabaseUnusable(
                    f"The database {self.path} can't be used safely: {name} is {actual!r}, but "
                    f"{value!r} is needed. Put CONFIG_DIR on a local disk."
                )
