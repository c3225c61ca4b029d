"""The database on a PostgreSQL server: a pool of connections per process, and turns of writers.

Invariants: a write transaction begins by taking its turns, advisory locks that end with it, so the
stores see one writer of their tables at a time as on SQLite; a host that is stopped or cut off
holds a turn for `TURN_S` at most; no connection is used after a fork. Settings that matter for
correctness are set in each transaction, because a pooler may give it any session.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg_pool import ConnectionPool

from comicmaintainer.database.interface import Database, Row, Server
from comicmaintainer.database.postgresql import facts
from comicmaintainer.database.postgresql import rows as values
from comicmaintainer.database.postgresql.clock import ServerClock
from comicmaintainer.database.postgresql.faults import driver_errors
from comicmaintainer.database.postgresql.schema_steps import bring_up_to_date
from comicmaintainer.database.postgresql.statements import PLAIN_INSERT, translated
from comicmaintainer.database.transaction import Parameters, Transaction
from comicmaintainer.database.turns import Turn
from comicmaintainer.errors import InvalidSetting

MOST_CONNECTIONS = 6
SENT_TOGETHER = 200
"""So many statements share one round trip."""
WAIT_S = 30.0
"""How long a writer waits for its turn, and anybody for a connection."""
TURN_S = 5
"""How long a host that is stopped in a transaction, or cut off, can hold the turn."""
VERSION_S = 0.25
"""How old the answer of `data_version` may be: many threads ask, the server is asked once."""
_ALONE = 0x434D414C
_NAME = 0x434D4E41
_TAKE = "SELECT pg_advisory_xact_lock({})"
# Always in this order, so that no two writers wait for each other.
_TURNS = {Turn.JOBS: 0x434D574A, Turn.LIBRARY: 0x434D574C}
_TAKEN = {Turn.ALL: tuple(_TURNS), Turn.ROWS: ()}
_BEGIN_WRITE = {
    turn: "; ".join(
        (
            f"BEGIN; SET LOCAL lock_timeout = '{WAIT_S:.0f}s'",
            f"SET LOCAL idle_in_transaction_session_timeout = '{TURN_S}s'",
            *(_TAKE.format(_TURNS[taken]) for taken in _TAKEN.get(turn, (turn,))),
        )
    )
    for turn in Turn
}
_BEGIN_READ = (
    "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;"
    f" SET LOCAL idle_in_transaction_session_timeout = '{TURN_S}s'"
)
# Statements of the stores are written for their indexes; the planner may have no figures yet, and
# would rather read a table than an index that has everything but is not in the table's order.
_SESSION = (
    "SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off;"
    " SET enable_material = off; SET random_page_cost = 1.1; SET jit = off"
)
_NETWORK = {
    "connect_timeout": 10,
    "keepalives_idle": TURN_S,
    "keepalives_interval": 1,
    "keepalives_count": TURN_S,
    "tcp_user_timeout": TURN_S * 1000,
}
T = TypeVar("T")


class PostgresDialect:
    """See `interface.Dialect`."""

    locks_rows = True
    search_is_ordered = False

    def some_rows(self, table: str, key: str, condition: str) -> str:  # noqa: ARG002
        """See Dialect. An array is made once, and the place of a row needs no index."""
        return f"ctid = ANY (ARRAY(SELECT ctid FROM {table} WHERE {condition}))"

    def take_name(self, transaction: Transaction, name: str) -> bool:
        """See Dialect."""
        is_taken: bool = transaction.value(
            "SELECT pg_try_advisory_xact_lock(?, hashtext(?))", (_NAME, name)
        )
        return is_taken

    def merge_search(self, transaction: Transaction, pages: int) -> bool:  # noqa: ARG002
        """See Dialect. The server's autovacuum does it."""
        return False

    def first_of_new_ids(
        self, transaction: Transaction, table: str, column: str, count: int
    ) -> int:
        """See Dialect."""
        last: int = transaction.value(
            "WITH ids AS (SELECT pg_get_serial_sequence(?, ?) AS name)"
            " SELECT setval(name, nextval(name) + ? - 1) FROM ids",
            (table, column, count),
        )
        return last - count + 1


@dataclass(frozen=True, slots=True)
class _Changed:
    """The outcome of statements that return no rows."""

    rowcount: int


