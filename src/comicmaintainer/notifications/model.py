"""The values of this room: events, those who receive them, and deliveries.

Times are UTC epoch seconds.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from comicmaintainer.texts.current import marked

VERSION = 1
"""The form of bodies. A new member is no new version; one that goes or changes its meaning is."""


class EventType(StrEnum):
    """What others can hear of. The names are stored, and part of every body."""

    JOB_ENDED = "job.ended"
    JOB_FAILED = "job.failed"
    CONFLICT_FOUND = "conflict.found"
    DAMAGE_FOUND = "damage.found"
    REVIEW_NEEDED = "review.needed"
    DISK_MISSING = "disk.missing"
    TEST = "webhook.test"
    """Sent by hand; nobody can choose it, since everybody gets it."""


MEANINGS: Mapping[EventType, str] = {
    EventType.JOB_ENDED: marked("A job has ended, whatever came of it"),
    EventType.JOB_FAILED: marked("A job has ended, and something in it failed"),
    EventType.CONFLICT_FOUND: marked(
        "Comics can't get their names, because other comics have them"
    ),
    EventType.DAMAGE_FOUND: marked("Comics can't be read"),
    EventType.REVIEW_NEEDED: marked("A person has to say which series comics are of"),
    EventType.DISK_MISSING: marked("The disk of a watched folder is missing"),
}
"""The types that can be chosen, with what they mean."""


class ReceiverKind(StrEnum):
    """How a receiver gets its events. The names are stored."""

    WEBHOOK = "webhook"
    APPRISE = "apprise"
    """A service that NOTIFY_URLS names."""
    COMMAND = "command"
    """The program that EVENT_COMMAND names."""


class DeliveryState(StrEnum):
    """Where a delivery stands. The names are stored.

    waiting    a dispatcher begins it when it is the oldest of its receiver and the pause is over
    sending    the holder of the receiver's lease is at it; once the lease has run out it counts as
               waiting or, where an event must not come twice, as failed
    delivered  the receiver has it
    failed     it was given up; a person can let it wait again
    skipped    a person gave it up
    """

    WAITING = "waiting"
    SENDING = "sending"
    DELIVERED = "delivered"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Event:
    """Something that has happened. `link` is a page of ours, relative to where the pages are."""

    event_id: str
    type: EventType
    at: float
    link: str
    data: Mapping[str, Any]

    def body(self) -> str:
        """Return the JSON text that receivers get; it is made once, and stored."""
        when = datetime.fromtimestamp(self.at, UTC).isoformat(timespec="milliseconds")
        value = {
            "id": self.event_id,
            "type": self.type,
            "version": VERSION,
            "timestamp": when.replace("+00:00", "Z"),
            "link": self.link,
            "data": self.data,
        }
        # ASCII: a path that is no valid text must not make a body that can't be sent.
        return json.dumps(value, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class Receiver:
    """Who gets events.

    `stop_reason` says why it was switched off other than by a person. After `failures` attempts in
    a row the next one is not before `next_try_at`. `former_secret` signs too until `former_until`.
    `fingerprint` is that of what an environment names, "" for webhooks.
    """

    receiver_id: int
    kind: ReceiverKind
    name: str
    events: tuple[EventType, ...]
    enabled: bool
    created_at: float
    url: str | None = field(default=None, repr=False)
    secret: str | None = field(default=None, repr=False)
    former_secret: str | None = field(default=None, repr=False)
    former_until: float | None = None
    stop_reason: str | None = None
    failures: int = 0
    next_try_at: float = 0.0
    fingerprint: str = ""


@dataclass(frozen=True, slots=True)
class Delivery:
    """An event on its way to one receiver.

    `answer` says what came of the last attempt, `status` is its HTTP status.
    """

    delivery_id: int
    receiver_id: int
    event_id: str
    type: str
    body: str = field(repr=False)
    state: DeliveryState
    attempts: int
    created_at: float
    give_up_at: float
    tried_at: float | None
    status: int | None
    answer: str | None


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of an attempt.

    `wait_s` is how long the receiver wants to be left alone; `gone` that it wants no more events.
    """

    delivered: bool
    text: str
    status: int | None = None
    wait_s: float | None = None
    gone: bool = False
