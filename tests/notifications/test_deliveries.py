"""Each webhook gets its events in order, each once by id, whatever fails in between."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from comicmaintainer.database import Database
from comicmaintainer.errors import Conflict
from comicmaintainer.jobs.job_manager import JobManager
from comicmaintainer.jobs.model import JobRequest
from comicmaintainer.notifications.delivery_store import (
    GIVE_UP_AFTER_S,
    INTERRUPTED,
    KEPT_S,
    LEASE_S,
    PAUSES_S,
    DeliveryStore,
)
from comicmaintainer.notifications.dispatcher import TOO_OLD, TOO_OLD_S, Dispatcher
from comicmaintainer.notifications.given_receivers import GivenReceiver, GivenReceivers
from comicmaintainer.notifications.model import (
    Answer,
    Delivery,
    DeliveryState,
    EventType,
    Receiver,
    ReceiverKind,
)
from comicmaintainer.notifications.receivers import Receivers
from tests.kit.clock import Clock

pytestmark = pytest.mark.both_databases
URL = "https://receiver.example/hook"
WELL = Answer(True, "HTTP 204 No Content", 204)
BADLY = Answer(False, "HTTP 503 Service Unavailable", 503)


class Wire:
    """In place of senders: keeps what was sent, and answers as a test wants it to."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str]] = []
        self.answer = WELL
        self.before: Callable[[], object] = lambda: None

    def __call__(self, receiver: Receiver, event_id: str, body: str) -> Answer:
        self.before()
        self.sent.append((receiver.name, event_id))
        return self.answer


@pytest.fixture
def wire() -> Wire:
    return Wire()


@pytest.fixture
def dispatcher(database: Database, clock: Clock, wire: Wire) -> Dispatcher:
    return dispatcher_of(database, clock, wire)


def dispatcher_of(database: Database, clock: Clock, wire: Wire) -> Dispatcher:
    return Dispatcher(database, wire, {}, now=clock, clock=clock)


def given(kind: ReceiverKind, *events: EventType, setting: str = "one") -> GivenReceiver:
    return GivenReceiver(kind, setting, events or (EventType.JOB_ENDED,))


def dispatcher_for(
    database: Database, clock: Clock, wire: Wire, *named: GivenReceiver
) -> Dispatcher:
    """A worker process has started with these in its environment."""
    GivenReceivers(database, named, now=clock).announce()
    senders = {each.fingerprint: wire for each in named}
    return Dispatcher(database, wire, senders, now=clock, clock=clock)


def end_jobs(manager: JobManager, count: int) -> None:
    for _ in range(count):
        manager.submit(JobRequest("process", []), once=False)


def listed(receivers: Receivers) -> list[Delivery]:
    """All deliveries, the oldest first."""
    return list(reversed(receivers.deliveries.page(limit=1000)))


def states(receivers: Receivers) -> list[str]:
    return [each.state.value for each in listed(receivers)]


def test_events_go_in_order_and_each_once(
    manager: JobManager, receivers: Receivers, dispatcher: Dispatcher, wire: Wire, clock: Clock
) -> None:
    receivers.add("one", URL)
    end_jobs(manager, 5)
    dispatcher.hand_out()
    assert dispatcher.deliver_due() == 5
    assert dispatcher.deliver_due() == 0
    assert [id_ for _, id_ in wire.sent] == [each.event_id for each in listed(receivers)]
    assert {(e.state, e.attempts, e.tried_at, e.status, e.answer) for e in listed(receivers)} == {
        (DeliveryState.DELIVERED, 1, clock.at, 204, "HTTP 204 No Content")
    }


