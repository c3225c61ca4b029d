"""Who receives events, as stored rows (SQL only).

Used by receivers, outbox and the dispatcher. Secrets are stored as they are, because signatures
need them; they leave this room only when they are made. Times are UTC epoch seconds.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence

from comicmaintainer.database import Database, Row, Transaction
from comicmaintainer.database.stored_values import known_member, stored_json
from comicmaintainer.errors import NotFound
from comicmaintainer.notifications.model import EventType, Receiver, ReceiverKind

_COLUMNS = (
    "receiver_id, kind, name, url, secret, former_secret, former_until, events, enabled,"
    " stop_reason, failures, next_try_at, created_at"
)


class ReceiverStore:
    """SQL of the table `event_receivers`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[Receiver]:
        """Return all receivers, by their names."""
        rows = self._database.rows(f"SELECT {_COLUMNS} FROM event_receivers ORDER BY name")
        return [_receiver(row) for row in rows]

    def get(self, receiver_id: int) -> Receiver:
        """Return a receiver.

        Raises:
            NotFound: there is none with this id.
        """
        return found(self._database, receiver_id)

    def due(self, kinds: Collection[ReceiverKind], now: float) -> list[int]:
        """Return the ids of receivers of these kinds to which something can be sent now."""
        rows = self._database.rows(
            "SELECT receiver_id FROM event_receivers WHERE enabled = 1 AND next_try_at <= ?"
            " AND (lease IS NULL OR lease_until <= ?)"
            " AND kind IN (SELECT value FROM json_each(?)) AND EXISTS ("
            "  SELECT 1 FROM event_deliveries AS one"
            "  WHERE one.receiver_id = event_receivers.receiver_id"
            "  AND one.state IN ('waiting', 'sending')) ORDER BY receiver_id",
            (now, now, json.dumps(list(kinds))),
        )
        return [row["receiver_id"] for row in rows]


def found(source: Database | Transaction, receiver_id: int) -> Receiver:
    """Return a receiver.

    Raises:
        NotFound: there is none with this id.
    """
    row = source.row(
        f"SELECT {_COLUMNS} FROM event_receivers WHERE receiver_id = ?", (receiver_id,)
    )
    if row is None:
        raise NotFound(f"There is no webhook {receiver_id}.")
    return _receiver(row)


def is_name_taken(transaction: Transaction, name: str, receiver_id: int | None = None) -> bool:
    """Return whether another receiver has a name."""
    row = transaction.row(
        "SELECT 1 FROM event_receivers WHERE name = ? AND receiver_id <> ?",
        (name, receiver_id or 0),
    )
    return row is not None


def count(transaction: Transaction) -> int:
    """Return how many receivers there are."""
    return int(transaction.value("SELECT count(*) FROM event_receivers"))


def listening(transaction: Transaction) -> list[tuple[int, frozenset[str]]]:
    """Return the receivers that are switched on, each with the types of events that it wants."""
    rows = transaction.rows(
        "SELECT receiver_id, events FROM event_receivers WHERE enabled = 1 ORDER BY receiver_id"
    )
    return [(row["receiver_id"], frozenset(stored_json(row["events"]))) for row in rows]


def insert(
    transaction: Transaction,
    kind: ReceiverKind,
    name: str,
    *,
    events: Sequence[EventType],
    enabled: bool = True,
    url: str | None = None,
    secret: str | None = None,
    now: float,
) -> int:
    """Store a new receiver and return its id."""
    row_id: int = transaction.value(
        "INSERT INTO event_receivers (kind, name, url, secret, events, enabled, created_at,"
        " changed_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING receiver_id",
        (kind, name, url, secret, json.dumps(list(events)), int(enabled), now, now),
    )
    return row_id


def update(transaction: Transaction, receiver: Receiver, *, now: float) -> None:
    """Store name, address, events and switch of a receiver; it may be tried again at once."""
    transaction.execute(
        "UPDATE event_receivers SET name = ?, url = ?, events = ?, enabled = ?, stop_reason = NULL,"
        " failures = 0, next_try_at = 0, changed_at = ? WHERE receiver_id = ?",
        (
            receiver.name,
            receiver.url,
            json.dumps(list(receiver.events)),
            int(receiver.enabled),
            now,
            receiver.receiver_id,
        ),
    )


def set_secret(
    transaction: Transaction, receiver_id: int, secret: str, *, former_until: float, now: float
) -> None:
    """Store a new secret; the one that was there signs too until `former_until`."""
    transaction.execute(
        "UPDATE event_receivers SET former_secret = secret, former_until = ?, secret = ?,"
        " changed_at = ? WHERE receiver_id = ?",
        (former_until, secret, now, receiver_id),
    )


def try_at_once(transaction: Transaction, receiver_id: int) -> None:
    """End the pause after failures."""
    transaction.execute(
        "UPDATE event_receivers SET failures = 0, next_try_at = 0 WHERE receiver_id = ?",
        (receiver_id,),
    )


def delete(transaction: Transaction, receiver_id: int) -> None:
    """Delete a receiver with all of its deliveries."""
    transaction.execute("DELETE FROM event_receivers WHERE receiver_id = ?", (receiver_id,))


def store_given(
    transaction: Transaction, kind: ReceiverKind, name: str, events: Sequence[EventType], now: float
) -> None:
    """Switch on the receiver of a kind that the environment names, with these events."""
    transaction.execute(
        "INSERT INTO event_receivers (kind, name, events, created_at, changed_at)"
        " VALUES (?, ?, ?, ?, ?) ON CONFLICT (name) DO UPDATE SET events = excluded.events,"
        " enabled = 1, changed_at = excluded.changed_at",
        (kind, name, json.dumps(list(events)), now, now),
    )


def switch_off_given(transaction: Transaction, kind: ReceiverKind) -> None:
    """Switch off the receiver of a kind that the environment no longer names."""
    transaction.execute(
        "UPDATE event_receivers SET enabled = 0 WHERE kind = ? AND enabled = 1", (kind,)
    )


def _receiver(row: Row) -> Receiver:
    known = set(EventType)
    return Receiver(
        receiver_id=row["receiver_id"],
        kind=known_member(ReceiverKind, row["kind"], ReceiverKind.WEBHOOK),
        name=row["name"],
        events=tuple(EventType(each) for each in stored_json(row["events"]) if each in known),
        enabled=bool(row["enabled"]),
        created_at=row["created_at"],
        url=row["url"],
        secret=row["secret"],
        former_secret=row["former_secret"],
        former_until=row["former_until"],
        stop_reason=row["stop_reason"],
        failures=row["failures"],
        next_try_at=row["next_try_at"],
    )
