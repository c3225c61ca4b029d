"""Users whom a sign-in provider vouches for, known by issuer and subject.

A name decides nothing once a user is added: providers let people change theirs. So a provider's
word for a name never opens the account of a user who was added otherwise.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from comicmaintainer.accounts.account_store import AccountStore
from comicmaintainer.accounts.accounts import NO_PASSWORD, Accounts, begin_attempt
from comicmaintainer.accounts.identity_store import IdentityStore
from comicmaintainer.accounts.model import Identity, User
from comicmaintainer.accounts.names import checked_name
from comicmaintainer.accounts.roles import Role
from comicmaintainer.audit import Actor, ActorKind, acting
from comicmaintainer.audit.actor import SERVICE
from comicmaintainer.database import Database
from comicmaintainer.errors import InvalidInput, SignInRefused
from comicmaintainer.networks import network_of

logger = logging.getLogger(__name__)

BEGUN_PER_ADDRESS = 30
"""Sign-ins that one address may begin within ATTEMPT_WINDOW_S without ending one."""


class Identities:
    """The identities of users in `database`. Safe to share between threads."""

    def __init__(
        self, database: Database, accounts: Accounts, *, now: Callable[[], float] = time.time
    ) -> None:
        self._store = IdentityStore(database)
        self._account_store = AccountStore(database)
        self._accounts = accounts
        self._now = now

    def count_attempt(self, address: str) -> None:
        """Count that a sign-in at the provider is begun from an address.

        Raises:
            TooManyAttempts: too many were begun lately and not ended.
        """
        begin_attempt(self._account_store, {_source(address): BEGUN_PER_ADDRESS}, self._now())

    def note_failure(self, address: str, reason: str) -> None:
        """Record in the log and in the audit list that the provider's word was not accepted."""
        logger.warning("Sign-in by the provider failed from %s: %s", address, reason)
        stranger = Actor(ActorKind.ANYBODY, address=address)
        self._account_store.note_failure(
            stranger, "", self._now(), {"by": "provider", "reason": reason}
        )

    def user_of(
        self,
        identity: Identity,
        name: str,
        *,
        role: Role | None,
        new_role: Role,
        address: str = "",
    ) -> User:
        """Return the user with an identity, who is added under `name` if unknown.

        `role` is what the provider's claims give, which a known user gets too; with None a known
        user's role stays, and an unknown user gets `new_role`.

        Raises:
            SignInRefused: the setup is not done yet, the user is disabled, or the name is taken or
                not allowed.
        """
        known = self._store.user(identity)
        if known is not None:
            if known.disabled_at is not None:
                raise SignInRefused(f"An administrator has disabled the account {known.name!r}.")
            self._account_store.forgive([_source(address)])
            if role is not None and role is not known.role:
                self._set_role(known, role)
            return known
        if self._accounts.needs_setup():
            raise SignInRefused(
                "Nobody can sign in yet. Open the setup link that the service printed when it "
                "started: it makes the first administrator."
            )
        try:
            name = checked_name(name)
        except InvalidInput as error:
            raise SignInRefused(
                f"The sign-in provider calls you something that can't be a name here. {error}"
            ) from None
        with acting(Actor(ActorKind.USER, name, address)):
            user = self._store.add_user(identity, name, NO_PASSWORD, role or new_role, self._now())
        # Another request may have been faster with the same person, or the name is somebody else's.
        user = user or self._store.user(identity)
        if user is None:
            raise SignInRefused(
                f"There is already a user called {name!r} here, whom the sign-in provider may not "
                "open: somebody else could have that name there. Sign in with the password, or "
                "let an administrator remove that user."
            )
        self._account_store.forgive([_source(address)])
        return user

    def _set_role(self, user: User, role: Role) -> None:
        """Give a user the role of the provider's claims; the last administrator stays one."""
        with acting(SERVICE):
            is_changed = self._account_store.set_role(user.name, role, self._now())
        if not is_changed:
            logger.warning(
                "%r stays an administrator, whatever the sign-in provider says: there is no other",
                user.name,
            )


def _source(address: str) -> str:
    return f"provider {network_of(address)}"
