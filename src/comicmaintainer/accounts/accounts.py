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
from collections.abc import Callable, Mapping

from comicmaintainer.accounts.account_store import AccountStore
from comicmaintainer.accounts.model import ApiKey, Principal, User, Via
from comicmaintainer.accounts.names import LONGEST_NAME, checked_name
from comicmaintainer.accounts.passwords import LONGEST, SHORTEST, Passwords
from comicmaintainer.accounts.roles import Role
from comicmaintainer.audit import Actor, ActorKind
from comicmaintainer.database import Database
from comicmaintainer.errors import (
    Conflict,
    DatabaseError,
    InvalidInput,
    NotFound,
    NotSignedIn,
    RoleTooLow,
    TooManyAttempts,
)
from comicmaintainer.networks import network_of

logger = logging.getLogger(__name__)

IDLE_S = 14 * 86400.0
LONGEST_S = 90 * 86400.0
TOUCH_SESSION_S = 300.0
TOUCH_KEY_S = 3600.0
PROXY_NOTED_S = 86400.0
"""How often a sign-in by a proxy, which names the user with each request, is recorded."""
ATTEMPT_WINDOW_S = 900.0
ATTEMPTS_PER_ADDRESS = 10
ATTEMPTS_PER_NAME = 50
"""Higher than for an address, so that knowing a name does not suffice to lock its owner out."""

NO_PASSWORD = ""
"""The stored hash of a user whom somebody else vouches for; no password matches it."""
KEY_PREFIX = "cm_"
_NO_SETUP = "This setup link is not valid (any more). Sign in instead."


