"""Who sign-in providers say that users are, as stored rows (SQL only).

Used only by identities. Times are UTC epoch seconds.
"""

from __future__ import annotations

from comicmaintainer.accounts.account_store import USER, add_user, user_of
from comicmaintainer.accounts.model import Identity, Link, User
from comicmaintainer.accounts.roles import Role
from comicmaintainer.audit import Action
from comicmaintainer.audit.audit_log import record
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
                    "INSERT INTO identities (issuer, subject, user_id, added_at, name)"
                    " VALUES (?, ?, ?, ?, ?)",
                    (identity.issuer, identity.subject, user.user_id, now, name),
                )
            return user

    def links(self) -> dict[int, Link]:
        """Return the links of users by their ids; of several, the newest."""
        rows = self._database.rows(
            "SELECT i.user_id, i.issuer, i.name, i.added_at, u.password_hash FROM identities i"
            " JOIN users u USING (user_id) ORDER BY i.added_at"
        )
        return {
            row["user_id"]: Link(
                row["issuer"], row["name"] or "", row["added_at"], row["password_hash"] != ""
            )
            for row in rows
        }

    def link(self, identity: Identity, user_id: int, name: str, now: float) -> bool:
        """Give a user an identity, which is called `name`.

        Return False if somebody has it, or the user has another one of its issuer or may not come
        in.
        """
        with self._database.transaction() as transaction:
            row = transaction.row(
                "INSERT INTO identities (issuer, subject, user_id, added_at, name)"
                " SELECT ?, ?, u.user_id, ?, ? FROM users u"
                " WHERE u.user_id = ? AND u.disabled_at IS NULL AND NOT EXISTS"
                " (SELECT 1 FROM identities o WHERE o.user_id = u.user_id AND o.issuer = ?)"
                " ON CONFLICT DO NOTHING"
                " RETURNING (SELECT u.name FROM users u WHERE u.user_id = identities.user_id)"
                " AS user_name",
                (identity.issuer, identity.subject, now, name, user_id, identity.issuer),
            )
            if row is not None:
                details = {"provider": identity.issuer, "name": name}
                record(transaction, Action.USER_LINKED, row["user_name"], now=now, details=details)
            return row is not None

    def unlink(self, user_name: str, now: float, *, end_sessions: bool) -> bool:
        """Take all identities from a user who has a password. Return False if there were none."""
        with self._database.transaction() as transaction:
            rows = transaction.rows(
                "DELETE FROM identities WHERE user_id ="
                " (SELECT user_id FROM users WHERE name = ? AND password_hash <> '')"
                " RETURNING user_id",
                (user_name,),
            )
            if rows and end_sessions:
                transaction.execute("DELETE FROM sessions WHERE user_id = ?", (rows[0]["user_id"],))
            if rows:
                record(transaction, Action.USER_UNLINKED, user_name, now=now)
            return bool(rows)

    def note_refusal(self, user_name: str, reason: str, now: float) -> None:
        """Record that a user was not linked."""
        with self._database.transaction() as transaction:
            details = {"reason": reason}
            record(transaction, Action.LINK_REFUSED, user_name, now=now, details=details)
