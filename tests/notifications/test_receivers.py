"""Adding, changing and removing webhooks; who did so is recorded, secrets are not."""

from __future__ import annotations

import json

import pytest

from comicmaintainer.audit.audit_log import AuditLog
from comicmaintainer.database import Database
from comicmaintainer.errors import Conflict, InvalidInput, NotFound
from comicmaintainer.notifications.given_receivers import GivenReceiver, GivenReceivers
from comicmaintainer.notifications.model import MEANINGS, DeliveryState, EventType, ReceiverKind
from comicmaintainer.notifications.receivers import MOST_RECEIVERS, Receivers
from comicmaintainer.notifications.signature import new_secret
from tests.kit.clock import Clock

pytestmark = pytest.mark.both_databases
URL = "https://receiver.example/hook/s3cret-path?token=s3cret"


def test_a_new_webhook_hears_of_everything_and_has_a_secret(receivers: Receivers) -> None:
    added, secret = receivers.add(" Home ", URL)
    assert (added.name, added.url, added.enabled) == ("Home", URL, True)
    assert added.events == tuple(MEANINGS)
    assert secret.startswith("whsec_")
    assert receivers.all() == [added]


@pytest.mark.parametrize(
    "url",
    [
        "http://homeassistant:8123/api/webhook/x",
        "http://n8n.lan/x",
        "http://nas.local:80",
        "http://192.168.1.4/x",
        "https://example.org/x?y=z",
        "http://box.home.arpa/",
    ],
)
def test_addresses_of_the_local_network_and_https_are_allowed(
    receivers: Receivers, url: str
) -> None:
    assert receivers.add("one", url)[0].url == url


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/x",
        "http://2130706433/",
        "http://0x7f000001/",
        "http://169.254.169.254/latest",
        "http://user:pw@nas.local/",
        "https://example.org/#x",
        "ftp://nas.local/",
        "http://nas..local/",
        "http://" + "x" * 64,
        "https://example.org/" + "x" * 2000,
        "",
    ],
)
def test_other_addresses_are_refused(receivers: Receivers, url: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        receivers.add("one", url)
    assert refusal.value.field == "url"


@pytest.mark.parametrize("name", ["", "  ", "x" * 101, "a\nb", "NOTIFY_URLS"])
def test_names_are_checked(receivers: Receivers, name: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        receivers.add(name, URL)
    assert refusal.value.field == "name"


def test_events_are_checked(receivers: Receivers) -> None:
    added, _ = receivers.add("one", URL, events=[EventType.DISK_MISSING, EventType.JOB_ENDED])
    assert added.events == (EventType.JOB_ENDED, EventType.DISK_MISSING)
    for wrong in ([], [EventType.TEST]):
        with pytest.raises(InvalidInput, match="at least one"):
            receivers.change(added.receiver_id, events=wrong)


def test_a_name_is_given_once(receivers: Receivers) -> None:
    receivers.add("one", URL)
    other, _ = receivers.add("two", URL)
    with pytest.raises(Conflict):
        receivers.add("one", URL)
    with pytest.raises(Conflict):
        receivers.change(other.receiver_id, name="one")
    assert receivers.change(other.receiver_id, name="two").name == "two"


def test_there_are_not_too_many(receivers: Receivers) -> None:
    for number in range(MOST_RECEIVERS):
        receivers.add(str(number), URL)
    with pytest.raises(Conflict, match="already"):
        receivers.add("one more", URL)


def test_a_given_secret_is_kept_and_a_bad_one_refused(receivers: Receivers) -> None:
    own = new_secret()
    assert receivers.add("one", URL, secret=f" {own} ")[1] == own
    with pytest.raises(InvalidInput) as refusal:
        receivers.add("two", URL, secret="hunter2")
    assert refusal.value.field == "secret"
    assert "hunter2" not in str(refusal.value)


def test_what_is_removed_is_gone_with_its_deliveries(
    database: Database, receivers: Receivers
) -> None:
    added, _ = receivers.add("one", "http://127.0.0.1:9/")
    receivers.test(added.receiver_id)
    receivers.remove(added.receiver_id)
    assert database.value("SELECT count(*) FROM event_deliveries") == 0
    for action in (receivers.remove, receivers.test, receivers.renew_secret, receivers.get):
        with pytest.raises(NotFound):
            action(added.receiver_id)


def test_what_the_environment_names_is_not_changed_here_but_can_be_tried(
    database: Database, receivers: Receivers, clock: Clock
) -> None:
    program = GivenReceiver(ReceiverKind.COMMAND, '["/bin/true"]', [EventType.JOB_ENDED])
    GivenReceivers(database, [program], now=clock).announce()
    (given,) = receivers.all()
    for action in (receivers.remove, receivers.renew_secret, receivers.change):
        with pytest.raises(Conflict, match="EVENT_COMMAND"):
            action(given.receiver_id)
    assert receivers.test(given.receiver_id).state is DeliveryState.WAITING


def test_changes_are_recorded_without_secrets_and_addresses(
    database: Database, receivers: Receivers, clock: Clock
) -> None:
    added, secret = receivers.add("one", URL, events=[EventType.JOB_ENDED])
    receivers.change(added.receiver_id, url=URL + "&more", enabled=False)
    renewed = receivers.renew_secret(added.receiver_id)
    receivers.remove(added.receiver_id)
    entries = AuditLog(database, now=clock).page()
    assert [(each.action, each.subject, dict(each.details)) for each in reversed(entries)] == [
        ("webhook_added", "one", {"events": ["job.ended"]}),
        ("webhook_changed", "one", {"changed": ["url", "enabled"], "enabled": False}),
        ("webhook_changed", "one", {"changed": ["secret"]}),
        ("webhook_removed", "one", {}),
    ]
    text = json.dumps([each.to_dict() for each in entries])
    assert not any(each in text for each in (secret, renewed, "s3cret"))
