"""Roles: what a user or a key may do. Each role may do everything that the ones before it may.

docs/security.md lists what belongs to which role; every route of the API declares the role that it
needs (`web.route_roles`).
"""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """What somebody may do, from the least to the most."""

    LOOK = "look"
    """See the library and the jobs; change nothing."""
    WORK = "work"
    """Also start, cancel and undo jobs, edit tags, review, and keep templates and rules."""
    ADMINISTER = "administer"
    """Also users, keys of others, settings, sources, backups, and what can't be undone."""

    def includes(self, other: Role) -> bool:
        """Return whether this role may do what the other may."""
        return _ORDER.index(self) >= _ORDER.index(other)


_ORDER = tuple(Role)


def lower_of(one: Role, other: Role) -> Role:
    """Return the role that may do less."""
    return one if other.includes(one) else other