class Accounts:
    """Users, sessions and keys in `database`. Safe to share between threads."""

    def __init__(self, database: Database, *, now: Callable[[], float] = time.time) -> None:
        self._store = AccountStore(database)
        self._passwords = Passwords()
        self._now = now

    # --- users -----------------------------------------------------------------------------------

    def create_user(self, name: str, password: str, role: Role = Role.ADMINISTER) -> User:
        """Add a user who signs in with `password`. The first user ends the setup.

        Raises:
            InvalidInput: the name or password is not allowed; the message says what is allowed.
            Conflict: a user with this name exists, or there is no administrator yet and this would
                be none.
        """
        name = checked_name(name)
        if role is not Role.ADMINISTER and self.needs_setup():
            raise Conflict(
                "There is no user yet, and the first one has to be an administrator.", field="role"
            )
        user = self._store.add_user(name, self._hash(password), role, self._now())
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
        self._store.set_password(stored[0], self._hash(password), self._now())

    def has_password(self, name: str) -> bool:
        """Return whether a user can sign in with a password."""
        stored = self._store.user(name)
        return stored is not None and stored[1] != NO_PASSWORD

    def set_role(self, name: str, role: Role) -> None:
        """Change what a user, and with it the user's keys, may do, from the next request on.

        Raises:
            NotFound: no such user.
            Conflict: no administrator would be left.
        """
        name = name.strip()
        if not self._store.set_role(name, role, self._now()):
            raise self._refusal(name)

    def set_disabled(self, name: str, *, disabled: bool) -> None:
        """Keep a user from coming in, from the next request on, or let the user in again.

        A disabled user keeps everything, but has no sessions, and the user's keys don't count.

        Raises:
            NotFound: no such user.
            Conflict: no administrator would be left.
        """
        name = name.strip()
        change = self._store.disable_user if disabled else self._store.enable_user
        if change(name, self._now()):
            return
        known = self._store.user(name)
        if known is None or (known[0].disabled_at is not None) is not disabled:
            raise self._refusal(name)

    def delete_user(self, name: str) -> None:
        """Remove a user and the user's keys, and end the user's sessions.

        Raises:
            NotFound: no such user.
            Conflict: no administrator would be left.
        """
        name = name.strip()
        if not self._store.delete_user(name, self._now()):
            raise self._refusal(name)

    def _refusal(self, name: str) -> NotFound | Conflict:
        if self._store.user(name) is None:
            return NotFound(f"There is no user called {name!r}.")
        return Conflict("This is the only administrator. Make another user one first.")

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
        name = checked_name(name)
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
        return self.start_session(
            self.require_password(name, password, address=address),
            address=address,
            user_agent=user_agent,
        )

    def require_password(self, name: str, password: str, *, address: str = "") -> User:
        """Return the user with this name and password; attempts are counted as in `sign_in`.

        Raises:
            NotSignedIn, TooManyAttempts: see `sign_in`.
        """
        with self._passwords.queue():
            return self._with_password(name, password, address)

    def start_session(
        self,
        user: User,
        *,
        address: str = "",
        user_agent: str = "",
        details: Mapping[str, str] | None = None,
    ) -> str:
        """Return the token of a new session of a user who has proved who it is.

        `details` go to the audit list with the sign-in.
        """
        token, now = secrets.token_urlsafe(32), self._now()
        self._store.add_session(
            _digest(token),
            user.user_id,
            now,
            now + LONGEST_S,
            user_agent[:200],
            Actor(ActorKind.USER, user.name, address),
            details or {},
        )
        return token

    def _with_password(self, name: str, password: str, address: str) -> User:
        name = name.strip()[:LONGEST_NAME]
        limits = {
            f"address {network_of(address)}": ATTEMPTS_PER_ADDRESS,
            f"name {name.casefold()}": ATTEMPTS_PER_NAME,
        }
        begin_attempt(self._store, limits, self._now())
        known = self._store.user(name)
        if (
            not self._passwords.verify((known[1] or None) if known else None, password)
            or known is None
        ):
            logger.warning("Sign-in failed for %r from %s", name, address)
            stranger = Actor(ActorKind.ANYBODY, address=address)
            self._store.note_failure(stranger, name, self._now())
            raise NotSignedIn("The name or the password is wrong.")
        user, stored = known
        require_enabled(user)
        self._store.forgive(list(limits))
        if self._passwords.is_outdated(stored):
            self._store.renew_hash(user, self._passwords.hash(password))
        return user

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
        return Principal(session.user_name, Via.SESSION, session.role, session.user_id)

    def by_proxy(self, name: str, *, create_as: Role | None, address: str = "") -> Principal | None:
        """Return the principal whom a trusted proxy names, or None if there is no such user.

        With `create_as`, an unknown user is added with that role, and without a password; not
        before the first setup, which makes an administrator. Once a day the audit list records it.

        Raises:
            NotSignedIn: an administrator has disabled the user.
        """
        try:
            name = checked_name(name)
        except InvalidInput:
            return None
        stored = self._store.user(name)
        user = None if stored is None else stored[0]
        if user is None and create_as is not None and not self.needs_setup():
            user = self._store.add_user(name, NO_PASSWORD, create_as, self._now())
            if user is None:  # another request was faster
                return self.by_proxy(name, create_as=None, address=address)
        if user is None:
            return None
        require_enabled(user)
        self._note_proxy_sign_in(user, address)
        return Principal(user.name, Via.PROXY, user.role, user.user_id)

    def _note_proxy_sign_in(self, user: User, address: str) -> None:
        now = self._now()
        if user.last_login_at is not None and now < user.last_login_at + PROXY_NOTED_S:
            return
        actor = Actor(ActorKind.USER, user.name, address)
        try:
            self._store.note_proxy_sign_in(user, actor, now, PROXY_NOTED_S)
        except DatabaseError as error:
            logger.warning("Could not record the sign-in of %r by a proxy: %s", user.name, error)

    # --- keys ------------------------------------------------------------------------------------

    def create_key(
        self, name: str, role: Role = Role.ADMINISTER, *, owner_id: int | None = None
    ) -> str:
        """Return a new key. Only its hash is stored, so it can't be shown again.

        Raises:
            InvalidInput: the name is not allowed.
            Conflict: a key with this name exists.
        """
        name = checked_name(name)
        key = KEY_PREFIX + secrets.token_urlsafe(32)
        if not self._store.add_key(_digest(key), name, role, owner_id, self._now()):
            raise Conflict(f"There is already a key called {name!r}.")
        return key

    def set_key_role(self, name: str, role: Role, *, owner_id: int | None = None) -> None:
        """Change what a key, or one of this owner, may do, from the next request on.

        Raises:
            NotFound: no key (of this owner) has this name.
            RoleTooLow: the owner of the key may do less.
        """
        name = name.strip()
        owner = self._store.owner_role(name)
        if owner is not None and owner_id is None and not owner.includes(role):
            raise RoleTooLow(
                f"A key may do no more than its owner, whose role is {owner.value!r}.",
                field="role",
            )
        if not self._store.set_key_role(name, role, owner_id, self._now()):
            raise NotFound(f"There is no key called {name!r}.")

    def delete_key(self, name: str, *, owner_id: int | None = None) -> None:
        """Delete a key, or one of this owner.

        Raises:
            NotFound: no key (of this owner) has this name.
        """
        if not self._store.delete_key(name.strip(), owner_id, self._now()):
            raise NotFound(f"There is no key called {name!r}.")

    def keys(self, *, owner_id: int | None = None) -> list[ApiKey]:
        """Return all keys, or those of this owner, by name."""
        return self._store.keys(owner_id)

    def by_key(self, key: str) -> Principal | None:
        """Return the principal of this key, or None if it is unknown."""
        digest, now = _digest(key), self._now()
        known = self._store.key(digest)
        if known is None:
            return None
        api_key, owner_id = known
        if api_key.used_at is None or now >= api_key.used_at + TOUCH_KEY_S:
            try:
                self._store.touch_key(digest, now)
            except DatabaseError as error:
                logger.warning("Could not record the use of key %r: %s", api_key.name, error)
        return Principal(api_key.name, Via.KEY, api_key.role, owner_id)

    def _hash(self, password: str) -> str:
        if not SHORTEST <= len(password) <= LONGEST:
            raise InvalidInput(f"A password has {SHORTEST} to {LONGEST} characters.")
        return self._passwords.hash(password)


def begin_attempt(store: AccountStore, limits: dict[str, int], now: float) -> None:
    """Count an attempt to sign in from each source of `limits`, the most attempts by source.

    Raises:
        TooManyAttempts: so many from one of them have failed lately.
    """
    if not store.begin_attempt(limits, now, ATTEMPT_WINDOW_S):
        raise TooManyAttempts(
            "Too many attempts to sign in have failed. "
            f"Try again in {ATTEMPT_WINDOW_S / 60:.0f} minutes."
        )


def require_enabled(user: User) -> None:
    """Return if a user may come in.

    Raises:
        NotSignedIn: an administrator has disabled the user.
    """
    if user.disabled_at is not None:
        raise NotSignedIn(f"An administrator has disabled the account {user.name!r}.")


def _digest(token: str) -> bytes:
    # Tokens are 256 random bits, so a slow hash would add no protection.
    return hashlib.sha256(token.encode()).digest()
