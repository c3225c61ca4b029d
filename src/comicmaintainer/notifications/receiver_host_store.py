"""Which hosts name which receivers in their environments, as stored rows (SQL only).

Used by given_receivers, and where receivers are listed. A database that is not shared has one host,
ONLY_HOST, whatever it is called. Times are UTC epoch seconds.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence

from comicmaintainer.database import Database, Transaction
from comicmaintainer.database.stored_values import stored_json
from comicmaintainer.notifications.model import EventType, ReceiverKind

ONLY_HOST = ""


def hosts(database: Database) -> dict[int, list[str]]:
    """Return the hosts that name a receiver, by receivers."""
    found: dict[int, list[str]] = {}
    for row in database.rows(
        "SELECT receiver_id, host FROM receiver_hosts WHERE host <> ? ORDER BY host", (ONLY_HOST,)
    ):
        found.setdefault(row["receiver_id"], []).append(row["host"])
    return found


def store(
    transaction: Transaction, receiver_id: int, host: str, events: Sequence[EventType], now: float
) -> None:
    """Store that a host names a receiver, for these events."""
    transaction.execute(
        "INSERT INTO receiver_hosts (receiver_id, host, events, seen_at) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (receiver_id, host) DO UPDATE SET events = excluded.events,"
        " seen_at = excluded.seen_at",
        (receiver_id, host, json.dumps(list(events)), now),
    )


def renew(transaction: Transaction, host: str, fingerprints: Collection[str], now: float) -> None:
    """Store that a host is still there, with the receivers that have these fingerprints."""
    transaction.execute(
        "UPDATE receiver_hosts SET seen_at = ? WHERE host = ? AND receiver_id IN ("
        " SELECT receiver_id FROM event_receivers"
        " WHERE fingerprint IN (SELECT value FROM json_each(?)))",
        (now, host, json.dumps(list(fingerprints))),
    )


def leave(
    transaction: Transaction, host: str, kind: ReceiverKind, but: Collection[str]
) -> set[int]:
    """Delete what a host named of a kind, except these fingerprints; return the receivers."""
    rows = transaction.rows(
        "DELETE FROM receiver_hosts WHERE host = ? AND receiver_id IN ("
        " SELECT receiver_id FROM event_receivers WHERE kind = ?"
        " AND fingerprint NOT IN (SELECT value FROM json_each(?))) RETURNING receiver_id",
        (host, kind, json.dumps(list(but))),
    )
    return {row["receiver_id"] for row in rows}


def keep_only(transaction: Transaction, host: str) -> None:
    """Delete what all hosts but one named: the database was shared once."""
    transaction.execute("DELETE FROM receiver_hosts WHERE host <> ?", (host,))


def forget_before(transaction: Transaction, before_at: float) -> None:
    """Delete what hosts named that were last seen before this time."""
    transaction.execute("DELETE FROM receiver_hosts WHERE seen_at < ?", (before_at,))


def wanted(transaction: Transaction, kind: ReceiverKind) -> dict[int, list[str] | None]:
    """Return the events that hosts want for each receiver of a kind; None if no host names it."""
    rows = transaction.rows(
        "SELECT receiver_id, h.events FROM event_receivers LEFT JOIN receiver_hosts h"
        " USING (receiver_id) WHERE kind = ? ORDER BY receiver_id",
        (kind,),
    )
    found: dict[int, list[str] | None] = {}
    for row in rows:
        before = found.setdefault(row["receiver_id"], None) or []
        if row["events"] is not None:
            found[row["receiver_id"]] = [*before, *stored_json(row["events"])]
    return found
