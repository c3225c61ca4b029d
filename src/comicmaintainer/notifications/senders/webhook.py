"""Sends an event to a webhook: one signed POST, of whose answer the status counts.

Used by the dispatcher, and by receivers for tests. Redirects are not followed: where a webhook goes
to is what a person has set.
"""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from comicmaintainer.errors import SourceError
from comicmaintainer.notifications.model import Answer, Receiver
from comicmaintainer.notifications.signature import signed_headers
from comicmaintainer.outgoing.transport import Call, Reply, Transport, TransportLimits

LIMITS = TransportLimits(connect_s=10.0, silence_s=20.0, whole_s=30.0)
_READ_OF_ANSWER = 4 << 10
_SHOWN_OF_ANSWER = 200


class WebhookSender:
    """Sends to webhooks. Thread-safe; `now` is the time that signatures name."""

    def __init__(self, now: Callable[[], float], transport: Transport | None = None) -> None:
        self._now = now
        self._transport = transport or Transport(LIMITS)

    def __call__(self, receiver: Receiver, event_id: str, body: str) -> Answer:
        """Send an event and return what came of it."""
        now = self._now()
        secrets = [receiver.secret or ""]
        if receiver.former_secret and (receiver.former_until or 0) > now:
            secrets.append(receiver.former_secret)
        content = body.encode()
        call = Call(
            receiver.name,
            receiver.url or "",
            _READ_OF_ANSWER,
            headers={
                "Content-Type": "application/json",
                **signed_headers(event_id, content, secrets, now=now),
            },
            content=content,
            only_start=True,
            local_names=True,
        )
        try:
            reply = self._transport.send(call)
        except SourceError as error:
            return Answer(False, error.message)
        finally:
            self._transport.close()
        return _answer(reply, now)


def _answer(reply: Reply, now: float) -> Answer:
    status = reply.status
    text = _in_words(reply)
    if 200 <= status < 300:
        return Answer(True, text, status)
    if 300 <= status < 400:
        return Answer(False, f"{text}. It sends to another address, which is not followed.", status)
    if status == HTTPStatus.GONE:
        return Answer(False, f"{text}. It wants no more events.", status, gone=True)
    return Answer(False, text, status, wait_s=reply.wish_s(now))


def _in_words(reply: Reply) -> str:
    try:
        phrase = HTTPStatus(reply.status).phrase
    except ValueError:
        phrase = ""
    start = " ".join(reply.body.decode("utf-8", "replace").split())[:_SHOWN_OF_ANSWER]
    said = "".join(each if each.isprintable() else "?" for each in start)
    return f"HTTP {reply.status} {phrase}".rstrip() + (f": {said}" if said else "")
