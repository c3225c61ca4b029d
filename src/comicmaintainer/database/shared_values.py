"""The table `shared_values`: small facts that all processes of the service see.

Each has a name; the owner of a fact picks a prefix. Used by notices, sizes, coverage, the first
setup and the supervisor. Functions that write run in the caller's transaction.
"""

from __future__ import annotations

from comicmaintainer.database.interface import Database, Row
from comicmaintainer.database.transaction import Transaction


def shared_value(source: Database | Transaction, name: str) -> str | None:
    """Return the stored text, or None."""
    row = source.row("SELECT value FROM shared_values WHERE name = ?", (name,))
    return None if row is None else str(row["value"])


def with_prefix(database: Database, prefix: str) -> list[Row]:
    """Return name, value and updated_at of all names with this prefix, the newest first."""
    return database.rows(
        "SELECT name, value, updated_at FROM shared_values WHERE name >= ? AND name < ?"
        " ORDER BY updated_at DESC, name",
        (prefix, prefix[:-1] + chr(ord(prefix[-1]) + 1)),
    )


def store(transaction: Transaction, name: str, value: str, now: float) -> None:
    """Store a text; replace an existing one."""
    transaction.execute(
        "INSERT INTO shared_values (name, value, updated_at) VALUES (?, ?, ?)"
        " ON CONFLICT (name) DO UPDATE SET value = excluded.value,"
        " updated_at = excluded.updated_at",
        (name, value, now),
    )


def store_first(transaction: Transaction, name: str, value: str, now: float) -> None:
    """Store a text unless one exists."""
    transaction.execute(
        "INSERT INTO shared_values (name, value, updated_at) VALUES (?, ?, ?)"
        " ON CONFLICT (name) DO NOTHING",
        (name, value, now),
    )


def remove(transaction: Transaction, name: str) -> bool:
    """Remove a text; return False if there was none."""
    return transaction.execute("DELETE FROM shared_values WHERE name = ?", (name,)) == 1
