"""Users whom a sign-in provider vouches for, known by issuer and subject.

A name decides nothing once a user is added: providers let people change theirs. So a provider's
word for a name never opens the account of a user who was added otherwise, until that user is linked
to an identity while signed in.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from comicmaintainer.accounts.account_store import AccountStore
from comicmaintainer.accounts.accounts import NO_PASSWORD, Accounts, begin_attempt
from comicmaintainer.accounts.identity_store import IdentityStore
from comicmaintainer.accounts.model import Identity, Link, User
from comicmaintainer.accounts.names import LONGEST_NAME, checked_name
from comicmaintainer.accounts.roles import Role
from comicmaintainer.audit import Actor, ActorKind, acting
from comicmaintainer.audit.actor import SERVICE
from comicmaintainer.database import Database
from comicmaintainer.errors import Conflict, InvalidInput, NotFound, SignInRefused
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
                "open: somebody else could have that name there. If it is you, sign in with the "
                "password, and link yourself under Settings, Users and keys."
            )
        self._account_store.forgive([_source(address)])
        return user

    def links(self) -> dict[int, Link]:
        """Return the links of users by their ids."""
        return self._store.links()

    def link(self, identity: Identity, user_id: int, name: str) -> None:
        """Let a user, who is signed in, sign in by an identity too, which is called `name`.

        Raises:
            Conflict: the identity is another user's, or the user has another one of its provider.
        """
        shown_name = name[:LONGEST_NAME] if name.isprintable() else ""
        if self._store.link(identity, user_id, shown_name, self._now()):
            return
        owner = self._store.user(identity)
        if owner is None:
            raise Conflict(
                "You are linked to another account of the sign-in provider already. "
                "End that link first."
            )
        if owner.user_id != user_id:
            raise Conflict(
                "This account of the sign-in provider belongs to another user here. "
                "Nothing was linked."
            )

    def unlink(self, user_name: str, *, end_sessions: bool) -> None:
        """Let a user no longer sign in by the provider.

        Raises:
            NotFound: no such user, or the user is not linked.
            Conflict: the user has no password, and could not sign in any more.
        """
        user_name = user_name.strip()
        if self._store.unlink(user_name, self._now(), end_sessions=end_sessions):
            return
        stored = self._account_store.user(user_name)
        if stored is None:
            raise NotFound(f"There is no user called {user_name!r}.")
        if stored[0].user_id not in self._store.links():
            raise NotFound(f"The user {user_name!r} is not linked to the sign-in provider.")
        raise Conflict(
            f"The user {user_name!r} has no password here, and could not sign in any more. "
            "Set one first, or disable the user."
        )

    def note_refused_link(self, user_name: str, reason: str) -> None:
        """Record in the log and in the audit list that a user was not linked."""
        logger.warning("%r was not linked to the sign-in provider: %s", user_name, reason)
        self._store.note_refusal(user_name, reason, self._now())

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
