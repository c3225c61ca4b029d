"""Deliveries as stored rows, and who may send to a receiver (SQL only).

A receiver's events go one after the other, in the order of their ids. Whoever sends holds the
receiver's lease, and its outcome counts only as long as it does; so no two processes are at one
receiver, and after a crash another goes on once the lease has run out. Whoever changes a delivery
locks its receiver's row first, so that sending needs no turn. Times are UTC epoch seconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from comicmaintainer.database import Database, Row, Transaction, Turn
from comicmaintainer.database.stored_values import known_member
from comicmaintainer.errors import Conflict, NotFound
from comicmaintainer.notifications import receiver_store
from comicmaintainer.notifications.model import Answer, Delivery, DeliveryState, Event, Receiver
from comicmaintainer.texts.current import marked

LEASE_S = 120.0
"""Longer than any attempt may take."""
PAUSES_S = (5.0, 15.0, 60.0, 300.0, 900.0)
"""After each failure in a row; the last one is repeated."""
LONGEST_WISH_S = 3600.0
GIVE_UP_AFTER_S = 3 * 86400.0
KEPT_S = 14 * 86400.0
MOST_KEPT = 20_000
INTERRUPTED = marked("The process ended while sending; it may have arrived.")
TOO_LONG = marked("The receiver did not answer for too long.")
_LONGEST_ANSWER = 500
_DELETED_AT_ONCE = 5000
_COLUMNS = (
    "delivery_id, receiver_id, event_id, type, body, state, attempts, created_at, give_up_at,"
    " tried_at, status, answer"
)
_OLDEST_OPEN = (
    f"SELECT {_COLUMNS} FROM event_deliveries WHERE receiver_id = ?"
    " AND state IN ('waiting', 'sending') ORDER BY delivery_id LIMIT 1"
)


class DeliveryStore:
    """SQL of the table `event_deliveries`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # --- sending ---------------------------------------------------------------------------------

    def begin(
        self, receiver: Receiver, lease: str, now: float, *, once: bool
    ) -> tuple[Receiver, Delivery] | None:
        """Take or renew the lease and begin the oldest open delivery of a receiver.

        None if another process is at it, it is to be left alone, it stands for something else by
        now, or nothing is open; nothing is leased then. With `once`, what a dead process had begun
        is given up and not sent again.
        """
        receiver_id = receiver.receiver_id
        with self._database.transaction(Turn.ROWS) as transaction:
            if not transaction.execute(
                "UPDATE event_receivers SET lease = ?, lease_until = ? WHERE receiver_id = ?"
                " AND enabled = 1 AND next_try_at <= ? AND fingerprint = ?"
                " AND (lease IS NULL OR lease = ? OR lease_until <= ?)",
                (lease, now + LEASE_S, receiver_id, now, receiver.fingerprint, lease, now),
            ):
                return None
            row = transaction.row(_OLDEST_OPEN, (receiver_id,))
            while once and row is not None and row["state"] == DeliveryState.SENDING:
                _end(transaction, row["delivery_id"], DeliveryState.FAILED, INTERRUPTED)
                row = transaction.row(_OLDEST_OPEN, (receiver_id,))
            if row is None:
                _release(transaction, receiver_id, lease)
                return None
            transaction.execute(
                "UPDATE event_deliveries SET state = 'sending', attempts = attempts + 1,"
                " tried_at = ? WHERE delivery_id = ?",
                (now, row["delivery_id"]),
            )
            return receiver_store.found(transaction, receiver_id), _delivery(row)

    def finish(
        self, delivery: Delivery, lease: str, answer: Answer, now: float, *, once: bool
    ) -> bool:
        """Record what came of an attempt; False if the lease was lost, and nothing is recorded.

        After a failure the receiver is left alone for a while, unless an event goes to it `once`.
        """
        with self._database.transaction(Turn.ROWS) as transaction:
            receiver = transaction.row(
                "UPDATE event_receivers SET lease_until = lease_until"
                " WHERE receiver_id = ? AND lease = ? RETURNING failures",
                (delivery.receiver_id, lease),
            )
            if receiver is None:
                return False
            if answer.delivered or once:
                state = DeliveryState.DELIVERED if answer.delivered else DeliveryState.FAILED
                _end(transaction, delivery.delivery_id, state, answer.text, answer.status)
                receiver_store.try_at_once(transaction, delivery.receiver_id)
                return True
            is_over = now >= delivery.give_up_at and not answer.gone
            state = DeliveryState.FAILED if is_over else DeliveryState.WAITING
            _end(transaction, delivery.delivery_id, state, answer.text, answer.status)
            _give_up_old(transaction, delivery.receiver_id, now)
            _pause(transaction, delivery.receiver_id, receiver["failures"], answer, now)
            _release(transaction, delivery.receiver_id, lease)
            return True

    def release(self, receiver_id: int, lease: str) -> None:
        """Let other processes send to a receiver."""
        with self._database.transaction(Turn.ROWS) as transaction:
            _release(transaction, receiver_id, lease)

    # --- the list --------------------------------------------------------------------------------

    def page(
        self,
        *,
        receiver_id: int | None = None,
        states: Sequence[DeliveryState] = (),
        before: int | None = None,
        limit: int = 50,
    ) -> list[Delivery]:
        """Return deliveries, newest first, before the one with the id `before`."""
        where, parameters = ["true"], list[Any]()
        if receiver_id is not None:
            where.append("receiver_id = ?")
            parameters.append(receiver_id)
        if states:
            where.append(f"state IN ({', '.join('?' * len(states))})")
            parameters += states
        if before is not None:
            where.append("delivery_id < ?")
            parameters.append(before)
        rows = self._database.rows(
            f"SELECT {_COLUMNS} FROM event_deliveries WHERE {' AND '.join(where)}"
            " ORDER BY delivery_id DESC LIMIT ?",
            (*parameters, limit),
        )
        return [_delivery(row) for row in rows]

    def get(self, delivery_id: int) -> Delivery:
        """Return a delivery.

        Raises:
            NotFound: there is none with this id.
        """
        return found(self._database, delivery_id)

    def counts(self) -> dict[int, dict[str, int]]:
        """Return how many deliveries are in which state, by their receivers."""
        rows = self._database.rows(
            "SELECT receiver_id, state, count(*) AS deliveries FROM event_deliveries"
            " GROUP BY receiver_id, state"
        )
        counted: dict[int, dict[str, int]] = {}
        for row in rows:
            counted.setdefault(row["receiver_id"], {})[row["state"]] = row["deliveries"]
        return counted

    def expire(self, now: float, *, most: int = MOST_KEPT) -> int:
        """Delete deliveries that are older than KEPT_S; return how many.

        Those that have ended go also where `most` newer ones came.
        """
        newest = self._database.value("SELECT coalesce(max(delivery_id), 0) FROM event_deliveries")
        deleted = 0
        while True:
            with self._database.transaction(Turn.ROWS) as transaction:
                some = transaction.execute(
                    "DELETE FROM event_deliveries WHERE delivery_id IN ("
                    " SELECT delivery_id FROM event_deliveries"
                    " WHERE (created_at < ? AND state <> 'sending')"
                    " OR (delivery_id <= ? AND state NOT IN ('waiting', 'sending')) LIMIT ?)",
                    (now - KEPT_S, newest - most, _DELETED_AT_ONCE),
                )
            deleted += some
            if some < _DELETED_AT_ONCE:
                return deleted


