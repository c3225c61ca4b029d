"""Values of signing in by OpenID Connect: our registration, what a provider says of itself, people.

Names follow OpenID Connect Core 1.0 and Discovery 1.0.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

PROVIDER = "The sign-in provider"
"""How messages call it."""
ERROR_CODE = re.compile(r"[a-z_]{1,40}")
"""Codes of errors that messages may repeat."""


@dataclass(frozen=True, slots=True)
class Registration:
    """This service as its provider knows it, and which claims it reads.

    `roles` maps values of `role_claim` to roles; it is empty if roles are only given here.
    """

    issuer: str
    client_id: str
    client_secret: str | None = field(default=None, repr=False)
    scopes: str = "openid profile"
    name_claim: str = "preferred_username"
    role_claim: str = "groups"
    roles: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Discovery:
    """What a provider says of itself: its issuer, and the addresses that it answers at."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None
    takes_basic: bool
    """Whether the client's secret is sent in a header rather than in the form."""
    names_issuer: bool
    """Whether its answers to the browser always name the issuer (RFC 9207)."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a provider gives for a code."""

    id_token: str = field(repr=False)
    access_token: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody for whom a provider vouches.

    `issuer` and `subject` together are who it is, for ever; the name may change, and belong to
    somebody else later. `role` is what the claims give; None if roles are not read from them.
    """

    issuer: str
    subject: str
    name: str
    role: str | None