class _Statements:
    """A connection as `Transaction` uses it."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection
        self.endings: list[tuple[str, Parameters]] = []

    def execute(self, sql: str, parameters: Parameters = ()) -> psycopg.Cursor[Any]:
        """Run one statement."""
        return self._connection.execute(*translated(sql, parameters))

    def executemany(self, sql: str, rows: Iterable[Parameters]) -> _Changed:
        """Run one statement for each of `rows`; many of them are sent together."""
        count = 0
        left = iter(rows)
        plain = PLAIN_INSERT.match(sql)
        with psycopg.ClientCursor(self._connection) as cursor:
            while batch := list(islice(left, SENT_TOGETHER)):
                if plain:
                    # One statement for all rows, so that the server plans it once.
                    start, values = plain["start"], plain["values"].replace("?", "%s")
                    text = start + ",".join(cursor.mogrify(values, row) for row in batch)
                else:
                    pairs = (translated(sql, parameters) for parameters in batch)
                    text = ";".join(cursor.mogrify(*pair) for pair in pairs)
                cursor.execute(text)
                count += max(0, cursor.rowcount)
                while cursor.nextset():
                    count += max(0, cursor.rowcount)
        return _Changed(count)

    def commit(self) -> None:
        """Run what was left for the end, and commit, in one message."""
        with psycopg.ClientCursor(self._connection) as cursor:
            last = (cursor.mogrify(*translated(*ending)) for ending in self.endings)
            cursor.execute(";".join((*last, "COMMIT")))


class PostgresDatabase(Database):
    """The database at a PostgreSQL `url`, shared by all processes of all hosts that open it.

    `local_folder` is where the processes of this host keep files that only they share.
    """

    is_shared = True

    def __init__(
        self,
        url: str,
        local_folder: Path,
        *,
        most_connections: int = MOST_CONNECTIONS,
        host: str | None = None,
    ) -> None:
        try:
            given = conninfo_to_dict(url)
        except psycopg.Error:
            # Its message can have parts of the password.
            raise InvalidSetting(
                "DATABASE_URL can't be read; allowed: postgresql://user:password@host/database"
            ) from None
        self.name = _shown(given)
        self.host = host or socket.gethostname()
        self.local_folder = local_folder
        self.dialect = PostgresDialect()
        self._address = make_conninfo("", **{**_NETWORK, **given})
        self._most = most_connections
        self._pool: ConnectionPool[psycopg.Connection[Any]] | None = None
        self._process_id = 0
        self._inherited: list[Any] = []
        self._opening = threading.Lock()
        self._local = threading.local()
        self._clock = ServerClock(self._server_time)
        self._version_turn = threading.Lock()
        self._version = (0.0, 0)

    # --- reading ---------------------------------------------------------------------------------

    def rows(self, sql: str, parameters: Parameters = ()) -> list[Row]:
        """See Database."""
        return self._read(lambda statements: statements.execute(sql, parameters).fetchall())

    def row(self, sql: str, parameters: Parameters = ()) -> Row | None:
        """See Database."""
        return self._read(lambda statements: statements.execute(sql, parameters).fetchone())

    def value(self, sql: str, parameters: Parameters = ()) -> Any:
        """See Database."""

        def only(statements: _Statements) -> Any:
            row: Any = statements.execute(sql, parameters).fetchone()
            return row[0]

        return self._read(only)

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """See Database."""
        with self._in_transaction(_BEGIN_READ):
            yield

    def data_version(self) -> int:
        """Return a number that changes when a transaction has committed; `VERSION_S` old at most.

        It may also change when nothing was committed here: other databases of the server count too.
        """
        with self._version_turn:
            asked_at, version = self._version
            if time.monotonic() - asked_at >= VERSION_S:
                version = self.value("SELECT hashtextextended(pg_current_snapshot()::text, 0)")
                self._version = (time.monotonic(), version)
            return version

    def now(self) -> float:
        """Return the time of the server."""
        return self._clock.now()

    # --- writing ---------------------------------------------------------------------------------

    @contextmanager
    def transaction(self, turn: Turn = Turn.ALL) -> Iterator[Transaction]:
        """See Database."""
        if self._current() is not None:
            raise AssertionError("transactions do not nest")
        with self._in_transaction(_BEGIN_WRITE[turn], among_others=turn is Turn.ROWS) as statements:
            yield Transaction(statements, self.dialect, statements.endings)
        # What this process has written itself is seen at once.
        self._version = (0.0, self._version[1])

    def close(self) -> None:
        """Close the connections of this process; the next use opens new ones."""
        with self._opening:
            pool, self._pool = self._pool, None
            if pool is not None and self._process_id == os.getpid():
                pool.close()

    @contextmanager
    def alone(self, name: str) -> Iterator[bool]:
        """See Database. A lock in a transaction of its own, which ends with the connection."""
        begin = (
            "BEGIN; SET LOCAL tcp_keepalives_idle = 5; SET LOCAL tcp_keepalives_interval = 1;"
            f" SET LOCAL tcp_keepalives_count = {TURN_S}"
        )
        self._opened()
        with driver_errors(self.name), self.connected() as connection:
            connection.execute(begin)
            row = connection.execute(
                "SELECT pg_try_advisory_xact_lock(%s, hashtext(%s))", (_ALONE, name)
            ).fetchone()
            yield bool(row and row[0])

    # --- what it is ------------------------------------------------------------------------------

    def tables(self) -> list[str]:
        """See Database."""
        return facts.tables(self)

    def schema_version(self) -> int:
        """See Database."""
        return int(self.value("SELECT coalesce(max(number), 0) FROM schema_steps"))

    def missing_parts(self) -> list[str]:
        """See Database."""
        return facts.lacking(self)

    def size_bytes(self) -> int:
        """See Database."""
        return int(self.value("SELECT pg_database_size(current_database())"))

    def server(self) -> Server:
        """See Database."""
        with self.snapshot():
            return facts.server_of(self)

    def serving_for_s(self) -> float:
        """See Database; since the server was started."""
        return float(
            self.value(
                "SELECT extract(epoch FROM clock_timestamp() - pg_postmaster_start_time())::float8"
            )
        )

    # --- connections -----------------------------------------------------------------------------

    def _current(self) -> _Statements | None:
        """Return the transaction that this thread is in."""
        current: _Statements | None = getattr(self._local, "current", None)
        return current

    def _read(self, action: Callable[[_Statements], T]) -> T:
        current = self._current()
        with driver_errors(self.name):
            if current is not None:
                return action(current)
            with self._opened().connection(WAIT_S) as connection:
                try:
                    return action(_Statements(connection))
                except psycopg.OperationalError:
                    if not connection.broken:
                        raise
            # The server was restarted, or a network device forgot an idle connection.
            self._opened().check()
            with self._opened().connection(WAIT_S) as connection:
                return action(_Statements(connection))

    @contextmanager
    def _in_transaction(self, begin: str, *, among_others: bool = False) -> Iterator[_Statements]:
        errors = driver_errors(self.name, among_others=among_others)
        with errors, self._begun(begin) as connection:
            self._local.current = statements = _Statements(connection)
            try:
                yield statements
                statements.commit()
            finally:
                self._local.current = None

    @contextmanager
    def _begun(self, begin: str) -> Iterator[psycopg.Connection[Any]]:
        """Yield a connection on which a transaction has begun."""
        pool = self._opened()
        with pool.connection(WAIT_S) as connection:
            try:
                connection.execute(begin)
            except psycopg.OperationalError:
                if not connection.broken:
                    raise
            else:
                yield connection
                return
        # As in `_read`; nothing was done yet.
        pool.check()
        with pool.connection(WAIT_S) as connection:
            connection.execute(begin)
            yield connection

    def _opened(self) -> ConnectionPool[psycopg.Connection[Any]]:
        """Return the pool of this process; make it, and bring the schema up to date, if needed."""
        pool = self._pool
        if pool is not None and self._process_id == os.getpid():
            return pool
        with self._opening:
            if self._pool is not None and self._process_id == os.getpid():
                return self._pool
            if self._pool is not None:
                # Closing what a parent opened would end its sessions, so keep it unused.
                self._inherited.append(self._pool)
            with driver_errors(self.name):
                with self.connected() as connection:
                    bring_up_to_date(connection, self.name)
                self._pool = ConnectionPool(
                    self._address,
                    min_size=0,
                    max_size=self._most,
                    kwargs={
                        "autocommit": True,
                        "cursor_factory": psycopg.ClientCursor,
                        "row_factory": values.row_factory,
                    },
                    configure=_configure,
                    name="database",
                    open=True,
                )
            self._process_id = os.getpid()
            return self._pool

    def connected(self) -> psycopg.Connection[Any]:
        """Connect apart from the pool, and outside of a transaction."""
        return psycopg.connect(self._address, autocommit=True)

    def _server_time(self) -> float:
        return float(self.value("SELECT extract(epoch FROM clock_timestamp())::float8"))


def _configure(connection: psycopg.Connection[Any]) -> None:
    values.adapt(connection)
    connection.execute(_SESSION)


def _shown(given: dict[str, Any]) -> str:
    """Return an address without its user and password."""
    host, port = given.get("host") or "localhost", given.get("port") or 5432
    return f"postgresql://{host}:{port}/{given.get('dbname') or ''}"
