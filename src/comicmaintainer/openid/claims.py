"""Reads a person's name and role out of verified claims.

A claim is named as the provider sends it, or by a path with dots into objects
("realm_access.roles").
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from comicmaintainer.errors import SignInRefused
from comicmaintainer.openid.model import PROVIDER

_FROM_MOST = ("administer", "work", "look")
MOST_VALUES = 10_000


def claim_in(claims: Mapping[str, Any], name: str) -> Any:
    """Return the value of a claim, or None."""
    if name in claims:
        return claims[name]
    value: Any = claims
    for part in name.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def name_in(claims: Mapping[str, Any], name_claim: str) -> str:
    """Return the name of a person.

    Raises:
        SignInRefused: the claims have none.
    """
    name = claim_in(claims, name_claim)
    if not isinstance(name, str) or not name.strip():
        raise SignInRefused(
            f"{PROVIDER} does not say what you are called: it sends no claim {name_claim!r}. "
            "An administrator can choose another one with OIDC_NAME_CLAIM, or more OIDC_SCOPES."
        )
    return name.strip()


def role_in(claims: Mapping[str, Any], role_claim: str, roles: Mapping[str, str]) -> str | None:
    """Return the highest role that the values of a claim give, or None if they give none."""
    claimed = claim_in(claims, role_claim)
    values = [claimed] if isinstance(claimed, str) else claimed
    if not isinstance(values, list):
        return None
    given = {roles.get(value) for value in values[:MOST_VALUES] if isinstance(value, str)}
    return next((role for role in _FROM_MOST if role in given), None)