def add(transaction: Transaction, receiver_id: int, event: Event, body: str, now: float) -> int:
    """Store an event that waits to be sent to a receiver; return the id of the delivery."""
    delivery_id: int = transaction.value(
        "INSERT INTO event_deliveries (receiver_id, event_id, type, body, created_at, give_up_at)"
        " VALUES (?, ?, ?, ?, ?, ?) RETURNING delivery_id",
        (receiver_id, event.event_id, event.type, body, now, now + GIVE_UP_AFTER_S),
    )
    return delivery_id


def add_tried(
    transaction: Transaction, receiver_id: int, event: Event, body: str, answer: Answer, now: float
) -> int:
    """Store an event that was sent to a receiver by hand; return the id of the delivery."""
    delivery_id = add(transaction, receiver_id, event, body, now)
    state = DeliveryState.DELIVERED if answer.delivered else DeliveryState.FAILED
    transaction.execute(
        "UPDATE event_deliveries SET attempts = 1, tried_at = ? WHERE delivery_id = ?",
        (now, delivery_id),
    )
    _end(transaction, delivery_id, state, answer.text, answer.status)
    return delivery_id


def retry(transaction: Transaction, delivery_id: int, now: float) -> Delivery:
    """Let a delivery wait again, and its receiver be tried at once.

    Raises:
        NotFound: there is none with this id.
        Conflict: it was delivered, or is being sent.
    """
    delivery = _locked(transaction, delivery_id)
    if delivery.state in (DeliveryState.DELIVERED, DeliveryState.SENDING):
        raise Conflict(f"Delivery {delivery_id} can't be tried again: it is {delivery.state}.")
    transaction.execute(
        "UPDATE event_deliveries SET state = 'waiting', give_up_at = ? WHERE delivery_id = ?",
        (max(now + GIVE_UP_AFTER_S, delivery.give_up_at), delivery_id),
    )
    return found(transaction, delivery_id)


