"""Fixtures that run a test on both databases.

`database` is an empty one with the schema; `open_database` opens it once more, as another process
does. On PostgreSQL only tests with the mark `both_databases` run, unless TEST_DATABASES=all. Where
its server is missing they are skipped, unless a variable says that it's required.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from comicmaintainer.database import Database, SqliteDatabase
from comicmaintainer.database.postgresql import PostgresDatabase
from tests.kit import postgresql

SQLITE, POSTGRESQL = "sqlite", "postgresql"
CHOSEN = "TEST_DATABASES"
"""`all`: every test that can runs on both databases."""


def pytest_configure(config: pytest.Config) -> None:
    """Declare the mark."""
    config.addinivalue_line("markers", "both_databases: runs on PostgreSQL too in every run")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what runs on PostgreSQL only where everything does."""
    if runs_on_all():
        return
    left_out = [item for item in items if _is_on_postgresql(item) and not _is_chosen(item)]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        left = set(left_out)
        items[:] = [item for item in items if item not in left]


def runs_on_all() -> bool:
    """Whether every test that can is to run on both databases."""
    return os.environ.get(CHOSEN) == "all"


def _is_on_postgresql(item: pytest.Item) -> bool:
    call = getattr(item, "callspec", None)
    return call is not None and call.params.get("place") == POSTGRESQL


def _is_chosen(item: pytest.Item) -> bool:
    return item.get_closest_marker("both_databases") is not None


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[postgresql.Server]:
    """A server, for all tests of this process."""
    programs = postgresql.programs()
    if programs is None:
        if os.environ.get(postgresql.REQUIRED):
            pytest.fail("PostgreSQL is required here, but is not installed")
        pytest.skip("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    with postgresql.running(programs) as server:
        yield server


@pytest.fixture
def postgresql_url(postgresql_server: postgresql.Server) -> Iterator[str]:
    """The address of a database with the schema."""
    with postgresql_server.database() as url:
        yield url


class _LongServing(PostgresDatabase):
    """As if its server had been answering for long; that of the tests was just started."""

    def serving_for_s(self) -> float:
        return math.inf


@dataclass(frozen=True)
class Place:
    """Where the test's database is: a PostgreSQL address, or SQLite in the folder."""

    folder: Path
    url: str | None = None

    def open(self) -> Database:
        """Open the database; the caller closes it."""
        if self.url is not None:
            return _LongServing(self.url, self.folder)
        return SqliteDatabase(self.folder / "jobs.db")


@pytest.fixture(params=[SQLITE, POSTGRESQL])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """Where the test's database is."""
    if request.param == SQLITE:
        return Place(tmp_path)
    return Place(tmp_path, request.getfixturevalue("postgresql_url"))


@pytest.fixture
def other_place(request: pytest.FixtureRequest, place: Place) -> Iterator[Place]:
    """Where another empty database of the same kind is."""
    folder = place.folder / "elsewhere"
    if place.url is None:
        yield Place(folder)
        return
    folder.mkdir()
    server: postgresql.Server = request.getfixturevalue("postgresql_server")
    with server.database() as url:
        yield Place(folder, url)


@pytest.fixture
def open_database(place: Place) -> Iterator[Callable[[], Database]]:
    """Opens the test's database; what was opened is closed at the end."""
    opened: list[Database] = []

    def open_one() -> Database:
        opened.append(place.open())
        return opened[-1]

    yield open_one
    for database in opened:
        database.close()


@pytest.fixture
def database(open_database: Callable[[], Database]) -> Database:
    """The test's database."""
    return open_database()
