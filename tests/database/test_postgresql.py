"""The backend on PostgreSQL: its schema, its transactions, and what becomes of its errors."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest

from comicmaintainer.database import Database, Turn, schema_steps
from comicmaintainer.database.postgresql import PostgresDatabase
from comicmaintainer.database.postgresql import schema_steps as postgresql_steps
from comicmaintainer.database.postgresql.clock import ASKED_EVERY_S, ServerClock
from comicmaintainer.database.postgresql.connection import SENT_TOGETHER
from comicmaintainer.database.postgresql.faults import translated as translated_error
from comicmaintainer.database.postgresql.statements import translated
from comicmaintainer.errors import (
    DatabaseBusy,
    DatabaseError,
    DatabaseUnusable,
    InvalidInput,
    InvalidSetting,
    SchemaMismatch,
)
from comicmaintainer.library.catalogue import search_terms
from tests.kit import postgresql
from tests.kit.waiting import wait_until

COUNT = "SELECT value FROM counters WHERE name = 'job_revision'"
GROW = "UPDATE counters SET value = value + 1 WHERE name = 'job_revision'"
_SQLITE_COLUMNS = """
    SELECT tables.name || '.' || columns.name FROM sqlite_master AS tables,
    pragma_table_info(tables.name) AS columns WHERE tables.type = 'table'
    AND tables.name NOT LIKE 'sqlite_%' AND tables.name NOT LIKE 'file_search%'"""
_SQLITE_INDEXES = "SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
_COLUMNS = """
    SELECT table_name || '.' || column_name FROM information_schema.columns
    WHERE table_schema = 'public' AND table_name NOT IN ('schema_steps', 'file_search')
    AND table_name <> 'file_search_series'"""
_ON_SERVERS_ONLY = {"idx_files_publisher_place", "idx_files_state_size"}
_ON_SQLITE_ONLY = {"idx_files_publisher_size"}
_INDEXES = "SELECT indexname FROM pg_indexes WHERE schemaname = 'public' AND indexname LIKE 'idx%'"


@pytest.fixture
def database(postgresql_url: str, tmp_path: Path) -> Iterator[PostgresDatabase]:
    opened = PostgresDatabase(postgresql_url, tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def other(postgresql_url: str, tmp_path: Path) -> Iterator[PostgresDatabase]:
    """The same database, as another process has it open."""
    opened = PostgresDatabase(postgresql_url, tmp_path)
    yield opened
    opened.close()


@pytest.mark.parametrize(
    ("sql", "values", "expected"),
    [
        ("a = ? AND b = '?'", (1,), ("a = %s AND b = '?'", (1,))),
        ("a = ?2 OR b = ?1", (1, 2), ("a = %(p2)s OR b = %(p1)s", {"p1": 1, "p2": 2})),
        ("a = ? OR ?1 = ?", (1, 2), ("a = %(p1)s OR %(p1)s = %(p2)s", {"p1": 1, "p2": 2})),
        ("a = :it AND 7 % 2", {"it": 1}, ("a = %(it)s AND 7 %% 2", {"it": 1})),
        ("x::text LIKE 'a:b%'", (), ("x::text LIKE 'a:b%%'", ())),
        ("a CROSS JOIN b INDEXED BY c ON -ifnull(d, char(1)) = ?", (1,),
         ("a  JOIN b  ON -coalesce(d, chr(1)) = %s", (1,))),
        ("f.file_search MATCH ? AND a = ?", ('"x"', 1),
         ("f.terms @@ search_expression(%s) AND a = %s", ('"x"', 1))),
        ("SELECT a FROM b WHERE outdated ORDER BY a", (),
         ("SELECT a FROM b WHERE outdated <> 0 ORDER BY a", ())),
        ("SELECT 1 -- why?\nFROM t INDEXED BY idx WHERE a = ?", (1,),
         ("SELECT 1 \nFROM t  WHERE a = %s", (1,))),
    ],
)  # fmt: skip
def test_placeholders_are_translated_outside_of_texts(sql, values, expected):
    assert translated(sql, values) == expected


def test_every_step_since_the_first_has_a_file_for_both_databases() -> None:
    ours = {number: path.name for number, path in postgresql_steps.steps().items()}
    first = 40  # databases on servers begin with it, so it never changes
    theirs = dict(enumerate(schema_steps.steps(), start=1))
    assert min(ours) == first
    assert max(ours) == max(theirs), (
        "Write the step for PostgreSQL too, under the same name, in schema/postgresql."
    )
    assert {n: name for n, name in ours.items() if n > first} == {
        n: name for n, name in theirs.items() if n > first
    }


def test_a_database_of_the_first_step_is_brought_up_to_date(
    postgresql_server: postgresql.Server, tmp_path: Path
) -> None:
    first, path = min(postgresql_steps.steps().items())
    with postgresql_server.database("template0") as url:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(path.read_text("utf-8"))
            connection.execute("CREATE TABLE schema_steps (number INTEGER PRIMARY KEY, name TEXT)")
            connection.execute("INSERT INTO schema_steps VALUES (%s, %s)", (first, path.name))
            connection.execute(
                "INSERT INTO roots (root_id, path, first_seen_at) VALUES (1, '/comics', 0)"
            )
            connection.execute(
                "INSERT INTO folders (folder_id, root_id, path) VALUES (1, 1, '/comics')"
            )
            connection.execute(
                "INSERT INTO files (path, name, root_id, folder_id, size_bytes, mtime_ns, device,"
                " inode, series, series_key, sort_key, position, added_at, changed_at)"
                " VALUES ('/comics/Owl 1.cbz', 'Owl 1.cbz', 1, 1, 1, 1, 1, 1, 'Owl', 'owl',"
                " 'owl' || chr(1) || '1', 7, 0, 0)"
            )
            connection.execute("UPDATE series_figures SET gaps = 1 WHERE series_key = 'owl'")
            connection.execute("INSERT INTO file_search VALUES (7, to_tsvector('simple', 'owl 1'))")
        with closing(PostgresDatabase(url, tmp_path)) as database:
            assert database.schema_version() == max(postgresql_steps.steps())
            assert database.missing_parts() == []
            (row,) = database.rows("SELECT series, terms::text AS terms FROM file_search_series")
            assert row["series"] == "owl"
            assert "'owl'" in row["terms"]
            assert database.value("SELECT series_has_gaps FROM files") == 1


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
def test_both_schemas_have_the_same_columns_and_indexes(
    database: PostgresDatabase, open_database
) -> None:
    sqlite: Database = open_database()
    for theirs, ours in ((_SQLITE_COLUMNS, _COLUMNS), (_SQLITE_INDEXES, _INDEXES)):
        here = {row[0] for row in sqlite.rows(theirs)}
        assert {row[0] for row in database.rows(ours)} - _ON_SERVERS_ONLY == here - _ON_SQLITE_ONLY


def test_the_planner_knows_how_many_files_lack_each_tag(database: PostgresDatabase) -> None:
    found = database.rows("SELECT pg_get_statisticsobjdef_expressions(oid) FROM pg_statistic_ext")
    expressions = {row[0][0] for row in found}
    bits = {search_terms.missing_bit(tag) for tag in search_terms.MISSING_TAGS}
    assert expressions == {f"(missing & ({bit})::bigint)" for bit in bits}


def test_a_row_is_read_by_name_and_by_position(database: PostgresDatabase) -> None:
    row = database.row("SELECT 1 AS one, 'two' AS two, sum(value) AS three FROM counters")
    assert row is not None
    one, *others = row
    assert (one, others) == (1, ["two", 0])
    assert (row["two"], row[1], row[-1]) == ("two", "two", 0)
    assert dict(row) == {"one": 1, "two": "two", "three": 0}


def test_a_transaction_is_written_as_a_whole_or_not_at_all(
    database: PostgresDatabase, other: PostgresDatabase
) -> None:
    def failing() -> None:
        with database.transaction() as transaction:
            transaction.execute(GROW)
            assert database.value(COUNT) == 1  # reads of the same thread are inside
            assert other.value(COUNT) == 0
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        failing()
    assert database.value(COUNT) == 0
    with database.transaction() as transaction:
        transaction.execute(GROW)
        with pytest.raises(AssertionError, match="do not nest"), database.transaction():
            pass
    assert other.value(COUNT) == 1


def test_one_writer_at_a_time_has_the_turn(
    database: PostgresDatabase, other: PostgresDatabase
) -> None:
    seen: list[int] = []

    def write() -> None:
        with other.transaction() as transaction:
            seen.append(transaction.value(COUNT))

    waiting = threading.Thread(target=write)
    with database.transaction() as transaction:
        assert transaction.value("SHOW idle_in_transaction_session_timeout") == "5s"
        waiting.start()
        transaction.execute(GROW)
        waiting.join(0.1)
        assert waiting.is_alive()
    waiting.join()
    assert seen == [1]


def test_a_snapshot_sees_one_state(database: PostgresDatabase, other: PostgresDatabase) -> None:
    with database.snapshot():
        assert database.value(COUNT) == 0
        with other.transaction() as transaction:
            transaction.execute(GROW)
        assert database.value(COUNT) == 0
    assert database.value(COUNT) == 1


def test_the_version_changes_when_another_process_commits(
    database: PostgresDatabase, other: PostgresDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("comicmaintainer.database.postgresql.connection.VERSION_S", 0.0)
    before = database.data_version()
    assert database.data_version() == before
    with other.transaction() as transaction:
        transaction.execute(GROW)
    assert database.data_version() != before


def test_ended_sessions_are_replaced(database: PostgresDatabase, postgresql_url: str) -> None:
    for is_writing in (False, True):
        assert database.value(COUNT) == 0
        with psycopg.connect(postgresql_url, autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        if is_writing:
            with database.transaction() as transaction:
                transaction.execute(GROW)
    assert database.value(COUNT) == 1


def test_writers_of_jobs_and_of_the_library_do_not_wait_for_each_other(
    database: PostgresDatabase, other: PostgresDatabase, postgresql_url: str
) -> None:
    entered: list[Turn] = []

    def write(turn: Turn) -> None:
        with other.transaction(turn):
            entered.append(turn)

    writers = [threading.Thread(target=write, args=(turn,)) for turn in (Turn.JOBS, Turn.ALL)]
    with database.transaction(Turn.JOBS):
        for turn in (Turn.LIBRARY, Turn.ROWS):
            write(turn)
        for writer in writers:
            writer.start()
        with psycopg.connect(postgresql_url, autocommit=True) as connection:
            wait_until(lambda: _sessions(connection, "wait_event = 'advisory'") == 2)
        assert entered == [Turn.LIBRARY, Turn.ROWS]
    for writer in writers:
        writer.join()
    assert sorted(entered[2:], key=str) == [Turn.ALL, Turn.JOBS]


def _sessions(connection: psycopg.Connection[Any], condition: str) -> int:
    """Return how many sessions of this database are in such a state."""
    row = connection.execute(
        f"SELECT count(*) FROM pg_stat_activity WHERE {condition} AND datname = current_database()"
    ).fetchone()
    return int(row[0]) if row else 0


def test_a_process_that_was_silent_in_a_transaction_has_written_nothing(
    database: PostgresDatabase, other: PostgresDatabase, postgresql_url: str
) -> None:
    def be_silent() -> None:
        with database.transaction() as transaction:
            transaction.execute(GROW)
            transaction.execute("SET LOCAL idle_in_transaction_session_timeout = 1")
            with psycopg.connect(postgresql_url, autocommit=True) as connection:
                wait_until(lambda: not _sessions(connection, "state = 'idle in transaction'"))
            transaction.execute(GROW)

    # Whether the server's last word arrives before the end of the connection is chance.
    with pytest.raises(DatabaseBusy):
        be_silent()
    assert other.value(COUNT) == 0
    with database.transaction() as transaction:
        transaction.execute(GROW)
    assert other.value(COUNT) == 1


def test_the_servers_word_on_a_silent_process_says_that_nothing_was_changed() -> None:
    error = translated_error(psycopg.errors.IdleInTransactionSessionTimeout(), "comics")
    assert isinstance(error, DatabaseBusy)
    assert "silent in the middle of a change" in error.message
    assert "Nothing was changed" in error.message


def test_errors_are_those_of_this_product(database: PostgresDatabase, tmp_path: Path) -> None:
    with pytest.raises(SchemaMismatch, match="nowhere"):
        database.rows("SELECT 1 FROM nowhere")
    with pytest.raises(InvalidInput, match="NUL"):
        database.rows("SELECT ?", ("a\0b",))
    with pytest.raises(DatabaseError, match="refused"), database.transaction() as transaction:
        transaction.execute("INSERT INTO counters (name, value) VALUES ('job_revision', 1)")
    unreachable = PostgresDatabase(f"postgresql://me:hidden@/x?host={tmp_path}", tmp_path)
    with pytest.raises(DatabaseBusy, match="can't be reached") as error:
        unreachable.rows("SELECT 1")
    assert "hidden" not in str(error.value)


@pytest.mark.parametrize(
    ("who", "expected"), [("stranger", "refused the connection"), ("guarded:wrong", "password")]
)
def test_a_server_that_does_not_know_the_user_is_no_server_that_is_away(
    postgresql_url: str, tmp_path: Path, who: str, expected: str
) -> None:
    with psycopg.connect(postgresql_url, autocommit=True) as connection:
        connection.execute("DROP ROLE IF EXISTS guarded")
        connection.execute("CREATE ROLE guarded LOGIN PASSWORD 'right'")
    refused = PostgresDatabase(postgresql_url.replace("tests@", f"{who}@"), tmp_path)
    with pytest.raises(DatabaseUnusable, match=expected) as error:
        refused.rows("SELECT 1")
    assert "wrong" not in str(error.value)


class _OldServer:
    """What is asked of a connection before anything else."""

    def __init__(self, version: int, encoding: str = "UTF8", collations: int = 2) -> None:
        self.info = SimpleNamespace(server_version=version)
        self._answers = {"SHOW server_encoding": encoding}
        self._collations = collations

    def execute(self, sql: str) -> SimpleNamespace:
        answer = self._answers.get(sql, self._collations)
        return SimpleNamespace(fetchone=lambda: (answer,))


@pytest.mark.parametrize(
    ("server", "expected"),
    [
        (_OldServer(140012), "PostgreSQL 14; 15 or later"),
        (_OldServer(150004, encoding="LATIN1"), "does not store UTF-8"),
        (_OldServer(150004, collations=1), "lacks the collation C or those of ICU"),
    ],
)
def test_a_server_that_can_not_do_it_is_refused(server: _OldServer, expected: str) -> None:
    with pytest.raises(DatabaseUnusable, match=expected):
        postgresql_steps.bring_up_to_date(server, "postgresql://db/x")


def test_an_address_that_can_not_be_read_is_refused_without_it(tmp_path: Path) -> None:
    with pytest.raises(InvalidSetting) as error:
        PostgresDatabase("postgresql://cm:top%secret@db/x", tmp_path)
    assert "top" not in str(error.value)


def test_it_knows_its_parts_its_size_and_its_server(database: PostgresDatabase) -> None:
    assert database.missing_parts() == []
    assert "file_search" not in database.tables()
    assert "jobs" in database.tables()
    assert database.schema_version() == max(postgresql_steps.steps())
    assert database.size_bytes() > 1_000_000
    server = database.server()
    assert (server.settings["fsync"], server.settings["server_encoding"]) == ("off", "UTF8")
    assert server.version[:2].isdecimal()
    assert 0 < database.serving_for_s() < 86_400
    with database.transaction() as transaction:
        transaction.execute("ALTER TABLE files DROP COLUMN reason")
    assert database.missing_parts() == ["column files.reason"]


def test_one_process_is_alone_at_what_only_one_may_do(
    database: PostgresDatabase, other: PostgresDatabase
) -> None:
    with database.alone("import") as is_alone:
        assert is_alone
        with other.alone("import") as is_other_alone, other.alone("else") as is_alone_elsewhere:
            assert (is_other_alone, is_alone_elsewhere) == (False, True)
    with other.alone("import") as is_alone:
        assert is_alone


def test_many_statements_are_counted_together(database: PostgresDatabase) -> None:
    count = 2 * SENT_TOGETHER + 1
    with database.transaction() as transaction:
        rows = [(f"/c/{number}%s", "a 'quoted' \\ text") for number in range(count)]
        added = transaction.execute_many(
            "INSERT INTO shared_values (name, value, updated_at) VALUES (?, ?, 0)", rows
        )
        none = transaction.execute_many("DELETE FROM shared_values WHERE name = ?", [("x",)] * 3)
    assert (added, none) == (count, 0)
    assert database.row("SELECT name, value FROM shared_values WHERE name = '/c/7%s'") is not None


def test_who_finds_no_connection_in_time_is_told_so(
    postgresql_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = PostgresDatabase(postgresql_url, tmp_path, most_connections=1)
    met: list[type[Exception]] = []

    def read() -> None:
        try:
            database.value(COUNT)
        except DatabaseBusy as error:
            met.append(type(error))

    with database.snapshot(), monkeypatch.context() as patch:
        patch.setattr("comicmaintainer.database.postgresql.connection.WAIT_S", 0.05)
        reader = threading.Thread(target=read)
        reader.start()
        reader.join()
    assert met == [DatabaseBusy]
    assert database.value(COUNT) == 0
    database.close()


def test_a_newer_schema_is_refused(
    database: PostgresDatabase, postgresql_url: str, tmp_path: Path
) -> None:
    with database.transaction() as transaction:
        transaction.execute("INSERT INTO schema_steps (number, name) VALUES (9999, 'later')")
    with pytest.raises(DatabaseUnusable, match="newer"):
        PostgresDatabase(postgresql_url, tmp_path).rows("SELECT 1")


def test_the_time_is_the_server_s_carried_on_by_this_host() -> None:
    here, asked = [100.0], []

    def ask() -> float:
        asked.append(here[0])
        here[0] += 2.0  # the round trip
        return 5001.0

    clock = ServerClock(ask, lambda: here[0])
    assert clock.now() == 5002.0
    here[0] += 10.0
    assert clock.now() == 5012.0
    assert len(asked) == 1
    here[0] += ASKED_EVERY_S
    assert clock.now() == 5002.0
    assert len(asked) == 2


def test_the_time_goes_on_while_the_server_does_not_answer() -> None:
    here, is_away = [100.0], [False]

    def ask() -> float:
        if is_away[0]:
            raise DatabaseBusy("away")
        return 5000.0

    clock = ServerClock(ask, lambda: here[0])
    assert clock.now() == 5000.0
    is_away[0] = True
    here[0] += 2 * ASKED_EVERY_S
    assert clock.now() == 5000.0 + 2 * ASKED_EVERY_S
