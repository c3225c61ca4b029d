"""Webhooks and deliveries go with the database, and stay out of exports."""

from __future__ import annotations

from pathlib import Path

import pytest

from comicmaintainer.database import Database, SqliteDatabase
from comicmaintainer.database.postgresql import PostgresDatabase, copying
from comicmaintainer.jobs.job_manager import JobManager
from comicmaintainer.jobs.model import JobRequest
from comicmaintainer.jobs.transfer.exporter import Exporter
from comicmaintainer.notifications.given_receivers import GivenReceiver, GivenReceivers
from comicmaintainer.notifications.model import EventType, ReceiverKind
from comicmaintainer.notifications.receivers import Receivers
from comicmaintainer.notifications.senders.webhook import WebhookSender
from tests.kit.clock import Clock
from tests.kit.hand_worker import KINDS

TABLES = ("event_receivers", "event_outbox", "event_deliveries", "receiver_hosts")


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return SqliteDatabase(tmp_path / "jobs.db")


def rows(database: Database) -> list[list[tuple[object, ...]]]:
    return [[tuple(row) for row in database.rows(f"SELECT * FROM {table}")] for table in TABLES]


def test_a_copy_of_the_database_has_them_and_goes_on(
    tmp_path: Path, database: Database, manager: JobManager, receivers: Receivers, clock: Clock,
    postgresql_url: str,
) -> None:  # fmt: skip
    assert isinstance(database, SqliteDatabase)
    added, _ = receivers.add("one", "http://127.0.0.1:9/")
    receivers.test(added.receiver_id)
    program = GivenReceiver(ReceiverKind.COMMAND, "one", [EventType.JOB_ENDED])
    GivenReceivers(database, [program], now=clock).announce()
    manager.submit(JobRequest("process", []))
    before = rows(database)
    assert all(before)
    server = PostgresDatabase(postgresql_url, tmp_path)
    copying.to_server(database, server, (), lambda _name, _count: None)
    assert rows(server) == before
    there = Receivers(server, WebhookSender(clock), now=clock)
    assert there.add("two", "http://127.0.0.1:9/")[0].receiver_id == added.receiver_id + 2
    JobManager(server, KINDS, now=clock).submit(JobRequest("process", [], title="There"))
    assert len(rows(server)[1]) == 2
    grown = rows(server)
    server.close()
    back = SqliteDatabase(tmp_path / "back.db")
    assert back.schema_version()
    copying.from_server(server, back, (), lambda _name, _count: None)
    assert rows(back) == grown
    back.close()
    server.close()


def test_an_export_has_no_secret_and_no_address(
    database: Database, manager: JobManager, receivers: Receivers
) -> None:
    _, secret = receivers.add("one", "https://receiver.example/s3cret")
    manager.submit(JobRequest("process", []))
    exported = b"".join(Exporter(database).lines()).decode()
    assert '"job' in exported
    assert secret not in exported
    assert "receiver.example" not in exported