def skip(transaction: Transaction, delivery_id: int) -> Delivery:
    """Give up a delivery that waits, so that those after it can go.

    Raises:
        NotFound: there is none with this id.
        Conflict: it does not wait.
    """
    delivery = _locked(transaction, delivery_id)
    if delivery.state is not DeliveryState.WAITING:
        raise Conflict(f"Delivery {delivery_id} can't be skipped: it is {delivery.state}.")
    transaction.execute(
        "UPDATE event_deliveries SET state = 'skipped' WHERE delivery_id = ?", (delivery_id,)
    )
    return found(transaction, delivery_id)


def found(source: Database | Transaction, delivery_id: int) -> Delivery:
    """Return a delivery.

    Raises:
        NotFound: there is none with this id.
    """
    row = source.row(
        f"SELECT {_COLUMNS} FROM event_deliveries WHERE delivery_id = ?", (delivery_id,)
    )
    if row is None:
        raise NotFound(f"There is no delivery {delivery_id}.")
    return _delivery(row)


def _locked(transaction: Transaction, delivery_id: int) -> Delivery:
    """Return a delivery of which nobody else changes anything; its receiver is tried at once."""
    # The receiver first, as those who send do.
    receiver_store.try_at_once(transaction, found(transaction, delivery_id).receiver_id)
    return found(transaction, delivery_id)


def _end(
    transaction: Transaction,
    delivery_id: int,
    state: DeliveryState,
    answer: str,
    status: int | None = None,
) -> None:
    transaction.execute(
        "UPDATE event_deliveries SET state = ?, answer = ?, status = ? WHERE delivery_id = ?",
        (state, answer[:_LONGEST_ANSWER], status, delivery_id),
    )


def _give_up_old(transaction: Transaction, receiver_id: int, now: float) -> None:
    transaction.execute(
        "UPDATE event_deliveries SET state = 'failed', answer = coalesce(answer, ?)"
        " WHERE receiver_id = ? AND state = 'waiting' AND give_up_at <= ?",
        (TOO_LONG, receiver_id, now),
    )


def _pause(
    transaction: Transaction, receiver_id: int, failures: int, answer: Answer, now: float
) -> None:
    pause_s = PAUSES_S[min(failures, len(PAUSES_S) - 1)]
    if answer.wait_s is not None:
        pause_s = max(pause_s, min(answer.wait_s, LONGEST_WISH_S))
    transaction.execute(
        "UPDATE event_receivers SET failures = failures + 1, next_try_at = ?,"
        " enabled = CASE WHEN ? = 1 THEN 0 ELSE enabled END,"
        " stop_reason = CASE WHEN ? = 1 THEN ? ELSE stop_reason END WHERE receiver_id = ?",
        (now + pause_s, int(answer.gone), int(answer.gone), answer.text, receiver_id),
    )


def _release(transaction: Transaction, receiver_id: int, lease: str) -> None:
    transaction.execute(
        "UPDATE event_receivers SET lease = NULL, lease_until = 0"
        " WHERE receiver_id = ? AND lease = ?",
        (receiver_id, lease),
    )


def _delivery(row: Row) -> Delivery:
    return Delivery(
        delivery_id=row["delivery_id"],
        receiver_id=row["receiver_id"],
        event_id=row["event_id"],
        type=row["type"],
        body=row["body"],
        state=known_member(DeliveryState, row["state"], DeliveryState.FAILED),
        attempts=row["attempts"],
        created_at=row["created_at"],
        give_up_at=row["give_up_at"],
        tried_at=row["tried_at"],
        status=row["status"],
        answer=row["answer"],
    )
