"""Users, sessions, keys, sign-in attempts and the setup token as stored rows (SQL only).

Used only by accounts. Every write runs in one Database.transaction(). Passwords, session tokens and
keys arrive hashed. The setup token is stored in plain text, because every start must show the same
link, and is deleted once it is used. Times are UTC epoch seconds.
"""

from __future__ import annotations

from collections.abc import Mapping

from comicmaintainer.accounts.model import ApiKey, StoredSession, User
from comicmaintainer.accounts.roles import Role, lower_of
from comicmaintainer.audit import Action, Actor
from comicmaintainer.audit.audit_log import record
from comicmaintainer.database import Database, Row, Transaction, shared_values

USER = "user_id, name, created_at, last_login_at, role, disabled_at"
_KEY = (
    "SELECT k.name, k.created_at, k.used_at, k.role, k.user_id, u.name AS owner,"
    " u.role AS owner_role FROM api_keys k LEFT JOIN users u USING (user_id)"
)
_OTHER_ADMINISTRATOR = (
    "EXISTS (SELECT 1 FROM users other WHERE other.role = 'administer'"
    " AND other.disabled_at IS NULL AND other.name <> ?)"
)
_SETUP = "setup_token"
_COUNT_FAILURES = "SELECT count(*) FROM login_failures WHERE source = ? AND failed_at >= ?"


