"""Users, sessions, keys, sign-in attempts and the setup token as stored rows (SQL only).

Used only by accounts. Every write runs in one Database.transaction(). Passwords, session tokens and
keys arrive hashed. The setup token is stored in plain text, because every start must show the same
link, and is deleted once it is used. Times are UTC epoch seconds.
"""

from __future__ import annotations

from comicmaintainer.accounts.model import ApiKey, StoredSession, User
from comicmaintainer.database import Database, Row, Transaction, shared_values

_USER = "user_id, name, created_at, last_login_at"
_SETUP = "setup_token"
_COUNT_FAILURES = "SELECT count(*) FROM login_failures WHERE source = ? AND failed_at >= ?"


class AccountStore:
    """SQL of the `users`, `sessions`, `api_keys` and `login_failures` tables."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # --- users -----------------------------------------------------------------------------------

    def add_user(self, name: str, password_hash: str, now: float) -> User | None:
        """Store a user and end the first setup. Return None if the name is taken."""
        with self._database.transaction() as transaction:
            return _add_user(transaction, name, password_hash, now)

    def add_first_user(self, token: str, name: str, password_hash: str, now: float) -> User | None:
        """Store the first user and delete the token; return None if it is not the setup token."""
        with self._database.transaction() as transaction:
            used = transaction.execute(
                "DELETE FROM shared_values WHERE name = ? AND value = ?"
                " AND NOT EXISTS (SELECT 1 FROM users)",
                (_SETUP, token),
            )
            return _add_user(transaction, name, password_hash, now) if used == 1 else None

    def users(self) -> list[User]:
        """Return all users by name."""
        rows = self._database.rows(f"SELECT {_USER} FROM users ORDER BY name")
        return [_user(row) for row in rows]

    def user(self, name: str) -> tuple[User, str] | None:
        """Return a user and the hash of the password, or None."""
        row = self._database.row(
            f"SELECT {_USER}, password_hash FROM users WHERE name = ?", (name,)
        )
        return None if row is None else (_user(row), row["password_hash"])

    def set_password(self, user_id: int, password_hash: str, *, keep_sessions: bool) -> None:
        """Replace the hash of a user's password; end the sessions unless `keep_sessions` is set."""
        with self._database.transaction() as transaction:
            transaction.execute(
                "UPDATE users SET password_hash = ? WHERE user_id = ?", (password_hash, user_id)
            )
            if not keep_sessions:
                transaction.execute("DELETE FROM sessions WHERE user_id = ?", (user_id,))

    def delete_user(self, name: str, *, keep_last: bool) -> bool:
        """Remove a user with all sessions. Return False if the user is unknown or the last one."""
        with self._database.transaction() as transaction:
            deleted = transaction.execute(
                "DELETE FROM users WHERE name = ?"
                " AND (? = 0 OR EXISTS (SELECT 1 FROM users WHERE name <> ?))",
                (name, int(keep_last), name),
            )
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
        self, token_hash: bytes, user_id: int, now: float, expires_at: float, user_agent: str
    ) -> None:
        """Store a session, record the sign-in, and delete expired sessions."""
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

    def session(self, token_hash: bytes) -> StoredSession | None:
        """Return a session, expired or not, or None."""
        row = self._database.row(
            "SELECT user_id, name, seen_at, expires_at FROM sessions JOIN users USING (user_id)"
            " WHERE token_hash = ?",
            (token_hash,),
        )
        if row is None:
            return None
        return StoredSession(row["user_id"], row["name"], row["seen_at"], row["expires_at"])

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

    def add_key(self, key_hash: bytes, name: str, now: float) -> bool:
        """Store a key. Return False if the name is taken."""
        with self._database.transaction() as transaction:
            return (
                transaction.execute(
                    "INSERT INTO api_keys (key_hash, name, created_at) VALUES (?, ?, ?)"
                    " ON CONFLICT (name) DO NOTHING",
                    (key_hash, name, now),
                )
                == 1
            )

    def keys(self) -> list[ApiKey]:
        """Return all keys by name."""
        rows = self._database.rows("SELECT name, created_at, used_at FROM api_keys ORDER BY name")
        return [_key(row) for row in rows]

    def key(self, key_hash: bytes) -> ApiKey | None:
        """Return the key with this hash, or None."""
        row = self._database.row(
            "SELECT name, created_at, used_at FROM api_keys WHERE key_hash = ?", (key_hash,)
        )
        return None if row is None else _key(row)

    def touch_key(self, key_hash: bytes, now: float) -> None:
        """Record that a key was used."""
        with self._database.transaction() as transaction:
            transaction.execute(
                "UPDATE api_keys SET used_at = ? WHERE key_hash = ?", (now, key_hash)
            )

    def delete_key(self, name: str) -> bool:
        """Remove a key. Return False if no key has this name."""
        with self._database.transaction() as transaction:
            return transaction.execute("DELETE FROM api_keys WHERE name = ?", (name,)) == 1

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

    def forgive(self, sources: list[str]) -> None:
        """Delete the attempts of these sources after one succeeded."""
        with self._database.transaction() as transaction:
            transaction.execute_many(
                "DELETE FROM login_failures WHERE source = ?", [(source,) for source in sources]
            )


def _add_user(transaction: Transaction, name: str, password_hash: str, now: float) -> User | None:
    row = transaction.row(
        "INSERT INTO users (name, password_hash, created_at) VALUES (?, ?, ?)"
        f" ON CONFLICT (name) DO NOTHING RETURNING {_USER}",
        (name, password_hash, now),
    )
    if row is None:
        return None
    shared_values.remove(transaction, _SETUP)
    return _user(row)


def _user(row: Row) -> User:
    return User(row["user_id"], row["name"], row["created_at"], row["last_login_at"])


def _key(row: Row) -> ApiKey:
    return ApiKey(row["name"], row["created_at"], row["used_at"])
