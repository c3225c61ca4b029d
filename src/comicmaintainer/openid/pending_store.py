"""Sign-ins that browsers have begun at the provider and not yet ended (SQL only).

Used by sign_in. Only hashes of what proves that a browser began one are stored. Each can be taken
once. Times are UTC epoch seconds.
"""

from __future__ import annotations

from dataclasses import dataclass

from comicmaintainer.database import Database

MOST_PENDING = 1000
"""Strangers can begin sign-ins, so the oldest make room."""

_ONE = "openid_sign_ins WHERE state_hash = ? AND browser_hash = ? AND expires_at > ?"


@dataclass(frozen=True, slots=True)
class Pending:
    """A sign-in that was begun: the page to open after it, and the address to come back to.

    With `user_id` it links that user to whom the provider names, and signs nobody in.
    """

    begun_at: float
    next_path: str
    redirect_uri: str
    user_id: int | None = None


class PendingStore:
    """SQL of the table `openid_sign_ins`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(
        self, state_hash: bytes, browser_hash: bytes, pending: Pending, *, expires_at: float
    ) -> None:
        """Store a sign-in, and delete those that have expired or are too many."""
        with self._database.transaction() as transaction:
            transaction.execute(
                "DELETE FROM openid_sign_ins WHERE expires_at <= ?", (pending.begun_at,)
            )
            transaction.execute(
                "DELETE FROM openid_sign_ins WHERE state_hash IN (SELECT state_hash"
                " FROM openid_sign_ins ORDER BY expires_at DESC LIMIT -1 OFFSET ?)",
                (MOST_PENDING - 1,),
            )
            transaction.execute(
                "INSERT INTO openid_sign_ins"
                " (state_hash, browser_hash, begun_at, expires_at, next_path, redirect_uri,"
                " user_id)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    state_hash,
                    browser_hash,
                    pending.begun_at,
                    expires_at,
                    pending.next_path,
                    pending.redirect_uri,
                    pending.user_id,
                ),
            )

    def take(self, state_hash: bytes, browser_hash: bytes, now: float) -> Pending | None:
        """Remove and return the sign-in that this browser began with this state, or None.

        What strangers make up does not wait for the write turn.
        """
        asked = (state_hash, browser_hash, now)
        if self._database.row(f"SELECT 1 FROM {_ONE}", asked) is None:
            return None
        with self._database.transaction() as transaction:
            row = transaction.row(
                f"DELETE FROM {_ONE} RETURNING begun_at, next_path, redirect_uri, user_id", asked
            )
        if row is None:
            return None
        return Pending(row["begun_at"], row["next_path"], row["redirect_uri"], row["user_id"])