class AccountStore:
    """SQL of the `users`, `sessions`, `api_keys` and `login_failures` tables."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # --- users -----------------------------------------------------------------------------------

    def add_user(self, name: str, password_hash: str, role: Role, now: float) -> User | None:
        """Store a user and end the first setup. Return None if the name is taken."""
        with self._database.transaction() as transaction:
            return add_user(transaction, name, password_hash, role, now)

    def add_first_user(self, token: str, name: str, password_hash: str, now: float) -> User | None:
        """Store the first user, an administrator, and delete the token.

        Return None if it is not the setup token.
        """
        with self._database.transaction() as transaction:
            used = transaction.execute(
                "DELETE FROM shared_values WHERE name = ? AND value = ?"
                " AND NOT EXISTS (SELECT 1 FROM users)",
                (_SETUP, token),
            )
            if used != 1:
                return None
            return add_user(transaction, name, password_hash, Role.ADMINISTER, now)

    def users(self) -> list[User]:
        """Return all users by name."""
        rows = self._database.rows(f"SELECT {USER} FROM users ORDER BY name")
        return [user_of(row) for row in rows]

    def user(self, name: str) -> tuple[User, str] | None:
        """Return a user and the hash of the password, or None."""
        row = self._database.row(f"SELECT {USER}, password_hash FROM users WHERE name = ?", (name,))
        return None if row is None else (user_of(row), row["password_hash"])

    def set_password(self, user: User, password_hash: str, now: float) -> None:
        """Replace the hash of a user's password, and end the user's sessions."""
        with self._database.transaction() as transaction:
            _set_hash(transaction, user, password_hash)
            transaction.execute("DELETE FROM sessions WHERE user_id = ?", (user.user_id,))
            record(transaction, Action.PASSWORD_CHANGED, user.name, now=now)

    def renew_hash(self, user: User, password_hash: str) -> None:
        """Replace the hash of the same password by one made at another cost."""
        with self._database.transaction() as transaction:
            _set_hash(transaction, user, password_hash)

    def set_role(self, name: str, role: Role, now: float) -> bool:
        """Change a user's role. Return False if unknown, or if no administrator would be left."""
        with self._database.transaction() as transaction:
            changed = transaction.execute(
                "UPDATE users SET role = ? WHERE name = ?"
                f" AND (? = 'administer' OR role <> 'administer' OR {_OTHER_ADMINISTRATOR})",
                (role, name, role, name),
            )
            if changed == 1:
                record(transaction, Action.ROLE_CHANGED, name, now=now, details={"role": role})
            return changed == 1

    def disable_user(self, name: str, now: float) -> bool:
        """Keep a user from coming in, and end the sessions.

        Return False if unknown, disabled already, or if no administrator would be left.
        """
        with self._database.transaction() as transaction:
            row = transaction.row(
                "UPDATE users SET disabled_at = ? WHERE name = ? AND disabled_at IS NULL"
                f" AND (role <> 'administer' OR {_OTHER_ADMINISTRATOR}) RETURNING user_id",
                (now, name, name),
            )
            if row is not None:
                transaction.execute("DELETE FROM sessions WHERE user_id = ?", (row["user_id"],))
                record(transaction, Action.USER_DISABLED, name, now=now)
            return row is not None

    def enable_user(self, name: str, now: float) -> bool:
        """Let a disabled user come in again. Return False if there is none."""
        with self._database.transaction() as transaction:
            enabled = transaction.execute(
                "UPDATE users SET disabled_at = NULL WHERE name = ? AND disabled_at IS NOT NULL",
                (name,),
            )
            if enabled == 1:
                record(transaction, Action.USER_ENABLED, name, now=now)
            return enabled == 1

    def note_proxy_sign_in(self, user: User, actor: Actor, now: float, every_s: float) -> None:
        """Record that a proxy signs a user in, unless the user signed in within `every_s`."""
        with self._database.transaction() as transaction:
            noted = transaction.execute(
                "UPDATE users SET last_login_at = ? WHERE user_id = ?"
                " AND (last_login_at IS NULL OR last_login_at <= ?)",
                (now, user.user_id, now - every_s),
            )
            if noted == 1:
                details = {"by": "proxy"}
                record(transaction, Action.SIGN_IN, now=now, actor=actor, details=details)

    def delete_user(self, name: str, now: float) -> bool:
        """Remove a user with all sessions and keys.

        Return False if the user is unknown, or if no administrator would be left.
        """
        with self._database.transaction() as transaction:
            deleted = transaction.execute(
                "DELETE FROM users WHERE name = ?"
                f" AND (role <> 'administer' OR {_OTHER_ADMINISTRATOR})",
                (name, name),
            )
            if deleted == 1:
                record(transaction, Action.USER_REMOVED, name, now=now)
            return deleted == 1

    # --- first setup -----------------------------------------------------------------------------

    def setup_token(self, proposed: str, now: float) -> str | None:
        """Return the setup token, storing `proposed` if there is none yet; None if users exist."""
        with self._database.transaction() as transaction:
            if transaction.row("SELECT 1 FROM users LIMIT 1") is not None:
                return None
            shared_values.store_first(transaction, _SETUP, proposed, now)
            return shared_values.shared_value(transaction, _SETUP)

    def known_setup_token(self) -> str | None:
        """Return the setup token, or None if there is none."""
        return shared_values.shared_value(self._database, _SETUP)

    def has_users(self) -> bool:
        """Return whether anybody can sign in with a password."""
        return self._database.row("SELECT 1 FROM users LIMIT 1") is not None

    # --- sessions --------------------------------------------------------------------------------

    def add_session(
        self,
        token_hash: bytes,
        user_id: int,
        now: float,
        expires_at: float,
        user_agent: str,
        actor: Actor,
        details: Mapping[str, str],
    ) -> None:
        """Store a session, record the sign-in of `actor`, and delete expired sessions."""
        with self._database.transaction() as transaction:
            transaction.execute("DELETE FROM sessions WHERE expires_at <= ?", (now,))
            transaction.execute(
                "INSERT INTO sessions (token_hash, user_id, created_at, expires_at, seen_at,"
                " user_agent) VALUES (?, ?, ?, ?, ?, ?)",
                (token_hash, user_id, now, expires_at, now, user_agent),
            )
            transaction.execute(
                "UPDATE users SET last_login_at = ? WHERE user_id = ?", (now, user_id)
            )
            record(transaction, Action.SIGN_IN, now=now, actor=actor, details=details)

    def session(self, token_hash: bytes) -> StoredSession | None:
        """Return a session, expired or not, or None."""
        row = self._database.row(
            "SELECT user_id, name, role, seen_at, expires_at"
            " FROM sessions JOIN users USING (user_id)"
            " WHERE token_hash = ? AND disabled_at IS NULL",
            (token_hash,),
        )
        if row is None:
            return None
        return StoredSession(
            row["user_id"], row["name"], Role(row["role"]), row["seen_at"], row["expires_at"]
        )

    def touch_session(self, token_hash: bytes, now: float) -> None:
        """Record that a session was used."""
        with self._database.transaction() as transaction:
            transaction.execute(
                "UPDATE sessions SET seen_at = ? WHERE token_hash = ?", (now, token_hash)
            )

    def end_session(self, token_hash: bytes) -> None:
        """Remove a session if it exists."""
        with self._database.transaction() as transaction:
            transaction.execute("DELETE FROM sessions WHERE token_hash = ?", (token_hash,))

    # --- keys ------------------------------------------------------------------------------------

    def add_key(
        self, key_hash: bytes, name: str, role: Role, owner_id: int | None, now: float
    ) -> bool:
        """Store a key. Return False if the name is taken."""
        with self._database.transaction() as transaction:
            added = transaction.execute(
                "INSERT INTO api_keys (key_hash, name, created_at, role, user_id)"
                " VALUES (?, ?, ?, ?, ?) ON CONFLICT (name) DO NOTHING",
                (key_hash, name, now, role, owner_id),
            )
            if added == 1:
                record(transaction, Action.KEY_ADDED, name, now=now, details={"role": role})
            return added == 1

    def keys(self, owner_id: int | None = None) -> list[ApiKey]:
        """Return the keys of a user by name, or all keys."""
        if owner_id is None:
            rows = self._database.rows(f"{_KEY} ORDER BY k.name")
        else:
            rows = self._database.rows(f"{_KEY} WHERE k.user_id = ? ORDER BY k.name", (owner_id,))
        return [_key(row) for row in rows]

    def key(self, key_hash: bytes) -> tuple[ApiKey, int | None] | None:
        """Return the key with this hash and the id of its owner; None if there is none.

        Keys of a disabled user don't count.
        """
        row = self._database.row(
            f"{_KEY} WHERE k.key_hash = ? AND u.disabled_at IS NULL", (key_hash,)
        )
        return None if row is None else (_key(row), row["user_id"])

    def touch_key(self, key_hash: bytes, now: float) -> None:
        """Record that a key was used."""
        with self._database.transaction() as transaction:
            transaction.execute(
                "UPDATE api_keys SET used_at = ? WHERE key_hash = ?", (now, key_hash)
            )

    def set_key_role(self, name: str, role: Role, owner_id: int | None, now: float) -> bool:
        """Change what a key may do. Return False if no key (of this owner) has this name."""
        with self._database.transaction() as transaction:
            changed = transaction.execute(
                "UPDATE api_keys SET role = ? WHERE name = ? AND (? IS NULL OR user_id = ?)",
                (role, name, owner_id, owner_id),
            )
            if changed == 1:
                record(transaction, Action.KEY_ROLE_CHANGED, name, now=now, details={"role": role})
            return changed == 1

    def owner_role(self, name: str) -> Role | None:
        """Return the role of the user who owns a key, or None if it has no owner."""
        row = self._database.row(
            "SELECT u.role FROM api_keys k JOIN users u USING (user_id) WHERE k.name = ?", (name,)
        )
        return None if row is None else Role(row["role"])

    def delete_key(self, name: str, owner_id: int | None, now: float) -> bool:
        """Remove a key. Return False if no key (of this owner) has this name."""
        with self._database.transaction() as transaction:
            deleted = transaction.execute(
                "DELETE FROM api_keys WHERE name = ? AND (? IS NULL OR user_id = ?)",
                (name, owner_id, owner_id),
            )
            if deleted == 1:
                record(transaction, Action.KEY_REMOVED, name, now=now)
            return deleted == 1

    # --- sign-in attempts ------------------------------------------------------------------------

    def begin_attempt(self, limits: dict[str, int], now: float, window_s: float) -> bool:
        """Count an attempt for each source in `limits`; False, uncounted, if a limit is reached.

        Counting before the password is checked leaves no gap for many attempts at once. Refused
        attempts do not wait for the write turn.
        """
        since = now - window_s
        for source, limit in limits.items():
            if self._database.value(_COUNT_FAILURES, (source, since)) >= limit:
                return False
        with self._database.transaction() as transaction:
            transaction.execute("DELETE FROM login_failures WHERE failed_at < ?", (since,))
            for source, limit in limits.items():
                if transaction.value(_COUNT_FAILURES, (source, since)) >= limit:
                    return False
            transaction.execute_many(
                "INSERT INTO login_failures (source, failed_at) VALUES (?, ?)",
                [(source, now) for source in limits],
            )
        return True

    def note_failure(
        self, actor: Actor, name: str, now: float, details: Mapping[str, str] | None = None
    ) -> None:
        """Record that somebody failed to sign in under `name`, "" if it is unknown."""
        with self._database.transaction() as transaction:
            record(transaction, Action.SIGN_IN_FAILED, name, now=now, actor=actor, details=details)

    def forgive(self, sources: list[str]) -> None:
        """Delete the attempts of these sources after one succeeded."""
        with self._database.transaction() as transaction:
            transaction.execute_many(
                "DELETE FROM login_failures WHERE source = ?", [(source,) for source in sources]
            )


