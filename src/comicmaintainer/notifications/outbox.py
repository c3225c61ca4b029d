"""Makes events of what was noted, and hands them out to those who want them (SQL only).

Entries are written by triggers (see the schema) and by the disk watch, each in the transaction of
what it is about. An entry goes in the transaction that stores its deliveries.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from comicmaintainer.database import Database, Row, Transaction
from comicmaintainer.database.stored_values import stored_object
from comicmaintainer.notifications import delivery_store, receiver_store
from comicmaintainer.notifications.event_facts import (
    GATHERED,
    MOST_EXAMPLES,
    Entry,
    Topic,
    events_of,
    gathered_event,
)
from comicmaintainer.notifications.model import Event

_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Pending:
    """Entries of a topic that are told together; `newest` grows when another is written."""

    topic: Topic
    newest: int


class Outbox:
    """SQL of the table `event_outbox`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def gathering(self) -> list[Pending]:
        """Return the topics with entries that are told together."""
        rows = self._database.rows(
            "SELECT topic, max(entry_id) AS newest FROM event_outbox"
            f" WHERE topic IN ({_names(GATHERED)}) GROUP BY topic ORDER BY topic"
        )
        return [Pending(Topic(row["topic"]), row["newest"]) for row in rows]

    def hand_out_gathered(self, topic: Topic, now: float) -> bool:
        """Make one event of all entries of a topic; False if another process has just done so."""
        with self._database.transaction() as transaction:
            count = transaction.value(
                "SELECT count(DISTINCT subject) FROM event_outbox WHERE topic = ?", (topic,)
            )
            if not count:
                return False
            rows = transaction.rows(
                "SELECT topic, subject, max(details) AS details, min(entry_id) AS first"
                " FROM event_outbox WHERE topic = ? GROUP BY topic, subject ORDER BY first LIMIT ?",
                (topic, MOST_EXAMPLES),
            )
            transaction.execute("DELETE FROM event_outbox WHERE topic = ?", (topic,))
            _deliver(transaction, [gathered_event(topic, count, list(map(_entry, rows)), now)], now)
        return True

    def hand_out_single(self, now: float) -> int:
        """Make events of entries that are told one by one; return how many entries."""
        topics = f"topic NOT IN ({_names(GATHERED)})"
        if self._database.row(f"SELECT 1 FROM event_outbox WHERE {topics} LIMIT 1") is None:
            return 0
        handed_out = 0
        while True:
            with self._database.transaction() as transaction:
                rows = transaction.rows(
                    f"SELECT entry_id, topic, subject, details FROM event_outbox WHERE {topics}"
                    " ORDER BY entry_id LIMIT ?",
                    (_AT_ONCE,),
                )
                events = [event for row in rows for event in events_of(_entry(row), now)]
                _deliver(transaction, events, now)
                transaction.execute_many(
                    "DELETE FROM event_outbox WHERE entry_id = ?",
                    [(row["entry_id"],) for row in rows],
                )
            handed_out += len(rows)
            if len(rows) < _AT_ONCE:
                return handed_out


def note(transaction: Transaction, entry: Entry) -> None:
    """Note what has happened, if anybody listens."""
    transaction.execute(
        "INSERT INTO event_outbox (topic, subject, details) SELECT ?, ?, ?"
        " WHERE EXISTS (SELECT 1 FROM event_receivers WHERE enabled = 1)",
        (entry.topic, entry.subject, json.dumps(dict(entry.details))),
    )


def _deliver(transaction: Transaction, events: Iterable[Event], now: float) -> None:
    listening = receiver_store.listening(transaction)
    for event in events:
        body = event.body()
        for receiver_id, types in listening:
            if event.type in types:
                delivery_store.add(transaction, receiver_id, event, body, now)


def _entry(row: Row) -> Entry:
    details: dict[str, Any] = stored_object(row["details"])
    return Entry(row["topic"], row["subject"], details)


def _names(topics: Iterable[Topic]) -> str:
    return ", ".join(f"'{topic}'" for topic in topics)
