"""Values of accounts: users, keys, and the principal that a request acts as.

Times are UTC epoch seconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from comicmaintainer.accounts.roles import Role


class Via(StrEnum):
    """How a request was authenticated."""

    SESSION = "session"
    """A browser's cookie; its unsafe requests must pass the cross-site check."""
    KEY = "key"
    """An API key in a header."""
    PROXY = "proxy"
    """A trusted proxy says who it is; like a session, a browser sends it by itself."""
    OPEN = "open"
    """Nobody has to sign in (AUTH=disabled)."""


@dataclass(frozen=True, slots=True)
class Principal:
    """Who a request acts as, and what it may do.

    `user_id` is the user, or the owner of the key; None if it has none.
    """

    name: str
    via: Via
    role: Role
    user_id: int | None = None


@dataclass(frozen=True, slots=True)
class User:
    """A person who signs in with a password, or by somebody else's word."""

    user_id: int
    name: str
    created_at: float
    last_login_at: float | None
    role: Role
    disabled_at: float | None = None


@dataclass(frozen=True, slots=True)
class Identity:
    """Who somebody is at a sign-in provider: both together name one person for ever."""

    issuer: str
    subject: str


@dataclass(frozen=True, slots=True)
class Link:
    """That a sign-in provider vouches for a user, whom it called `name` when this began.

    A link that `can_end` is of a user who has a password to sign in with.
    """

    issuer: str
    name: str
    added_at: float
    can_end: bool


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key for programs; the key itself is shown once, and only its hash is stored.

    `role` is what the key may do: never more than its owner. Keys of the command line and of
    earlier versions have no `owner`.
    """

    name: str
    created_at: float
    used_at: float | None
    role: Role
    owner: str | None


@dataclass(frozen=True, slots=True)
class StoredSession:
    """A stored session with the name of its user."""

    user_id: int
    user_name: str
    role: Role
    seen_at: float
    expires_at: float
