"""The requests whose answers could not be used, and when each may be made again (SQL only).

Used by the desk. Hundreds of comics may ask the same: the first failure answers them all until its
time is over. Each failure in a row is remembered for twice as long; an answer ends the row, and so
do other settings. Times are UTC epoch seconds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from comicmaintainer.database import Database, Transaction

FIRST_S = 3600.0
LONGEST_S = 86400.0
FORGOTTEN_S = 7 * 86400.0
"""So long after its time is over, a failure no longer counts as one before."""
MOST_DELETED = 50


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a request is not made again, and until when."""

    reason: str
    failures: int
    failed_at: float
    until: float

    @property
    def message(self) -> str:
        """The sentences for the user."""
        return (
            f"{self.reason} That was at {_shown(self.failed_at)}; it is asked again from "
            f"{_shown(self.until)} on."
        )


def remembered(
    source: Database | Transaction, request: str, *, asked_with: Callable[[], str], now: float
) -> Failure | None:
    """Return the failure for which a request is not made now, or None.

    `asked_with` makes the hash of the settings, which takes a moment.
    """
    found = _found(source, request)
    if found is None or found[0].until <= now or found[1] != asked_with():
        return None
    return found[0]


def remember(
    transaction: Transaction, name: str, request: str, reason: str, *, asked_with: str, now: float
) -> None:
    """Remember a failure, and forget some that are long over."""
    before = _found(transaction, request)
    failures = 1 if before is None or before[1] != asked_with else before[0].failures + 1
    until = now + min(FIRST_S * 2.0 ** (failures - 1), LONGEST_S)
    transaction.execute(
        "INSERT INTO source_failures"
        " (request, source, reason, failures, failed_at, until, asked_with)"
        " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (request) DO UPDATE SET"
        " reason = excluded.reason, failures = excluded.failures,"
        " failed_at = excluded.failed_at, until = excluded.until,"
        " asked_with = excluded.asked_with",
        (request, name, reason, failures, now, until, asked_with),
    )
    transaction.execute(
        "DELETE FROM source_failures WHERE request IN (SELECT request FROM source_failures"
        " WHERE until < ? ORDER BY until LIMIT ?)",
        (now - FORGOTTEN_S, MOST_DELETED),
    )


def forget(transaction: Transaction, request: str) -> None:
    """Forget the failures of a request that was answered."""
    transaction.execute("DELETE FROM source_failures WHERE request = ?", (request,))


def _found(source: Database | Transaction, request: str) -> tuple[Failure, str] | None:
    row = source.row(
        "SELECT reason, failures, failed_at, until, asked_with FROM source_failures"
        " WHERE request = ?",
        (request,),
    )
    if row is None:
        return None
    failure = Failure(row["reason"], row["failures"], row["failed_at"], row["until"])
    return failure, row["asked_with"]


def _shown(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M} UTC"
