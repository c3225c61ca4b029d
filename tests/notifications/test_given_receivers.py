"""What the environments of several hosts name gets each event once, whatever each host names."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import pytest

from comicmaintainer.database import Database
from comicmaintainer.jobs.job_manager import JobManager
from comicmaintainer.jobs.model import JobRequest
from comicmaintainer.notifications import given_receivers
from comicmaintainer.notifications.delivery_store import KEPT_S, DeliveryStore
from comicmaintainer.notifications.dispatcher import Dispatcher
from comicmaintainer.notifications.given_receivers import (
    HOST_KEPT_S,
    GivenReceiver,
    GivenReceivers,
)
from comicmaintainer.notifications.model import Answer, EventType, Receiver, ReceiverKind
from comicmaintainer.notifications.receivers import Receivers
from tests.kit.clock import Clock

ENDED, FAILED = EventType.JOB_ENDED, EventType.JOB_FAILED
PHONE = GivenReceiver(ReceiverKind.APPRISE, "tgram://s3cret/phone", [ENDED])
DESK = GivenReceiver(ReceiverKind.APPRISE, "json://ada:s3cret@desk", [ENDED])
PROGRAM = GivenReceiver(ReceiverKind.COMMAND, '["/bin/tell", "s3cret"]', [ENDED, FAILED])
only_server = pytest.mark.parametrize("place", ["postgresql"], indirect=True)
pytestmark = pytest.mark.both_databases


@dataclass
class Reached:
    """What has been sent: from which host, to what, which event."""

    sent: list[tuple[str, str, str]] = field(default_factory=list)
    before: Callable[[], object] = lambda: None

    def sender(self, host: str, setting: str) -> Callable[[Receiver, str, str], Answer]:
        def send(_receiver: Receiver, event_id: str, _body: str) -> Answer:
            self.before()
            self.sent.append((host, setting, event_id))
            return Answer(True, "Sent.")

        return send

    def settings(self) -> list[str]:
        return sorted(setting for _, setting, _ in self.sent)


class Host:
    """A host of the shared database; `start` is a worker process that starts on it."""

    def __init__(self, name: str, database: Database, reached: Reached, clock: Clock) -> None:
        database.host = name
        self.name = name
        self._database = database
        self._reached = reached
        self._clock = clock

    def start(self, *named: GivenReceiver) -> Dispatcher:
        self.given = GivenReceivers(self._database, named, now=self._clock)
        self.given.announce()
        senders = {
            each.fingerprint: self._reached.sender(self.name, each.setting) for each in named
        }
        webhooks = self._reached.sender(self.name, "webhook")
        return Dispatcher(self._database, webhooks, senders, now=self._clock, clock=self._clock)


@pytest.fixture
def reached() -> Reached:
    return Reached()


@pytest.fixture
def hosts(
    open_database: Callable[[], Database], reached: Reached, clock: Clock
) -> tuple[Host, Host]:
    nas, pc = (Host(name, open_database(), reached, clock) for name in ("nas", "pc"))
    return nas, pc


def end_jobs(manager: JobManager, count: int = 1) -> None:
    for _ in range(count):
        manager.submit(JobRequest("process", []), once=False)


def work(*dispatchers: Dispatcher) -> None:
    """Let each do what it can, in turns, and the first once more."""
    for each in (*dispatchers, dispatchers[0]):
        each.hand_out()
        each.deliver_due()


def shown(receivers: Receivers) -> dict[str, tuple[bool, tuple[str, ...]]]:
    """Of each receiver by its name: whether it is on, and its hosts."""
    hosts = receivers.hosts()
    return {
        each.name: (each.enabled, tuple(hosts.get(each.receiver_id, ())))
        for each in receivers.all()
    }


def states(receivers: Receivers) -> list[str]:
    return sorted(each.state.value for each in receivers.deliveries.page(limit=100))


@only_server
def test_what_several_hosts_name_gets_each_event_once_and_what_one_names_from_that_one(
    hosts: tuple[Host, Host], reached: Reached, receivers: Receivers, manager: JobManager
) -> None:
    nas, pc = hosts
    at_nas, at_pc = nas.start(PHONE, DESK, PROGRAM), pc.start(DESK)
    end_jobs(manager, 2)
    work(at_pc, at_nas)
    assert reached.settings() == sorted([PHONE.setting, DESK.setting, PROGRAM.setting] * 2)
    assert len(set(reached.sent)) == 6
    assert {host for host, setting, _ in reached.sent if setting == PHONE.setting} == {"nas"}
    assert {host for host, setting, _ in reached.sent if setting == DESK.setting} == {"pc"}
    assert shown(receivers) == {
        "EVENT_COMMAND": (True, ("nas",)),
        "NOTIFY_URLS": (True, ("nas",)),
        "NOTIFY_URLS 2": (True, ("nas", "pc")),
    }


@only_server
def test_a_host_that_names_nothing_switches_nothing_off(
    hosts: tuple[Host, Host], reached: Reached, manager: JobManager
) -> None:
    nas, pc = hosts
    at_nas = nas.start(PHONE)
    at_pc = pc.start()
    end_jobs(manager)
    work(at_pc, at_nas)
    assert [each[:2] for each in reached.sent] == [("nas", PHONE.setting)]


@only_server
def test_what_only_an_absent_host_names_waits_for_it(
    hosts: tuple[Host, Host], reached: Reached, receivers: Receivers, manager: JobManager,
    clock: Clock,
) -> None:  # fmt: skip
    nas, pc = hosts
    nas.start(PROGRAM)
    at_pc = pc.start(DESK)
    end_jobs(manager)
    work(at_pc)
    assert reached.settings() == [DESK.setting]
    clock.advance(86_400.0)
    given_receivers.expire(nas._database, clock())
    work(nas.start(PROGRAM))
    assert reached.settings() == [PROGRAM.setting, DESK.setting]
    assert states(receivers) == ["delivered", "delivered"]


@only_server
def test_an_absent_host_is_forgotten_with_what_waited_for_it(
    hosts: tuple[Host, Host], database: Database, receivers: Receivers, manager: JobManager,
    clock: Clock,
) -> None:  # fmt: skip
    nas, pc = hosts
    nas.start(PROGRAM)
    at_pc = pc.start(DESK)
    end_jobs(manager)
    work(at_pc)
    clock.advance(HOST_KEPT_S)
    pc.given.renew()
    clock.advance(1.0)
    end_jobs(manager)
    work(at_pc)
    receivers.deliveries.expire(clock())
    given_receivers.expire(database, clock())
    assert shown(receivers) == {
        "EVENT_COMMAND": (False, ()),
        "NOTIFY_URLS": (True, ("pc",)),
    }
    clock.advance(KEPT_S + 1.0)
    pc.given.renew()
    receivers.deliveries.expire(clock())
    given_receivers.expire(database, clock())
    assert shown(receivers) == {"NOTIFY_URLS": (True, ("pc",))}


@only_server
def test_a_receiver_gets_what_any_of_its_hosts_wants(
    hosts: tuple[Host, Host], receivers: Receivers
) -> None:
    nas, pc = hosts

    def phone(*events: EventType) -> GivenReceiver:
        return GivenReceiver(PHONE.kind, PHONE.setting, events)

    def wanted() -> Sequence[EventType]:
        return receivers.all()[0].events

    nas.start(phone(FAILED, EventType.DISK_MISSING))
    assert wanted() == (FAILED, EventType.DISK_MISSING)
    pc.start(phone(ENDED))
    assert wanted() == (ENDED, EventType.DISK_MISSING)  # one message of a job that failed
    pc.start()
    assert wanted() == (FAILED, EventType.DISK_MISSING)


@only_server
def test_settings_that_change_on_one_host_after_the_other_lose_nothing(
    hosts: tuple[Host, Host], reached: Reached, receivers: Receivers, manager: JobManager
) -> None:
    nas, pc = hosts
    nas.start(PHONE)
    at_pc = pc.start(PHONE)
    end_jobs(manager)
    at_pc.hand_out()
    at_nas = nas.start(DESK)
    end_jobs(manager)
    work(at_nas, at_pc)
    assert reached.settings() == sorted([PHONE.setting, PHONE.setting, DESK.setting])
    work(pc.start(DESK))
    assert shown(receivers) == {
        "NOTIFY_URLS": (False, ()),
        "NOTIFY_URLS 2": (True, ("nas", "pc")),
    }


def test_what_replaces_something_takes_its_place_with_what_waits(
    hosts: tuple[Host, Host], reached: Reached, receivers: Receivers, manager: JobManager
) -> None:
    nas, _ = hosts
    before = nas.start(PHONE, PROGRAM)
    end_jobs(manager)
    before.hand_out()
    after = nas.start(DESK, PROGRAM)
    (receiver,) = [each for each in receivers.all() if each.kind is ReceiverKind.APPRISE]
    assert (receiver.name, receiver.enabled) == ("NOTIFY_URLS", True)
    # The process before, which has not ended yet, does not send it where it was to go.
    assert before.deliver(receiver.receiver_id) == 0
    work(after)
    assert reached.settings() == [PROGRAM.setting, DESK.setting]


def test_a_process_that_meets_newer_settings_while_it_sends_stops(
    hosts: tuple[Host, Host], reached: Reached, receivers: Receivers, manager: JobManager
) -> None:
    nas, _ = hosts
    before = nas.start(PHONE)
    end_jobs(manager, 3)
    before.hand_out()
    started: list[Dispatcher] = []

    def restart() -> None:
        if not started:
            started.append(nas.start(DESK))

    reached.before = restart
    before.deliver_due()
    assert reached.settings() == [PHONE.setting]
    work(*started)
    assert reached.settings() == sorted([PHONE.setting, DESK.setting, DESK.setting])
    assert states(receivers) == ["delivered"] * 3


def test_a_delivery_is_not_begun_for_what_the_receiver_stood_for_before(
    hosts: tuple[Host, Host], database: Database, receivers: Receivers, manager: JobManager,
    clock: Clock,
) -> None:  # fmt: skip
    nas, _ = hosts
    before = nas.start(PHONE)
    end_jobs(manager)
    before.hand_out()
    (seen,) = receivers.all()
    nas.start(DESK)
    assert DeliveryStore(database).begin(seen, "older", clock(), once=True) is None
    assert states(receivers) == ["waiting"]


def test_an_older_process_of_a_host_does_not_take_back_newer_settings(
    hosts: tuple[Host, Host], receivers: Receivers
) -> None:
    nas, _ = hosts
    nas.start(PHONE)
    older = nas.given
    nas.start(PHONE, PROGRAM)
    older.renew()
    assert [each.enabled for each in receivers.all()] == [True, True]
    nas.start()
    older.renew()
    assert [each.enabled for each in receivers.all()] == [False, False]


@only_server
def test_a_host_that_was_cut_off_for_long_is_known_again_when_it_is_back(
    hosts: tuple[Host, Host], database: Database, receivers: Receivers, clock: Clock
) -> None:
    nas, _ = hosts
    nas.start(PHONE)
    clock.advance(HOST_KEPT_S + 1.0)
    given_receivers.expire(database, clock())
    assert shown(receivers) == {}
    nas.given.renew()
    assert shown(receivers) == {"NOTIFY_URLS": (True, ("nas",))}


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
def test_a_database_of_one_host_knows_what_it_names_also_under_another_name(
    hosts: tuple[Host, Host], receivers: Receivers
) -> None:
    before, after = hosts  # a container that was made again
    before.start(PHONE)
    after.start(DESK)
    assert shown(receivers) == {"NOTIFY_URLS": (True, ())}


def test_a_name_that_a_webhook_has_is_not_used(
    hosts: tuple[Host, Host], receivers: Receivers
) -> None:
    receivers.add("NOTIFY_URLS 2", "https://receiver.example/")
    hosts[0].start(PHONE, DESK)
    assert {each.name for each in receivers.all()} == {
        "NOTIFY_URLS",
        "NOTIFY_URLS 2",
        "NOTIFY_URLS 3",
    }


def test_no_secret_is_stored(hosts: tuple[Host, Host], database: Database) -> None:
    hosts[0].start(PHONE, DESK, PROGRAM)
    stored = [
        [tuple(row) for row in database.rows(f"SELECT * FROM {table}")]
        for table in ("event_receivers", "receiver_hosts")
    ]
    assert "NOTIFY_URLS" in str(stored)
    assert "s3cret" not in str(stored)
    assert "s3cret" not in repr(PROGRAM)


def test_what_an_earlier_release_stored_is_gone_on_with(
    hosts: tuple[Host, Host], database: Database, reached: Reached, receivers: Receivers,
    manager: JobManager,
) -> None:  # fmt: skip
    with database.transaction() as transaction:
        transaction.execute(
            "INSERT INTO event_receivers (kind, name, events, created_at, changed_at)"
            " VALUES ('apprise', 'NOTIFY_URLS', '[\"job.ended\"]', 0, 0)"
        )
    end_jobs(manager)
    work(hosts[0].start(PHONE))
    assert reached.settings() == [PHONE.setting]
    assert list(shown(receivers)) == ["NOTIFY_URLS"]
