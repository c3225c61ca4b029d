"""Values of accounts: users, keys, and the principal that a request acts as.

Times are UTC epoch seconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Via(StrEnum):
    """How a request was authenticated."""

    SESSION = "session"
    """A browser's cookie; its unsafe requests must pass the cross-site check."""
    KEY = "key"
    """An API key in a header."""
    OPEN = "open"
    """Nobody has to sign in (AUTH=disabled)."""


@dataclass(frozen=True, slots=True)
class Principal:
    """Who a request acts as."""

    name: str
    via: Via


@dataclass(frozen=True, slots=True)
class User:
    """A person who signs in with a password."""

    user_id: int
    name: str
    created_at: float
    last_login_at: float | None


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key for programs; the key itself is shown once, and only its hash is stored."""

    name: str
    created_at: float
    used_at: float | None


@dataclass(frozen=True, slots=True)
class StoredSession:
    """A stored session with the name of its user."""

    user_id: int
    user_name: str
    seen_at: float
    expires_at: float