def add_user(
    transaction: Transaction, name: str, password_hash: str, role: Role, now: float
) -> User | None:
    """Store a user in a transaction, and end the first setup. Return None if the name is taken."""
    row = transaction.row(
        "INSERT INTO users (name, password_hash, role, created_at) VALUES (?, ?, ?, ?)"
        f" ON CONFLICT (name) DO NOTHING RETURNING {USER}",
        (name, password_hash, role, now),
    )
    if row is None:
        return None
    shared_values.remove(transaction, _SETUP)
    record(transaction, Action.USER_ADDED, name, now=now, details={"role": role})
    return user_of(row)


def _set_hash(transaction: Transaction, user: User, password_hash: str) -> None:
    transaction.execute(
        "UPDATE users SET password_hash = ? WHERE user_id = ?", (password_hash, user.user_id)
    )


def user_of(row: Row) -> User:
    """Return the user of a row with the columns USER."""
    return User(
        row["user_id"],
        row["name"],
        row["created_at"],
        row["last_login_at"],
        Role(row["role"]),
        row["disabled_at"],
    )


def _key(row: Row) -> ApiKey:
    role = Role(row["role"])
    if row["owner_role"] is not None:
        role = lower_of(role, Role(row["owner_role"]))
    return ApiKey(row["name"], row["created_at"], row["used_at"], role, row["owner"])
