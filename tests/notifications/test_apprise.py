"""Messages for people: what they say, and how Apprise sends them."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Sequence
from typing import Any

import pytest

from comicmaintainer.errors import InvalidSetting
from comicmaintainer.notifications.event_facts import (
    Entry,
    Topic,
    events_of,
    gathered_event,
    trial_event,
)
from comicmaintainer.notifications.messages import Message, message_of
from comicmaintainer.notifications.model import Event, EventType
from comicmaintainer.notifications.senders.apprise import AppriseSender
from comicmaintainer.services.event_senders import message_types
from comicmaintainer.settings import NotifyOn

old_module = pytest.mark.filterwarnings("ignore:.*imghdr:DeprecationWarning")
"""Apprise still imports it."""


def label_of(kind: str) -> str:
    """What jobs of a kind are called here."""
    return {"process": "Put in order"}[kind]


def message(event: Event) -> Message:
    return message_of(json.loads(event.body()), label_of)


def job(**values: Any) -> Event:
    details = {
        "kind": "process",
        "status": "completed",
        "total_items": 2,
        "processed_items": 2,
        "started_at": 100.0,
        "completed_at": 175.0,
        **values,
    }
    return events_of(Entry(Topic.JOB, "id-1", details), 0.0)[-1]


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (
            job(title="Evening run", failed_items=1),
            Message(
                "ComicMaintainer: Evening run completed",
                "1 of 2 done, 1 failed in 1 min 15 s.\nPut in order, job id-1",
                True,
            ),
        ),
        (
            job(preview=1, completed_at=100.0 + 7322),
            Message(
                "ComicMaintainer: Put in order previewed",
                "2 of 2 done in 2 h 2 min.\nJob id-1",
                False,
            ),
        ),
        (
            job(status="cancelled", processed_items=0, started_at=None),
            Message(
                "ComicMaintainer: Put in order cancelled",
                "0 of 2 done.\nJob id-1",
                False,
                stopped=True,
            ),
        ),
        (
            job(status="failed", error="unreadable", started_at=None),
            Message(
                "ComicMaintainer: Put in order failed", "2 of 2 done.\nunreadable\nJob id-1", True
            ),
        ),
        (
            gathered_event(
                Topic.DAMAGE,
                7,
                [Entry("damage", f"/{n}.cbz", {"reason": "Cut."}) for n in "abcdef"],
                0.0,
            ),
            Message(
                "ComicMaintainer: 7 comics can't be read",
                "/a.cbz: Cut.\n/b.cbz: Cut.\n/c.cbz: Cut.\n/d.cbz: Cut.\n/e.cbz: Cut.\nand 2 more",
                True,
            ),
        ),
        (
            gathered_event(
                Topic.CONFLICT, 1, [Entry("conflict", "/a.cbz", {"with": "/b.cbz"})], 0.0
            ),
            Message(
                "ComicMaintainer: 1 comic in conflict",
                "Other comics have their names:\n/a.cbz",
                True,
            ),
        ),
        (
            gathered_event(Topic.REVIEW, 1, [Entry("review", "Harbour", {"folder": "/h"})], 0.0),
            Message(
                "ComicMaintainer: 1 match to review",
                "It is not certain what these are:\nHarbour",
                False,
            ),
        ),
        (
            events_of(Entry(Topic.DISK, "/comics", {"host": "nas"}), 0.0)[0],
            Message(
                "ComicMaintainer: a disk is missing",
                "The disk of /comics is missing (seen by nas). Jobs for it wait or fail until it is"
                " back; no comic is lost.",
                True,
            ),
        ),
        (
            trial_event("NOTIFY_URLS", 0.0),
            Message("ComicMaintainer: webhook.test", "A message to try this out.", False),
        ),
    ],
    ids=lambda value: value.type if isinstance(value, Event) else "",
)
def test_what_people_are_told(event: Event, expected: Message) -> None:
    assert message(event) == expected


@pytest.mark.parametrize(
    ("chosen", "types"),
    [
        ([NotifyOn.END], [EventType.JOB_ENDED]),
        ([NotifyOn.FAILURE], [EventType.JOB_FAILED]),
        ([NotifyOn.FAILURE, NotifyOn.END], [EventType.JOB_ENDED]),
        ([NotifyOn.FAILURE, NotifyOn.DISK], [EventType.JOB_FAILED, EventType.DISK_MISSING]),
    ],
)
def test_a_job_that_failed_is_one_message(
    chosen: Sequence[NotifyOn], types: Sequence[EventType]
) -> None:
    assert list(message_types(chosen)) == types


@old_module
def test_apprise_delivers_a_message() -> None:
    pytest.importorskip("apprise")
    received: list[dict[str, str]] = []

    class Receiver(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            received.append(json.loads(self.rfile.read(length)))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
            """Say nothing."""

    with http.server.HTTPServer(("127.0.0.1", 0), Receiver) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        sender = AppriseSender(f"json://127.0.0.1:{server.server_port}/", label_of, number=1)
        answer = sender.send(Message("T", "B", True))
        thread.join()
    assert answer.delivered
    assert [(body["title"], body["message"], body["type"]) for body in received] == [
        ("T", "B", "failure")
    ]


@old_module
def test_address_that_apprise_cannot_read_is_refused_without_showing_it() -> None:
    pytest.importorskip("apprise")
    with pytest.raises(InvalidSetting) as refusal:
        AppriseSender("nosuchservice://secret@host", label_of, number=1)
    assert "secret" not in str(refusal.value)


@old_module
def test_service_that_does_not_answer_is_a_failed_attempt() -> None:
    pytest.importorskip("apprise")
    sender = AppriseSender("json://127.0.0.1:1/", label_of, number=1)
    assert not sender.send(Message("T", "B", False)).delivered
