"""Both databases, a clock that tests move, a receiver over real sockets."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from comicmaintainer.database import Database
from comicmaintainer.jobs.job_manager import JobManager
from comicmaintainer.notifications.dispatcher import Dispatcher
from comicmaintainer.notifications.receivers import Receivers
from comicmaintainer.notifications.senders.webhook import WebhookSender
from tests.kit.clock import Clock
from tests.kit.hand_worker import KINDS, HandWorker
from tests.kit.webhook_receiver import WebhookReceiver


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
def receivers(database: Database, clock: Clock) -> Receivers:
    return Receivers(database, WebhookSender(clock), now=clock)


@pytest.fixture
def dispatcher(database: Database, clock: Clock) -> Dispatcher:
    return Dispatcher(database, WebhookSender(clock), {}, now=clock, clock=clock)


@pytest.fixture
def receiver() -> Iterator[WebhookReceiver]:
    with WebhookReceiver() as running:
        yield running
