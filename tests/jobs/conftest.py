"""Both databases, a clock that tests move, and a worker played by hand."""

from __future__ import annotations

import pytest

from comicmaintainer.database import Database
from comicmaintainer.jobs.job_manager import JobManager
from tests.kit.clock import Clock
from tests.kit.hand_worker import KINDS, HandWorker


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def manager(database: Database, clock: Clock) -> JobManager:
    return JobManager(database, KINDS, now=clock)


@pytest.fixture
def worker(database: Database, clock: Clock) -> HandWorker:
    return HandWorker(database, clock, "worker-1")


@pytest.fixture
def other_worker(database: Database, clock: Clock) -> HandWorker:
    return HandWorker(database, clock, "worker-2")