def test_a_failure_stops_the_row_and_is_repeated_after_longer_and_longer_pauses(
    manager: JobManager, receivers: Receivers, dispatcher: Dispatcher, wire: Wire, clock: Clock
) -> None:
    receivers.add("one", URL)
    end_jobs(manager, 2)
    dispatcher.hand_out()
    wire.answer = BADLY
    for pause_s in (*PAUSES_S, PAUSES_S[-1]):
        assert dispatcher.deliver_due() == 1
        clock.advance(pause_s - 0.001)
        assert dispatcher.deliver_due() == 0
        clock.advance(0.001)
    first, second = listed(receivers)
    assert (first.attempts, first.state, first.status) == (6, DeliveryState.WAITING, 503)
    assert (second.attempts, second.state) == (0, DeliveryState.WAITING)
    wire.answer = WELL
    wire.sent.clear()
    assert dispatcher.deliver_due() == 2
    assert [id_ for _, id_ in wire.sent] == [first.event_id, second.event_id]


def test_a_receiver_that_fails_keeps_no_other_from_its_events(
    manager: JobManager, receivers: Receivers, dispatcher: Dispatcher, wire: Wire
) -> None:
    for name in ("bad", "good"):
        receivers.add(name, URL)
    end_jobs(manager, 3)
    dispatcher.hand_out()

    def choose() -> None:
        wire.answer = BADLY if not wire.sent else WELL

    wire.before = choose
    dispatcher.deliver_due()
    assert [name for name, _ in wire.sent] == ["bad", "good", "good", "good"]


@pytest.mark.parametrize(("wish_s", "pause_s"), [(30.0, 30.0), (1.0, 5.0), (1e6, 3600.0)])
def test_a_receiver_is_left_alone_for_as_long_as_it_asks_within_bounds(
    manager: JobManager, receivers: Receivers, dispatcher: Dispatcher, wire: Wire, clock: Clock,
    wish_s: float, pause_s: float,
) -> None:  # fmt: skip
    added, _ = receivers.add("one", URL)
    end_jobs(manager, 1)
    dispatcher.hand_out()
    wire.answer = Answer(False, "HTTP 429", 429, wait_s=wish_s)
    dispatcher.deliver_due()
    assert receivers.get(added.receiver_id).next_try_at == clock.at + pause_s


def test_a_receiver_that_is_gone_is_switched_off_and_keeps_what_waits(
    manager: JobManager, receivers: Receivers, dispatcher: Dispatcher, wire: Wire, clock: Clock
) -> None:
    added, _ = receivers.add("one", URL)
    end_jobs(manager, 2)
    dispatcher.hand_out()
    wire.answer = Answer(False, "HTTP 410 Gone. It wants no more events.", 410, gone=True)
    dispatcher.deliver_due()
    stopped = receivers.get(added.receiver_id)
    assert (stopped.enabled, stopped.stop_reason) == (False, wire.answer.text)
    clock.advance(10_000)
    assert dispatcher.deliver_due() == 0
    wire.answer = WELL
    assert receivers.change(added.receiver_id, enabled=True).stop_reason is None
    assert dispatcher.deliver_due() == 2


def test_what_waits_for_too_long_is_given_up_and_newer_events_go(
    manager: JobManager, receivers: Receivers, dispatcher: Dispatcher, wire: Wire, clock: Clock
) -> None:
    receivers.add("one", URL)
    end_jobs(manager, 2)
    dispatcher.hand_out()
    wire.answer = BADLY
    dispatcher.deliver_due()
    clock.advance(GIVE_UP_AFTER_S)
    end_jobs(manager, 1)
    dispatcher.hand_out()
    dispatcher.deliver_due()
    assert states(receivers) == ["failed", "failed", "waiting"]
    assert [each.answer for each in listed(receivers)] == [
        "HTTP 503 Service Unavailable",
        "The receiver did not answer for too long.",
        None,
    ]
    wire.answer = WELL
    clock.advance(PAUSES_S[-1])
    dispatcher.deliver_due()
    assert states(receivers) == ["failed", "failed", "delivered"]


