"""Hands out events and delivers them, in threads of a worker process.

Several processes may do so: the database decides who sends to which receiver (see delivery_store).
Each receiver gets its events one after the other; several receivers get theirs at the same time.
"""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections.abc import Callable, Mapping, Sequence

from comicmaintainer.database import Database
from comicmaintainer.errors import DatabaseError, NotFound
from comicmaintainer.notifications.delivery_store import DeliveryStore
from comicmaintainer.notifications.event_facts import Topic
from comicmaintainer.notifications.model import Answer, Delivery, Receiver, ReceiverKind
from comicmaintainer.notifications.outbox import Outbox, Pending
from comicmaintainer.notifications.receiver_store import ReceiverStore
from comicmaintainer.texts.current import marked

logger = logging.getLogger(__name__)

LOOK_S = 1.0
QUIET_S = 10.0
"""What is told together is told once nothing of the kind was added for so long, ..."""
GATHERED_WITHIN_S = 60.0
"""... or after this time."""
TOO_OLD_S = 600.0
"""Older events are no messages for people (no worker ran)."""
TOO_OLD = marked("It was too old for a message when a worker process could send it.")
_AT_ONCE = 8

Sender = Callable[[Receiver, str, str], Answer]
"""Sends to a receiver the event with this id and this body, and returns what came of it."""


class Dispatcher:
    """Delivers to webhooks, and to what the environment of this host names.

    To all but webhooks an event goes once: a phone that rings twice is worse than one silent end.
    """

    def __init__(
        self,
        database: Database,
        webhooks: Sender,
        given: Mapping[str, Sender],
        *,
        now: Callable[[], float],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`given` are by the fingerprints of what the environment names."""
        self._database = database
        self._outbox = Outbox(database)
        self._receivers = ReceiverStore(database)
        self._deliveries = DeliveryStore(database)
        self._webhooks = webhooks
        self._given = given
        self._now = now
        self._gathering = _Gathering(clock)
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._under_way: dict[int, threading.Thread] = {}

    # --- threads ---------------------------------------------------------------------------------

    def start(self) -> None:
        """Start the thread."""
        self._thread = threading.Thread(target=self._run, name="dispatcher", daemon=True)
        self._thread.start()

    def stop(self, timeout_s: float) -> None:
        """Begin no more deliveries; one that does not end in time is sent again by others."""
        self._stopping.set()
        ends_at = time.monotonic() + timeout_s
        for thread in (self._thread, *self._under_way.values()):
            if thread is not None:
                thread.join(max(0.0, ends_at - time.monotonic()))

    def _run(self) -> None:
        while True:
            try:
                self.hand_out()
                self._begin_due()
            except DatabaseError as error:
                logger.warning("Events postponed: %s", error)
            if self._stopping.wait(LOOK_S):
                return

    def _begin_due(self) -> None:
        self._under_way = {id_: each for id_, each in self._under_way.items() if each.is_alive()}
        for receiver_id in self._receivers.due(self._given.keys(), self._now()):
            if receiver_id in self._under_way or len(self._under_way) >= _AT_ONCE:
                continue
            thread = threading.Thread(
                target=self._deliver, args=(receiver_id,), name="delivery", daemon=True
            )
            self._under_way[receiver_id] = thread
            thread.start()

    def _deliver(self, receiver_id: int) -> None:
        try:
            self.deliver(receiver_id)
        except DatabaseError as error:
            logger.warning("Deliveries postponed: %s", error)
        except NotFound:
            pass  # it has been removed just now
        finally:
            self._database.close()

    # --- what they do ----------------------------------------------------------------------------

    def hand_out(self) -> None:
        """Make deliveries of what was noted, as far as it is time."""
        self._outbox.hand_out_single(self._now())
        for topic in self._gathering.ripe(self._outbox.gathering()):
            self._outbox.hand_out_gathered(topic, self._now())

    def deliver_due(self) -> int:
        """Deliver, in this thread, all that can be delivered now; return how many were tried."""
        due = self._receivers.due(self._given.keys(), self._now())
        return sum(self.deliver(receiver_id) for receiver_id in due)

    def deliver(self, receiver_id: int) -> int:
        """Deliver what is open for a receiver, up to the first failure; return how many."""
        lease, tried = uuid.uuid4().hex, 0
        while not self._stopping.is_set():
            seen = self._receivers.get(receiver_id)
            send = self._sender(seen)
            if send is None:
                break  # settings have changed: it stands for something else by now
            once = seen.kind is not ReceiverKind.WEBHOOK
            begun = self._deliveries.begin(seen, lease, self._now(), once=once)
            if begun is None:
                return tried
            receiver, delivery = begun
            answer = self._attempt(send, receiver, delivery)
            tried += 1
            if not self._deliveries.finish(delivery, lease, answer, self._now(), once=once):
                logger.warning("Another process has taken over the deliveries to %s", receiver.name)
                return tried
            if not answer.delivered:
                # Without the text of an answer: it may repeat the address, which may be a secret.
                reason = answer.text if answer.status is None else f"HTTP {answer.status}"
                name, event_id = receiver.name, delivery.event_id
                logger.warning("Event %s was not delivered to %s: %s", event_id, name, reason)
                if not once:
                    return tried
        self._deliveries.release(receiver_id, lease)
        return tried

    def _sender(self, receiver: Receiver) -> Sender | None:
        if receiver.kind is ReceiverKind.WEBHOOK:
            return self._webhooks
        return self._given.get(receiver.fingerprint)

    def _attempt(self, send: Sender, receiver: Receiver, delivery: Delivery) -> Answer:
        is_message = receiver.kind is ReceiverKind.APPRISE
        if is_message and self._now() - delivery.created_at > TOO_OLD_S and not delivery.attempts:
            return Answer(False, TOO_OLD)
        return send(receiver, delivery.event_id, delivery.body)


class _Gathering:
    """Knows how long the entries of each topic have been waiting, and since when none was added."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._waiting: dict[str, tuple[float, int, float]] = {}
        """By topic: since when any wait, the newest entry, and since when it is."""

    def ripe(self, pending: Sequence[Pending]) -> list[Topic]:
        """Return the topics whose entries are to be told now."""
        now = self._clock()
        seen = dict[str, tuple[float, int, float]]()
        ripe: list[Topic] = []
        for each in pending:
            since, newest, quiet_since = self._waiting.get(each.topic, (now, each.newest, now))
            if newest != each.newest:
                quiet_since = now
            if now - quiet_since >= QUIET_S or now - since >= GATHERED_WITHIN_S:
                ripe.append(each.topic)
            else:
                seen[each.topic] = (since, each.newest, quiet_since)
        self._waiting = seen
        return ripe
