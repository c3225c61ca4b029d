"""Webhooks over real sockets: signed, in order, once by id, through failures and kills."""

from __future__ import annotations

import logging
import subprocess
import sys
from pathlib import Path

import pytest

from comicmaintainer.database import Database, SqliteDatabase
from comicmaintainer.jobs.job_manager import JobManager
from comicmaintainer.jobs.model import JobRequest
from comicmaintainer.notifications.delivery_store import LEASE_S, DeliveryStore
from comicmaintainer.notifications.dispatcher import Dispatcher
from comicmaintainer.notifications.model import DeliveryState
from comicmaintainer.notifications.receivers import FORMER_SECRET_S, Receivers
from comicmaintainer.notifications.senders.webhook import WebhookSender
from tests.kit.clock import Clock
from tests.kit.hand_worker import KINDS
from tests.kit.waiting import wait_until
from tests.kit.webhook_receiver import WebhookReceiver

ROOT = Path(__file__).parents[2]


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return SqliteDatabase(tmp_path / "jobs.db")


def end_job(manager: JobManager, title: str = "") -> None:
    manager.submit(JobRequest("process", [], title=title or None), once=False)


def deliver(dispatcher: Dispatcher) -> int:
    dispatcher.hand_out()
    return dispatcher.deliver_due()


def test_a_request_is_signed_over_the_bytes_that_come(
    manager: JobManager, receivers: Receivers, dispatcher: Dispatcher, clock: Clock,
    receiver: WebhookReceiver,
) -> None:  # fmt: skip
    _, secret = receivers.add("one", receiver.url)
    end_job(manager, "Ordnung für „Ä“ 漫画")
    assert deliver(dispatcher) == 1
    (request,) = receiver.requests
    assert request.is_signed_with(secret)
    assert not request.is_signed_with("whsec_" + "A" * 32)
    assert request.timestamp == str(int(clock.at))
    assert request.value["id"] == request.event_id
    assert request.value["data"]["title"] == "Ordnung für „Ä“ 漫画"


def test_a_receiver_that_fails_for_an_hour_gets_everything_in_order_each_once_by_id(
    tmp_path: Path, database: Database, receivers: Receivers, receiver: WebhookReceiver
) -> None:
    """With a worker killed by -9 while a request is under way, twice."""
    clock, clock_file = Clock(), tmp_path / "clock"

    def set_clock() -> None:
        new = tmp_path / "clock.new"
        new.write_text(repr(clock.at), encoding="ascii")
        new.replace(clock_file)

    manager = JobManager(database, KINDS, now=clock)
    _, secret = receivers.add("one", receiver.url)
    set_clock()

    def start() -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "tests.notifications.delivering_process"]
        return subprocess.Popen([*command, str(tmp_path / "jobs.db"), str(clock_file)], cwd=ROOT)

    def kill(process: subprocess.Popen[bytes]) -> None:
        process.kill()
        process.wait()

    def waiting() -> int:
        states = [each.state for each in DeliveryStore(database).page(limit=1000)]
        return sum(state is not DeliveryState.DELIVERED for state in states)

    # It works, then a request hangs, and the worker dies.
    end_job(manager, "0")
    process = start()
    wait_until(lambda: len(receiver.requests) == 1 and not waiting(), "the first event")
    receiver.hangs.set()
    end_job(manager, "1")
    wait_until(lambda: len(receiver.requests) == 2, "a request that hangs")
    kill(process)
    receiver.hangs.clear()
    receiver.let_go.set()

    # For an hour it answers with errors; events go on, and the next worker dies too.
    receiver.status = 503
    process = start()
    for minute in range(60):
        clock.advance(60)
        end_job(manager, str(minute + 2))
        set_clock()
    clock.advance(LEASE_S)
    set_clock()
    wait_until(lambda: len(receiver.requests) >= 3, "a request after the lease")
    kill(process)
    failed = len(receiver.requests)

    # It is back.
    receiver.status = 200
    process = start()
    clock.advance(3600)
    set_clock()
    wait_until(lambda: waiting() == 0, "everything")
    kill(process)

    titles = {each.event_id: each.value["data"]["title"] for each in receiver.requests}
    assert [titles[id_] for id_ in receiver.ids] == [str(n) for n in range(62)]
    accepted = [each.event_id for each in receiver.requests[failed:]]
    assert accepted == receiver.ids[1:]
    assert all(each.is_signed_with(secret) for each in receiver.requests)
    bodies: dict[str, set[bytes]] = {}
    for each in receiver.requests:
        bodies.setdefault(each.event_id, set()).add(each.body)
    assert {len(each) for each in bodies.values()} == {1}


