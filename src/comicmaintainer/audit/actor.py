"""Who acts at the moment: the person or program that a request, a command or a thread works for.

The web sets it for each request, the command line for each command, so that code far below can
record it without passing it through every call. Without either it is the service itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum


class ActorKind(StrEnum):
    """What acts."""

    USER = "user"
    KEY = "key"
    ANYBODY = "anybody"
    """A visitor who has not signed in, or does not have to."""
    COMMAND_LINE = "command line"
    SCHEDULE = "schedule"
    WATCHER = "watcher"
    SERVICE = "service"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, and from which address; `name` is that of the user, key, or schedule."""

    kind: ActorKind
    name: str = ""
    address: str = ""


SERVICE = Actor(ActorKind.SERVICE)
_current: ContextVar[Actor] = ContextVar("actor", default=SERVICE)


def current_actor() -> Actor:
    """Return who acts in this context."""
    return _current.get()


@contextmanager
def acting(actor: Actor) -> Iterator[None]:
    """Let `actor` act within the block, also in threads that the block waits for."""
    token = _current.set(actor)
    try:
        yield
    finally:
        _current.reset(token)
