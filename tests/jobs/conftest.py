"""A real database in tmp_path, a clock that tests move, and a worker played by hand."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from comicmaintainer.database import Database
from comicmaintainer.jobs.job_manager import JobManager
from tests.kit.clock import Clock
from tests.kit.hand_worker import KINDS, HandWorker


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database(tmp_path / "jobs.db")
    yield opened
    opened.close()


@pytest.fixture
def manager(database: Database, clock: Clock) -> JobManager:
    return JobManager(database, KINDS, now=clock)


@pytest.fixture
def worker(database: Database, clock: Clock) -> HandWorker:
    return HandWorker(database, clock, "worker-1")


@pytest.fixture
def other_worker(database: Database, clock: Clock) -> HandWorker:
    return HandWorker(database, clock, "worker-2")
