"""Webhooks as people manage them: add, change, remove, try out; and the list of deliveries.

Used by the web and the command line. What the environment names (NOTIFY_URLS, EVENT_COMMAND) is
listed with them and can be tried out there, but not changed.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence

from comicmaintainer.audit import Action
from comicmaintainer.audit.audit_log import record
from comicmaintainer.database import Database, Transaction
from comicmaintainer.errors import Conflict, InvalidInput
from comicmaintainer.notifications import delivery_store, receiver_host_store, receiver_store
from comicmaintainer.notifications.delivery_store import DeliveryStore
from comicmaintainer.notifications.event_facts import trial_event
from comicmaintainer.notifications.given_receivers import GIVEN_NAMES
from comicmaintainer.notifications.model import (
    MEANINGS,
    Answer,
    Delivery,
    EventType,
    Receiver,
    ReceiverKind,
)
from comicmaintainer.notifications.receiver_store import ReceiverStore
from comicmaintainer.notifications.signature import is_secret, new_secret
from comicmaintainer.outgoing.addresses import checked_address

MOST_RECEIVERS = 50
LONGEST_NAME = 100
FORMER_SECRET_S = 86400.0
"""For how long the secret before signs too, so that a receiver can be changed meanwhile."""
Sender = Callable[[Receiver, str, str], Answer]


class Receivers:
    """Who receives events. Thread-safe; `send` sends to a webhook."""

    def __init__(self, database: Database, send: Sender, *, now: Callable[[], float]) -> None:
        self.deliveries = DeliveryStore(database)
        self._database = database
        self._store = ReceiverStore(database)
        self._send = send
        self._now = now

    def all(self) -> list[Receiver]:
        """Return all receivers, by their names."""
        return self._store.all()

    def hosts(self) -> Mapping[int, Sequence[str]]:
        """Return the hosts whose environments name a receiver, by its id; none on a single host."""
        return receiver_host_store.hosts(self._database)

    def get(self, receiver_id: int) -> Receiver:
        """Return a receiver.

        Raises:
            NotFound: there is none with this id.
        """
        return self._store.get(receiver_id)

    def add(
        self,
        name: str,
        url: str,
        *,
        events: Sequence[EventType] | None = None,
        enabled: bool = True,
        secret: str | None = None,
    ) -> tuple[Receiver, str]:
        """Add a webhook for these events, by default all; return it and its secret.

        The secret is made here unless one is given. It can't be read again.

        Raises:
            InvalidInput: name, address, events or secret can't be.
            Conflict: the name is taken, or there are too many.
        """
        name, url = _name(name), checked_address(url)
        chosen = _events(tuple(MEANINGS) if events is None else events)
        secret = new_secret() if secret is None else _secret(secret)
        with self._database.transaction() as transaction:
            if receiver_store.count_webhooks(transaction) >= MOST_RECEIVERS:
                raise Conflict(f"There are {MOST_RECEIVERS} webhooks already; remove one first.")
            _require_free(transaction, name)
            receiver_id = receiver_store.insert(
                transaction,
                ReceiverKind.WEBHOOK,
                name,
                events=chosen,
                enabled=enabled,
                url=url,
                secret=secret,
                now=self._now(),
            )
            self._record(transaction, Action.WEBHOOK_ADDED, name, events=list(map(str, chosen)))
        return self.get(receiver_id), secret

    def change(
        self,
        receiver_id: int,
        *,
        name: str | None = None,
        url: str | None = None,
        events: Sequence[EventType] | None = None,
        enabled: bool | None = None,
    ) -> Receiver:
        """Change what is not None; what waits is tried at once.

        Raises:
            NotFound: there is no such webhook.
            InvalidInput: name, address or events can't be.
            Conflict: the name is taken, or the environment names it.
        """
        with self._database.transaction() as transaction:
            before = _own(transaction, receiver_id)
            after = dataclasses.replace(
                before,
                name=before.name if name is None else _name(name),
                url=before.url if url is None else checked_address(url),
                events=before.events if events is None else _events(events),
                enabled=before.enabled if enabled is None else enabled,
            )
            _require_free(transaction, after.name, receiver_id)
            receiver_store.update(transaction, after, now=self._now())
            changed = [
                each
                for each in ("name", "url", "events", "enabled")
                if getattr(before, each) != getattr(after, each)
            ]
            details = {"changed": changed, "enabled": after.enabled}
            self._record(transaction, Action.WEBHOOK_CHANGED, after.name, **details)
        return self.get(receiver_id)

    def renew_secret(self, receiver_id: int, secret: str | None = None) -> str:
        """Replace the secret of a webhook, by a new one unless one is given, and return it.

        The one before signs too for a day.

        Raises:
            NotFound: there is no such webhook.
            InvalidInput: the secret can't be.
            Conflict: the environment names it.
        """
        secret = new_secret() if secret is None else _secret(secret)
        now = self._now()
        with self._database.transaction() as transaction:
            webhook = _own(transaction, receiver_id)
            until = now + FORMER_SECRET_S
            receiver_store.set_secret(transaction, receiver_id, secret, former_until=until, now=now)
            self._record(transaction, Action.WEBHOOK_CHANGED, webhook.name, changed=["secret"])
        return secret

    def remove(self, receiver_id: int) -> None:
        """Remove a webhook with all of its deliveries.

        Raises:
            NotFound: there is no such webhook.
            Conflict: the environment names it.
        """
        with self._database.transaction() as transaction:
            webhook = _own(transaction, receiver_id)
            receiver_store.delete(transaction, receiver_id)
            self._record(transaction, Action.WEBHOOK_REMOVED, webhook.name)

    def test(self, receiver_id: int) -> Delivery:
        """Send a test to a webhook now, once; if that works, what waits is tried at once.

        To what the environment names, a worker process sends it: the delivery is still waiting.

        Raises:
            NotFound: there is no such webhook.
        """
        receiver = self.get(receiver_id)
        event = trial_event(receiver.name, self._now())
        body = event.body()
        if receiver.kind is not ReceiverKind.WEBHOOK:
            with self._database.transaction() as transaction:
                waiting_id = delivery_store.add(transaction, receiver_id, event, body, self._now())
            return self.deliveries.get(waiting_id)
        answer = self._send(receiver, event.event_id, body)
        with self._database.transaction() as transaction:
            receiver_store.found(transaction, receiver_id)
            delivery_id = delivery_store.add_tried(
                transaction, receiver_id, event, body, answer, self._now()
            )
            if answer.delivered:
                receiver_store.try_at_once(transaction, receiver_id)
        return self.deliveries.get(delivery_id)

    def retry(self, delivery_id: int) -> Delivery:
        """Let a delivery wait again, and try its receiver at once.

        Raises:
            NotFound: there is none with this id.
            Conflict: it was delivered, or is being sent.
        """
        with self._database.transaction() as transaction:
            delivery = delivery_store.retry(transaction, delivery_id, self._now())
            self._record_delivery(transaction, Action.DELIVERY_RETRIED, delivery)
        return delivery

    def skip(self, delivery_id: int) -> Delivery:
        """Give up a delivery that waits, so that those after it can go.

        Raises:
            NotFound: there is none with this id.
            Conflict: it does not wait.
        """
        with self._database.transaction() as transaction:
            delivery = delivery_store.skip(transaction, delivery_id)
            self._record_delivery(transaction, Action.DELIVERY_SKIPPED, delivery)
        return delivery

    def _record(
        self, transaction: Transaction, action: Action, subject: str, **details: object
    ) -> None:
        record(transaction, action, subject, now=self._now(), details=details)

    def _record_delivery(
        self, transaction: Transaction, action: Action, delivery: Delivery
    ) -> None:
        name = receiver_store.found(transaction, delivery.receiver_id).name
        self._record(transaction, action, name, event=delivery.type)


def _own(transaction: Transaction, receiver_id: int) -> Receiver:
    receiver = receiver_store.found(transaction, receiver_id)
    if receiver.kind is not ReceiverKind.WEBHOOK:
        name = GIVEN_NAMES[receiver.kind]
        raise Conflict(
            f"The environment sets {name}, so it can't be changed here. Change the"
            " variable where the service is started."
        )
    return receiver


def _require_free(transaction: Transaction, name: str, receiver_id: int | None = None) -> None:
    if receiver_store.is_name_taken(transaction, name, receiver_id):
        raise Conflict(f"Another webhook is called {name}.", field="name")


def _name(text: str) -> str:
    name = text.strip()
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise InvalidInput(
            f"Give the webhook a name of at most {LONGEST_NAME} characters.", field="name"
        )
    if name in GIVEN_NAMES.values():
        raise InvalidInput(f"{name} is the name of a setting; choose another.", field="name")
    return name


def _events(events: Sequence[EventType]) -> tuple[EventType, ...]:
    chosen = tuple(each for each in MEANINGS if each in events)
    if not chosen or EventType.TEST in events:
        known = ", ".join(MEANINGS)
        raise InvalidInput(f"Choose at least one of these events: {known}.", field="events")
    return chosen


def _secret(text: str) -> str:
    if not is_secret(text.strip()):
        raise InvalidInput(
            "This secret can't be used. It must be whsec_ and the Base64 form of 24 to 64 bytes.",
            field="secret",
        )
    return text.strip()
