"""docs/webhooks.md: its examples have the members that are sent, its code verifies what is sent."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from comicmaintainer.notifications import delivery_store, dispatcher, receivers
from comicmaintainer.notifications.event_facts import (
    MOST_EXAMPLES,
    Entry,
    Topic,
    events_of,
    gathered_event,
    trial_event,
)
from comicmaintainer.notifications.model import VERSION, EventType
from comicmaintainer.notifications.senders import command, webhook
from comicmaintainer.notifications.signature import new_secret, signed_headers

TEXT = (Path(__file__).parents[2] / "docs" / "webhooks.md").read_text("utf-8")
JOB = Entry(Topic.JOB, "id", {"status": "failed"})
MADE = [
    *events_of(JOB, 0.0),
    gathered_event(Topic.CONFLICT, 1, [Entry(Topic.CONFLICT, "/a", {})], 0.0),
    gathered_event(Topic.DAMAGE, 1, [Entry(Topic.DAMAGE, "/a", {})], 0.0),
    gathered_event(Topic.REVIEW, 1, [Entry(Topic.REVIEW, "a", {})], 0.0),
    *events_of(Entry(Topic.DISK, "/a", {}), 0.0),
    trial_event("one", 0.0),
]


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)


def shape(value: Any) -> Any:
    """The members of a value, without what they are."""
    if isinstance(value, Mapping):
        return {name: shape(each) for name, each in value.items()}
    return [shape(each) for each in value] if isinstance(value, list) else None


def test_the_whole_example_has_the_members_that_are_sent() -> None:
    example = json.loads(blocks("json")[0])
    (made,) = [each for each in MADE if each.type == example["type"]]
    assert shape(example) == shape(json.loads(made.body()))
    assert example["version"] == VERSION


def test_every_type_is_in_the_table_and_has_an_example_of_its_data() -> None:
    whole, others = blocks("json")
    examples = [json.loads(whole), *map(json.loads, others.splitlines())]
    assert {each["type"] for each in examples} == set(EventType)
    assert set(re.findall(r"^\| `([a-z]+\.[a-z]+)` \|", TEXT, re.MULTILINE)) == set(EventType)
    made = {each.type.value: each for each in MADE}
    for each in examples:
        assert shape(each["data"]) == shape(json.loads(made[each["type"]].body())["data"])


@pytest.mark.parametrize("is_renewed", [False, True])
def test_its_code_verifies_what_is_sent(is_renewed: bool) -> None:
    (code,) = blocks("python")
    there: dict[str, Any] = {}
    exec(code, there)
    is_ours = there["is_ours"]
    secret, other = new_secret(), new_secret()
    body = MADE[0].body().encode()
    secrets = [other, secret] if is_renewed else [secret]
    headers = dict(signed_headers("evt_1", body, secrets, now=time.time()))
    assert is_ours(secret, headers, body)
    assert not is_ours(new_secret(), headers, body)
    assert not is_ours(secret, headers, body + b" ")
    assert not is_ours(secret, {**headers, "webhook-id": "evt_2"}, body)
    late = dict(signed_headers("evt_1", body, secrets, now=time.time() - 301))
    assert not is_ours(secret, late, body)


def test_its_figures_are_those_of_the_code() -> None:
    assert list(delivery_store.PAUSES_S) == [5, 15, 60, 300, 900]
    assert "after 5 s, 15 s,\n  1 min, 5 min, and then every 15 minutes" in TEXT
    assert delivery_store.GIVE_UP_AFTER_S == 3 * 86400
    assert delivery_store.LONGEST_WISH_S == 3600
    assert delivery_store.KEPT_S == 14 * 86400
    assert f"{delivery_store.MOST_KEPT:,} the newest" in TEXT
    assert webhook.LIMITS.whole_s == 30
    assert "within 30 seconds" in TEXT
    assert f"the first {MOST_EXAMPLES} of them" in TEXT
    assert dispatcher.QUIET_S == 10
    assert dispatcher.GATHERED_WITHIN_S == 60
    assert dispatcher.TOO_OLD_S == 600
    assert receivers.FORMER_SECRET_S == 86400
    assert command.TIME_LIMIT_S == 60
    assert command.MOST_OUTPUT_BYTES == 8 << 10


def test_a_lease_is_longer_than_any_attempt() -> None:
    assert max(webhook.LIMITS.whole_s, command.TIME_LIMIT_S + 10) < delivery_store.LEASE_S