@pytest.mark.parametrize(
    ("status", "headers", "answer", "text"),
    [
        (500, {}, b"no\n  luck \x1b[31m", "HTTP 500 Internal Server Error: no luck ?[31m"),
        (302, {"Location": "/x"}, b"", "HTTP 302 Found. It sends to another address, which is"),
        (404, {}, b"x" * 9000, "HTTP 404 Not Found: " + "x" * 200),
        (599, {"Content-Encoding": "gzip"}, b"packed", "HTTP 599"),
    ],
)
def test_what_the_receiver_answers_is_kept_in_short(
    manager: JobManager, receivers: Receivers, dispatcher: Dispatcher, receiver: WebhookReceiver,
    status: int, headers: dict[str, str], answer: bytes, text: str,
) -> None:  # fmt: skip
    receivers.add("one", receiver.url)
    receiver.status, receiver.headers, receiver.answer = status, headers, answer
    end_job(manager)
    deliver(dispatcher)
    (delivery,) = receivers.deliveries.page()
    assert delivery.state is DeliveryState.WAITING
    assert delivery.status == status
    assert delivery.answer is not None
    assert delivery.answer.startswith(text)
    assert len(delivery.answer) < 250
    assert len(receiver.requests) == 1  # a redirect is not followed


def test_a_large_answer_is_no_failure_and_is_not_read_to_the_end(
    manager: JobManager, receivers: Receivers, dispatcher: Dispatcher, receiver: WebhookReceiver
) -> None:
    receivers.add("one", receiver.url)
    receiver.status, receiver.answer = 200, b"a" * (4 << 20)
    end_job(manager)
    deliver(dispatcher)
    (delivery,) = receivers.deliveries.page()
    assert (delivery.state, delivery.status) == (DeliveryState.DELIVERED, 200)


def test_retry_after_is_a_wish_for_a_pause(
    manager: JobManager, receivers: Receivers, dispatcher: Dispatcher, clock: Clock,
    receiver: WebhookReceiver,
) -> None:  # fmt: skip
    added, _ = receivers.add("one", receiver.url)
    receiver.status, receiver.headers = 503, {"Retry-After": "120"}
    end_job(manager)
    deliver(dispatcher)
    assert receivers.get(added.receiver_id).next_try_at == clock.at + 120


def test_gone_switches_off(
    manager: JobManager, receivers: Receivers, dispatcher: Dispatcher, receiver: WebhookReceiver
) -> None:
    added, _ = receivers.add("one", receiver.url)
    receiver.status = 410
    end_job(manager)
    deliver(dispatcher)
    assert not receivers.get(added.receiver_id).enabled


def test_the_secret_before_signs_too_for_a_day(
    manager: JobManager, receivers: Receivers, dispatcher: Dispatcher, clock: Clock,
    receiver: WebhookReceiver,
) -> None:  # fmt: skip
    added, former = receivers.add("one", receiver.url)
    secret = receivers.renew_secret(added.receiver_id)
    end_job(manager)
    deliver(dispatcher)
    clock.advance(FORMER_SECRET_S)
    end_job(manager)
    deliver(dispatcher)
    assert [each.is_signed_with(secret) for each in receiver.requests] == [True, True]
    assert [each.is_signed_with(former) for each in receiver.requests] == [True, False]


def test_a_test_comes_at_once_and_lets_what_waits_go(
    manager: JobManager, receivers: Receivers, dispatcher: Dispatcher, receiver: WebhookReceiver
) -> None:
    added, secret = receivers.add("one", receiver.url)
    receiver.status = 500
    end_job(manager)
    deliver(dispatcher)
    failed = receivers.test(added.receiver_id)
    assert (failed.state, failed.type, failed.attempts) == (DeliveryState.FAILED, "webhook.test", 1)
    assert deliver(dispatcher) == 0
    receiver.status = 200
    assert receivers.test(added.receiver_id).state is DeliveryState.DELIVERED
    assert receiver.requests[-1].value["data"] == {"webhook": "one"}
    assert receiver.requests[-1].is_signed_with(secret)
    assert deliver(dispatcher) == 1


def test_nothing_secret_is_logged(
    manager: JobManager, receivers: Receivers, dispatcher: Dispatcher, receiver: WebhookReceiver,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    added, secret = receivers.add("one", receiver.url)
    receiver.status, receiver.answer = 500, receiver.url.encode()
    end_job(manager)
    with caplog.at_level(logging.DEBUG):
        deliver(dispatcher)
    assert "was not delivered to one: HTTP 500" in caplog.text
    shown = caplog.text + repr(receivers.get(added.receiver_id))
    assert "s3cret" not in shown
    assert secret not in shown


def test_a_receiver_that_is_not_there_is_one_sentence(clock: Clock, receivers: Receivers) -> None:
    added, _ = receivers.add("one", "http://127.0.0.1:9/")
    answer = WebhookSender(clock)(added, "evt_1", "{}")
    assert answer.text == (
        "one can't be reached: no connection. Check the network and its address."
    )
