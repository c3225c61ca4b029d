"""Sign-in, sessions and API keys: the one door to accounts.

Used by the web (sign-in, every request) and the command line (users, keys, setup link). All state
is in the database, so every process accepts sessions that another one started, and counts all
sign-in attempts. Sessions end after `IDLE_S` without use and `LONGEST_S` in any case.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import secrets
import time
from collections.abc import Callable

from comicmaintainer.accounts.account_store import AccountStore
from comicmaintainer.accounts.model import ApiKey, Principal, User, Via
from comicmaintainer.accounts.passwords import LONGEST, SHORTEST, Passwords
from comicmaintainer.database import Database
from comicmaintainer.errors import (
    Conflict,
    DatabaseError,
    InvalidInput,
    NotFound,
    NotSignedIn,
    TooManyAttempts,
)
from comicmaintainer.networks import network_of

logger = logging.getLogger(__name__)

IDLE_S = 14 * 86400.0
LONGEST_S = 90 * 86400.0
TOUCH_SESSION_S = 300.0
TOUCH_KEY_S = 3600.0
ATTEMPT_WINDOW_S = 900.0
ATTEMPTS_PER_ADDRESS = 10
ATTEMPTS_PER_NAME = 50
"""Higher than for an address, so that knowing a name does not suffice to lock its owner out."""

KEY_PREFIX = "cm_"
_LONGEST_NAME = 64
_NO_SETUP = "This setup link is not valid (any more). Sign in instead."


class Accounts:
    """Users, sessions and keys in `database`. Safe to share between threads."""

    def __init__(self, database: Database, *, now: Callable[[], float] = time.time) -> None:
        self._store = AccountStore(database)
        self._passwords = Passwords()
        self._now = now

    # --- users -----------------------------------------------------------------------------------

    def create_user(self, name: str, password: str) -> User:
        """Add a user who signs in with `password`. The first user ends the setup.

        Raises:
            InvalidInput: the name or password is not allowed; the message says what is allowed.
            Conflict: a user with this name exists.
        """
        name = _name(name)
        user = self._store.add_user(name, self._hash(password), self._now())
        if user is None:
            raise Conflict(f"There is already a user called {name!r}.")
        return user

    def set_password(self, name: str, password: str) -> None:
        """Change a user's password and end all sessions of that user.

        Raises:
            InvalidInput: the password is not allowed.
            NotFound: no such user.
        """
        stored = self._store.user(name.strip())
        if stored is None:
            raise NotFound(f"There is no user called {name!r}.")
        self._store.set_password(stored[0].user_id, self._hash(password), keep_sessions=False)

    def delete_user(self, name: str, *, keep_last: bool = False) -> None:
        """Remove a user and end the user's sessions.

        Raises:
            NotFound: no such user.
            Conflict: it is the only user, and `keep_last` is set.
        """
        name = name.strip()
        if self._store.delete_user(name, keep_last=keep_last):
            return
        if self._store.user(name) is None:
            raise NotFound(f"There is no user called {name!r}.")
        raise Conflict("This is the only user. Add another user first.")

    def users(self) -> list[User]:
        """Return all users by name."""
        return self._store.users()

    # --- first setup -----------------------------------------------------------------------------

    def needs_setup(self) -> bool:
        """Return whether nobody can sign in yet."""
        return not self._store.has_users()

    def setup_link(self, base_url: str) -> str | None:
        """Return the link where the first user is created, or None once a user exists.

        Every process and every start returns the same link until it is used.
        """
        token = self._store.setup_token(secrets.token_urlsafe(32), self._now())
        return None if token is None else f"{base_url.rstrip('/')}/setup/{token}"

    def complete_setup(self, token: str, name: str, password: str) -> User:
        """Create the first user with the token of the setup link, which then expires.

        Raises:
            NotFound: the token is wrong or was used. Nothing is hashed then.
            InvalidInput: the name or password is not allowed.
        """
        self._require_setup_token(token)
        name = _name(name)
        user = self._store.add_first_user(token, name, self._hash(password), self._now())
        if user is None:
            raise NotFound(_NO_SETUP)
        return user

    def _require_setup_token(self, token: str) -> None:
        known = self._store.known_setup_token()
        if known is None or not hmac.compare_digest(known.encode(), token.encode()):
            raise NotFound(_NO_SETUP)

    # --- signing in ------------------------------------------------------------------------------

    def sign_in(self, name: str, password: str, *, address: str = "", user_agent: str = "") -> str:
        """Return the token of a new session; attempts are counted by the client's `address`.

        Raises:
            NotSignedIn: the name or the password is wrong.
            TooManyAttempts: too many attempts have failed recently, from this address or for this
                name, or too many are being checked right now.
        """
        with self._passwords.queue():
            return self._sign_in(name, password, address, user_agent)

    def _sign_in(self, name: str, password: str, address: str, user_agent: str) -> str:
        name = name.strip()[:_LONGEST_NAME]
        limits = {
            f"address {network_of(address)}": ATTEMPTS_PER_ADDRESS,
            f"name {name.casefold()}": ATTEMPTS_PER_NAME,
        }
        if not self._store.begin_attempt(limits, self._now(), ATTEMPT_WINDOW_S):
            raise TooManyAttempts(
                "Too many attempts to sign in have failed. "
                f"Try again in {ATTEMPT_WINDOW_S / 60:.0f} minutes."
            )
        known = self._store.user(name)
        if not self._passwords.verify(known[1] if known else None, password) or known is None:
            logger.warning("Sign-in failed for %r from %s", name, address)
            raise NotSignedIn("The name or the password is wrong.")
        user, stored = known
        self._store.forgive(list(limits))
        if self._passwords.is_outdated(stored):
            fresh = self._passwords.hash(password)
            self._store.set_password(user.user_id, fresh, keep_sessions=True)
        token = secrets.token_urlsafe(32)
        now = self._now()
        self._store.add_session(
            _digest(token), user.user_id, now, now + LONGEST_S, user_agent[:200]
        )
        return token

    def sign_out(self, token: str) -> None:
        """End the session of this token, if it exists."""
        self._store.end_session(_digest(token))

    def by_session(self, token: str) -> Principal | None:
        """Return the principal of this session, or None if it is unknown or expired."""
        digest, now = _digest(token), self._now()
        session = self._store.session(digest)
        if session is None or now >= session.expires_at or now >= session.seen_at + IDLE_S:
            return None
        if now >= session.seen_at + TOUCH_SESSION_S:
            try:
                self._store.touch_session(digest, now)
            except DatabaseError as error:
                # A full disk must not lock out people who come to see why nothing works.
                logger.warning("Could not record the use of a session: %s", error)
        return Principal(session.user_name, Via.SESSION)

    # --- keys ------------------------------------------------------------------------------------

    def create_key(self, name: str) -> str:
        """Return a new key with full rights. Only its hash is stored, so it can't be shown again.

        Raises:
            InvalidInput: the name is not allowed.
            Conflict: a key with this name exists.
        """
        name = _name(name)
        key = KEY_PREFIX + secrets.token_urlsafe(32)
        if not self._store.add_key(_digest(key), name, self._now()):
            raise Conflict(f"There is already a key called {name!r}.")
        return key

    def delete_key(self, name: str) -> None:
        """Delete a key.

        Raises:
            NotFound: no key has this name.
        """
        if not self._store.delete_key(name.strip()):
            raise NotFound(f"There is no key called {name!r}.")

    def keys(self) -> list[ApiKey]:
        """Return all keys by name."""
        return self._store.keys()

    def by_key(self, key: str) -> Principal | None:
        """Return the principal of this key, or None if it is unknown."""
        digest, now = _digest(key), self._now()
        api_key = self._store.key(digest)
        if api_key is None:
            return None
        if api_key.used_at is None or now >= api_key.used_at + TOUCH_KEY_S:
            try:
                self._store.touch_key(digest, now)
            except DatabaseError as error:
                logger.warning("Could not record the use of key %r: %s", api_key.name, error)
        return Principal(api_key.name, Via.KEY)

    def _hash(self, password: str) -> str:
        if not SHORTEST <= len(password) <= LONGEST:
            raise InvalidInput(f"A password has {SHORTEST} to {LONGEST} characters.")
        return self._passwords.hash(password)


def _name(text: str) -> str:
    """Return a name that can be displayed and used as one part of an address."""
    name = text.strip()
    if not 1 <= len(name) <= _LONGEST_NAME or not name.isprintable():
        raise InvalidInput(f"A name has 1 to {_LONGEST_NAME} visible characters.", field="name")
    if name in (".", "..") or "/" in name or "\\" in name:
        raise InvalidInput(
            f"The name {name!r} can't be part of an address: it must not contain / or \\, and "
            "must not be . or ..",
            field="name",
        )
    return name


def _digest(token: str) -> bytes:
    # Tokens are 256 random bits, so a slow hash would add no protection.
    return hashlib.sha256(token.encode()).digest()
