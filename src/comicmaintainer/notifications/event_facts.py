"""What events say: made of what the outbox notes. No database, no network.

The forms are described in docs/webhooks.md; a test compares its examples with what is made here.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from comicmaintainer.notifications.model import Event, EventType

MOST_EXAMPLES = 20
_LONGEST_TEXT = 1000


class Topic(StrEnum):
    """What an entry of the outbox is about. The names are stored, also by triggers."""

    JOB = "job"
    CONFLICT = "conflict"
    DAMAGE = "damage"
    REVIEW = "review"
    DISK = "disk"


GATHERED = (Topic.CONFLICT, Topic.DAMAGE, Topic.REVIEW)
"""Many entries of these come at once; they are told together."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of the outbox."""

    topic: str
    subject: str
    details: Mapping[str, Any]


def new_id() -> str:
    """Return the id of a new event."""
    return f"evt_{uuid.uuid4().hex}"


def events_of(entry: Entry, now: float) -> list[Event]:
    """Return the events that one entry makes: of a job that ended, or a disk that is missing."""
    if entry.topic == Topic.JOB:
        return _of_job(entry, now)
    if entry.topic == Topic.DISK:
        data = {"folder": entry.subject, "host": entry.details.get("host"), "problem": "missing"}
        return [Event(new_id(), EventType.DISK_MISSING, now, "system", data)]
    return []


def gathered_event(topic: Topic, count: int, examples: Sequence[Entry], now: float) -> Event:
    """Return the event about `count` things of one topic, the first of which are `examples`."""
    shown = examples[:MOST_EXAMPLES]
    if topic is Topic.REVIEW:
        series = [
            {"name": _cut(each.subject), "folder": _cut(each.details.get("folder"))}
            for each in shown
        ]
        data = {"count": count, "series": series}
        return Event(new_id(), EventType.REVIEW_NEEDED, now, "review", data)
    if topic is Topic.CONFLICT:
        files = [
            {"path": _cut(each.subject), "taken": _cut(each.details.get("with"))} for each in shown
        ]
        link = "duplicates?by=name"
        return Event(
            new_id(), EventType.CONFLICT_FOUND, now, link, {"count": count, "files": files}
        )
    files = [
        {"path": _cut(each.subject), "reason": _cut(each.details.get("reason"))} for each in shown
    ]
    return Event(
        new_id(), EventType.DAMAGE_FOUND, now, "?state=failed", {"count": count, "files": files}
    )


def trial_event(name: str, now: float) -> Event:
    """Return the event that a person sends to the receiver of this name, to try it."""
    return Event(new_id(), EventType.TEST, now, "settings/webhooks", {"webhook": name})


def _of_job(entry: Entry, now: float) -> list[Event]:
    of = entry.details
    total, processed, failed = (
        int(of.get(name) or 0) for name in ("total_items", "processed_items", "failed_items")
    )
    data = {
        "job_id": entry.subject,
        "kind": of.get("kind"),
        "title": _cut(of.get("title")),
        "status": of.get("status"),
        "preview": bool(of.get("preview")),
        "trigger": of.get("trigger"),
        "total_items": total,
        "processed_items": processed,
        "failed_items": failed,
        "error": _cut(of.get("error")),
        "created_at": of.get("created_at"),
        "started_at": of.get("started_at"),
        "completed_at": of.get("completed_at"),
    }
    types = [EventType.JOB_ENDED]
    if of.get("status") == "failed" or failed:
        types.append(EventType.JOB_FAILED)
    ended_at = of.get("completed_at") or now
    return [Event(new_id(), each, ended_at, f"jobs/{entry.subject}", data) for each in types]


def _cut(text: Any) -> str | None:
    return None if text is None else str(text)[:_LONGEST_TEXT]