def test_a_person_can_retry_and_skip(
    manager: JobManager, receivers: Receivers, dispatcher: Dispatcher, wire: Wire, clock: Clock
) -> None:
    receivers.add("one", URL)
    end_jobs(manager, 2)
    dispatcher.hand_out()
    wire.answer = BADLY
    dispatcher.deliver_due()
    first, second = listed(receivers)
    assert receivers.skip(first.delivery_id).state is DeliveryState.SKIPPED
    wire.answer = WELL
    assert dispatcher.deliver_due() == 1
    with pytest.raises(Conflict, match="it is delivered"):
        receivers.retry(second.delivery_id)
    with pytest.raises(Conflict, match="it is delivered"):
        receivers.skip(second.delivery_id)
    clock.advance(GIVE_UP_AFTER_S + 1)
    retried = receivers.retry(first.delivery_id)
    assert (retried.state, retried.give_up_at) == (
        DeliveryState.WAITING,
        clock.at + GIVE_UP_AFTER_S,
    )
    dispatcher.deliver_due()
    assert states(receivers) == ["delivered", "delivered"]


def test_two_processes_never_send_to_one_receiver_at_once(
    database: Database, manager: JobManager, receivers: Receivers, clock: Clock
) -> None:
    receivers.add("one", URL)
    end_jobs(manager, 30)
    wires = [Wire() for _ in range(4)]
    inside = threading.Lock()
    together: list[str] = []

    def enter() -> None:
        if not inside.acquire(blocking=False):
            together.append("two at once")
            return
        threading.Event().wait(0.002)
        inside.release()

    dispatchers = [dispatcher_of(database, clock, wire) for wire in wires]
    for wire in wires:
        wire.before = enter
    barrier = threading.Barrier(len(wires))

    def run(dispatcher: Dispatcher) -> None:
        barrier.wait()
        while any(each.state is not DeliveryState.DELIVERED for each in listed(receivers)):
            dispatcher.deliver_due()

    dispatchers[0].hand_out()
    threads = [threading.Thread(target=run, args=(each,)) for each in dispatchers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sent = [id_ for wire in wires for _, id_ in wire.sent]
    assert together == []
    assert sorted(sent) == sorted(each.event_id for each in listed(receivers))


def test_another_process_goes_on_once_the_lease_of_a_dead_one_has_run_out(
    database: Database, manager: JobManager, receivers: Receivers, dispatcher: Dispatcher,
    wire: Wire, clock: Clock,
) -> None:  # fmt: skip
    added, _ = receivers.add("one", URL)
    end_jobs(manager, 2)
    dispatcher.hand_out()
    deliveries = DeliveryStore(database)
    begun = deliveries.begin(added, "dead", clock(), once=False)
    assert begun is not None
    clock.advance(LEASE_S - 1)
    assert dispatcher.deliver_due() == 0
    clock.advance(1)
    assert dispatcher.deliver_due() == 2
    assert listed(receivers)[0].attempts == 2
    # It was not dead, only slow: what it says no longer counts.
    assert not deliveries.finish(begun[1], "dead", BADLY, clock(), once=False)
    assert states(receivers) == ["delivered", "delivered"]


@pytest.mark.parametrize("kind", [ReceiverKind.APPRISE, ReceiverKind.COMMAND])
def test_what_must_not_come_twice_is_not_sent_again(
    database: Database, manager: JobManager, receivers: Receivers, wire: Wire, clock: Clock,
    kind: ReceiverKind,
) -> None:  # fmt: skip
    dispatcher = dispatcher_for(database, clock, wire, given(kind))
    (receiver,) = receivers.all()
    end_jobs(manager, 3)
    dispatcher.hand_out()
    DeliveryStore(database).begin(receiver, "dead", clock(), once=True)
    clock.advance(LEASE_S)
    wire.answer = BADLY
    assert dispatcher.deliver_due() == 2
    assert states(receivers) == ["failed"] * 3
    assert [each.answer for each in listed(receivers)] == [INTERRUPTED, *[BADLY.text] * 2]
    clock.advance(10_000)
    assert dispatcher.deliver_due() == 0


def test_messages_for_people_are_not_sent_late_but_on_request(
    database: Database, manager: JobManager, receivers: Receivers, wire: Wire, clock: Clock
) -> None:
    named = [given(kind) for kind in (ReceiverKind.APPRISE, ReceiverKind.COMMAND)]
    dispatcher = dispatcher_for(database, clock, wire, *named)
    end_jobs(manager, 1)
    dispatcher.hand_out()
    clock.advance(TOO_OLD_S + 1)
    dispatcher.deliver_due()
    assert [name for name, _ in wire.sent] == ["EVENT_COMMAND"]
    (late,) = [each for each in listed(receivers) if each.answer == TOO_OLD]
    receivers.retry(late.delivery_id)
    dispatcher.deliver_due()
    assert [name for name, _ in wire.sent] == ["EVENT_COMMAND", "NOTIFY_URLS"]


def test_what_the_environment_no_longer_names_is_off_and_comes_back_as_it_was(
    database: Database, manager: JobManager, receivers: Receivers, wire: Wire, clock: Clock
) -> None:
    dispatcher_for(database, clock, wire, given(ReceiverKind.APPRISE))
    dispatcher = dispatcher_for(database, clock, wire)
    end_jobs(manager, 1)
    dispatcher.hand_out()
    assert listed(receivers) == []
    dispatcher_for(database, clock, wire, given(ReceiverKind.APPRISE, EventType.JOB_FAILED))
    (receiver,) = receivers.all()
    assert (receiver.name, receiver.enabled, receiver.events) == (
        "NOTIFY_URLS",
        True,
        (EventType.JOB_FAILED,),
    )


def test_a_process_leaves_alone_what_it_has_no_sender_for(
    database: Database, manager: JobManager, receivers: Receivers, wire: Wire, clock: Clock
) -> None:
    dispatcher_for(database, clock, wire, given(ReceiverKind.COMMAND))
    end_jobs(manager, 1)
    (receiver,) = receivers.all()
    only_webhooks = dispatcher_of(database, clock, wire)
    only_webhooks.hand_out()
    assert only_webhooks.deliver_due() == 0
    assert only_webhooks.deliver(receiver.receiver_id) == 0
    assert states(receivers) == ["waiting"]


def test_old_deliveries_are_forgotten(
    manager: JobManager, receivers: Receivers, dispatcher: Dispatcher, clock: Clock
) -> None:
    receivers.add("one", URL)
    end_jobs(manager, 3)
    dispatcher.hand_out()
    dispatcher.deliver_due()
    clock.advance(KEPT_S)
    end_jobs(manager, 1)
    dispatcher.hand_out()
    clock.advance(1)
    assert receivers.deliveries.expire(clock()) == 3
    assert states(receivers) == ["waiting"]


def test_of_very_many_deliveries_the_oldest_that_ended_are_forgotten(
    manager: JobManager, receivers: Receivers, dispatcher: Dispatcher, wire: Wire, clock: Clock
) -> None:
    receivers.add("one", URL)
    end_jobs(manager, 4)
    dispatcher.hand_out()
    dispatcher.deliver_due()
    wire.answer = BADLY
    end_jobs(manager, 2)
    dispatcher.hand_out()
    dispatcher.deliver_due()
    assert receivers.deliveries.expire(clock(), most=3) == 3
    assert states(receivers) == ["delivered", "waiting", "waiting"]
    assert receivers.deliveries.expire(clock(), most=0) == 1
    assert states(receivers) == ["waiting", "waiting"]


def test_threads_deliver_and_end(
    manager: JobManager, receivers: Receivers, dispatcher: Dispatcher
) -> None:
    receivers.add("one", URL)
    end_jobs(manager, 3)
    dispatcher.start()
    pause = threading.Event()
    while states(receivers) != ["delivered"] * 3:
        pause.wait(0.02)
    dispatcher.stop(5.0)
    assert not {"dispatcher", "delivery"} & {thread.name for thread in threading.enumerate()}
