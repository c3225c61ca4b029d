"""The entries of the audit list (SQL only).

Whatever changes something in the database records it with `record`, inside the transaction of the
change; AuditLog lists, and notes what happens elsewhere. Times are UTC epoch seconds.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from comicmaintainer.audit.actions import WORDS, Action
from comicmaintainer.audit.actor import Actor, ActorKind, current_actor
from comicmaintainer.database import Database, Row, Transaction
from comicmaintainer.database.stored_values import known_member, stored_object

MOST_ENTRIES = 1_000_000
"""Failed attempts to sign in are recorded too, so strangers must not be able to fill the disk."""
LONGEST_TEXT = 500
_DELETED_AT_ONCE = 10_000
_COLUMNS = "entry_id, at, action, actor_kind, actor, address, subject, details"


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """What somebody did. `subject` is what it was done to, "" if the action says all."""

    entry_id: int
    at: float
    action: str
    actor: Actor
    subject: str
    details: Mapping[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, with the action in words."""
        return {
            "entry_id": self.entry_id,
            "at": self.at,
            "by": self.actor.kind.value,
            "actor": self.actor.name,
            "address": self.actor.address,
            "action": self.action,
            "words": WORDS[Action(self.action)] if self.action in WORDS else self.action,
            "subject": self.subject,
            "details": dict(self.details),
        }


def record(
    transaction: Transaction,
    action: Action,
    subject: str = "",
    *,
    now: float,
    details: Mapping[str, Any] | None = None,
    actor: Actor | None = None,
) -> None:
    """Store an entry for `actor`, by default whoever acts in this context."""
    actor = actor or current_actor()
    transaction.execute(
        "INSERT INTO audit (at, action, actor_kind, actor, address, subject, details)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            now,
            action,
            actor.kind,
            actor.name[:LONGEST_TEXT],
            actor.address[:LONGEST_TEXT],
            subject[:LONGEST_TEXT],
            json.dumps(details or {}, ensure_ascii=False),
        ),
    )


class AuditLog:
    """The list of entries. Thread-safe."""

    def __init__(self, database: Database, *, now: Callable[[], float]) -> None:
        self._database = database
        self._now = now

    def note(
        self, action: Action, subject: str = "", details: Mapping[str, Any] | None = None
    ) -> None:
        """Store an entry about something that did not happen in the database."""
        with self._database.transaction() as transaction:
            record(transaction, action, subject, now=self._now(), details=details)

    def page(
        self,
        *,
        actor: str | None = None,
        action: Action | None = None,
        before: int | None = None,
        limit: int = 100,
    ) -> list[AuditEntry]:
        """Return entries, newest first, before the one with the id `before`.

        `actor` is the name of a user, key or schedule, in any case, or what acted without a name:
        "watcher", "command line", "service".
        """
        where, parameters = ["true"], list[Any]()
        if actor is not None and actor.lower() in set(ActorKind):
            where.append("(actor = ? OR actor_kind = ?)")
            parameters += [actor, actor.lower()]
        elif actor is not None:
            where.append("actor = ?")
            parameters.append(actor)
        if action is not None:
            where.append("action = ?")
            parameters.append(action)
        if before is not None:
            where.append("entry_id < ?")
            parameters.append(before)
        rows = self._database.rows(
            f"SELECT {_COLUMNS} FROM audit WHERE {' AND '.join(where)}"
            " ORDER BY entry_id DESC LIMIT ?",
            (*parameters, limit),
        )
        return [_entry(row) for row in rows]

    def expire(self, before_at: float) -> int:
        """Delete entries older than `before_at`, and the oldest beyond MOST_ENTRIES."""
        deleted = 0
        while True:
            with self._database.transaction() as transaction:
                newest = transaction.value("SELECT coalesce(max(entry_id), 0) FROM audit")
                some = transaction.execute(
                    "DELETE FROM audit WHERE entry_id IN (SELECT entry_id FROM"
                    " (SELECT entry_id, at FROM audit ORDER BY entry_id LIMIT ?) AS oldest"
                    " WHERE at < ? OR entry_id <= ?)",
                    (_DELETED_AT_ONCE, before_at, newest - MOST_ENTRIES),
                )
            deleted += some
            if some < _DELETED_AT_ONCE:
                return deleted


def _entry(row: Row) -> AuditEntry:
    kind = known_member(ActorKind, row["actor_kind"], ActorKind.SERVICE)
    return AuditEntry(
        row["entry_id"],
        row["at"],
        row["action"],
        Actor(kind, row["actor"], row["address"]),
        row["subject"],
        stored_object(row["details"]),
    )
