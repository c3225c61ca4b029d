"""Who sign-in providers say that users are, as stored rows (SQL only).

Used only by identities. Times are UTC epoch seconds.
"""

from __future__ import annotations

from comicmaintainer.accounts.account_store import USER, add_user, user_of
from comicmaintainer.accounts.model import Identity, User
from comicmaintainer.accounts.roles import Role
from comicmaintainer.database import Database


class IdentityStore:
    """SQL of the table `identities`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def user(self, identity: Identity) -> User | None:
        """Return the user with this identity, or None."""
        row = self._database.row(
            f"SELECT {USER} FROM users WHERE user_id ="
            " (SELECT user_id FROM identities WHERE issuer = ? AND subject = ?)",
            (identity.issuer, identity.subject),
        )
        return None if row is None else user_of(row)

    def add_user(
        self, identity: Identity, name: str, password_hash: str, role: Role, now: float
    ) -> User | None:
        """Store a user with an identity. Return None if the name or the identity is taken."""
        with self._database.transaction() as transaction:
            if transaction.row(
                "SELECT 1 FROM identities WHERE issuer = ? AND subject = ?",
                (identity.issuer, identity.subject),
            ):
                return None
            user = add_user(transaction, name, password_hash, role, now)
            if user is not None:
                transaction.execute(
                    "INSERT INTO identities (issuer, subject, user_id, added_at)"
                    " VALUES (?, ?, ?, ?)",
                    (identity.issuer, identity.subject, user.user_id, now),
                )
            return user
