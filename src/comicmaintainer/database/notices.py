"""Notices for the user, kept in `shared_values` until they are dismissed.

Each notice has a key, so that posting the same notice twice keeps one.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from comicmaintainer.database import shared_values
from comicmaintainer.database.interface import Database
from comicmaintainer.database.stored_values import stored_object
from comicmaintainer.database.transaction import Transaction

PREFIX = "notice:"


@dataclass(frozen=True, slots=True)
class Notice:
    """One sentence for the user; `at` is when it was written (UTC epoch seconds)."""

    key: str
    message: str
    at: float


def post(database: Database, key: str, message: str, now: float) -> None:
    """Store or renew the notice `key`."""
    with database.transaction() as transaction:
        _store(transaction, Notice(key, message, now))


def post_all(database: Database, notices: list[Notice]) -> None:
    """Store several notices at once."""
    if notices:
        with database.transaction() as transaction:
            for notice in notices:
                _store(transaction, notice)


def dismiss(database: Database, key: str) -> bool:
    """Remove the notice `key`; return False if it does not exist."""
    with database.transaction() as transaction:
        return shared_values.remove(transaction, PREFIX + key)


def all_notices(database: Database) -> list[Notice]:
    """Return the notices, the newest first."""
    return [
        Notice(
            row["name"].removeprefix(PREFIX),
            str(stored_object(row["value"], unreadable_as="message").get("message", "")),
            row["updated_at"],
        )
        for row in shared_values.with_prefix(database, PREFIX)
    ]


def _store(transaction: Transaction, notice: Notice) -> None:
    value = json.dumps({"message": notice.message}, ensure_ascii=False)
    shared_values.store(transaction, PREFIX + notice.key, value, notice.at)
