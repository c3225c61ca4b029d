"""Who receives events, as stored rows (SQL only).

Used by receivers, given_receivers, outbox and the dispatcher. Secrets are stored as they are,
because signatures need them; they leave this room only when they are made. Of what environments
name only fingerprints are stored. Times are UTC epoch seconds.
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
    " stop_reason, failures, next_try_at, created_at, fingerprint"
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

    def due(self, fingerprints: Collection[str], now: float) -> list[int]:
        """Return the ids of receivers to which something can be sent now.

        They are webhooks, and what environments name if it is one of `fingerprints`.
        """
        rows = self._database.rows(
            "SELECT receiver_id FROM event_receivers WHERE enabled = 1 AND next_try_at <= ?"
            " AND (lease IS NULL OR lease_until <= ?)"
            " AND (kind = ? OR fingerprint IN (SELECT value FROM json_each(?))) AND EXISTS ("
            "  SELECT 1 FROM event_deliveries AS one"
            "  WHERE one.receiver_id = event_receivers.receiver_id"
            "  AND one.state IN ('waiting', 'sending')) ORDER BY receiver_id",
            (now, now, ReceiverKind.WEBHOOK, json.dumps(list(fingerprints))),
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


def count_webhooks(transaction: Transaction) -> int:
    """Return how many webhooks there are."""
    return int(
        transaction.value(
            "SELECT count(*) FROM event_receivers WHERE kind = ?", (ReceiverKind.WEBHOOK,)
        )
    )


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
    fingerprint: str = "",
    now: float,
) -> int:
    """Store a new receiver and return its id."""
    row_id: int = transaction.value(
        "INSERT INTO event_receivers (kind, name, url, secret, fingerprint, events, enabled,"
        " created_at, changed_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING receiver_id",
        (kind, name, url, secret, fingerprint, json.dumps(list(events)), int(enabled), now, now),
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


# --- what environments name ----------------------------------------------------------------------


def with_fingerprint(transaction: Transaction, fingerprint: str) -> int | None:
    """Return the id of the receiver with this fingerprint."""
    row = transaction.row(
        "SELECT receiver_id FROM event_receivers WHERE fingerprint = ?", (fingerprint,)
    )
    return None if row is None else int(row["receiver_id"])


def set_fingerprint(transaction: Transaction, receiver_id: int, fingerprint: str) -> None:
    """Make a receiver stand for another address or command."""
    transaction.execute(
        "UPDATE event_receivers SET fingerprint = ? WHERE receiver_id = ?",
        (fingerprint, receiver_id),
    )


def without_hosts(transaction: Transaction, kind: ReceiverKind) -> list[tuple[int, str]]:
    """Return id and fingerprint of the receivers of a kind that no host names, by id."""
    rows = transaction.rows(
        "SELECT receiver_id, fingerprint FROM event_receivers WHERE kind = ? AND NOT EXISTS ("
        " SELECT 1 FROM receiver_hosts h WHERE h.receiver_id = event_receivers.receiver_id)"
        " ORDER BY receiver_id",
        (kind,),
    )
    return [(row["receiver_id"], row["fingerprint"]) for row in rows]


def switch(
    transaction: Transaction, receiver_id: int, events: Sequence[EventType] | None, now: float
) -> None:
    """Switch a receiver on for these events; with None switch it off."""
    if events is None:
        transaction.execute(
            "UPDATE event_receivers SET enabled = 0, changed_at = ?"
            " WHERE receiver_id = ? AND enabled = 1",
            (now, receiver_id),
        )
        return
    wanted = json.dumps(list(events))
    transaction.execute(
        "UPDATE event_receivers SET enabled = 1, events = ?, changed_at = ?"
        " WHERE receiver_id = ? AND (enabled = 0 OR events <> ?)",
        (wanted, now, receiver_id, wanted),
    )


def delete_unused(transaction: Transaction, kind: ReceiverKind) -> None:
    """Delete the receivers of a kind that no host names and that have no deliveries."""
    transaction.execute(
        "DELETE FROM event_receivers WHERE kind = ? AND NOT EXISTS ("
        " SELECT 1 FROM receiver_hosts h WHERE h.receiver_id = event_receivers.receiver_id)"
        " AND NOT EXISTS ("
        " SELECT 1 FROM event_deliveries d WHERE d.receiver_id = event_receivers.receiver_id)",
        (kind,),
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
        fingerprint=row["fingerprint"],
    )
