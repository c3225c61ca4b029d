"""Verifies ID tokens: who signed them, for whom, when, and for which sign-in.

Rules are those of OpenID Connect Core 1.0, 3.1.3.7. joserfc checks signatures; only algorithms with
public keys are accepted, and a key only with the algorithm that it is for, so that neither an
unsigned token nor one "signed" with a public key as a shared secret passes. joserfc is imported
with the first token: a process that sees none stays small.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from comicmaintainer import json_input
from comicmaintainer.errors import SignInRefused
from comicmaintainer.openid import base64url
from comicmaintainer.openid.keys import PublicKey

MOST_TOKEN_CHARACTERS = 64 << 10
LEEWAY_S = 120.0
"""How far the provider's clock and ours may differ."""
LONGEST_SUBJECT = 255
ALGORITHMS: Mapping[str, tuple[str, str | None]] = {
    **{f"{family}{bits}": ("RSA", None) for family in ("RS", "PS") for bits in (256, 384, 512)},
    "ES256": ("EC", "P-256"),
    "ES384": ("EC", "P-384"),
    "ES512": ("EC", "P-521"),
}
"""Which keys the accepted algorithms need: type and curve."""
_TOKEN = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")

FindKeys = Callable[[str | None, str], Sequence[PublicKey]]
"""Returns the keys that may have signed, by the `kid` and `alg` of a token."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What an ID token must say. Times are UTC epoch seconds."""

    issuer: str
    client_id: str
    nonce: str
    begun_at: float
    now: float


def verified_claims(token: str, find_keys: FindKeys, expected: Expected) -> Mapping[str, Any]:
    """Return the claims of an ID token that is proved to be genuine and meant for this sign-in.

    Raises:
        SignInRefused: it is not; the message says why, without a part of the token.
    """
    header, claims = _parts(token)
    algorithm, kid = header.get("alg"), header.get("kid")
    if not isinstance(algorithm, str) or algorithm not in ALGORITHMS:
        raise _refused("is not signed in a way that is accepted")
    if kid is not None and not isinstance(kid, str):
        raise _refused("names its key in a way that can't be read")
    keys = find_keys(kid, algorithm)
    if not keys:
        raise _refused("is signed with a key that the provider does not list")
    if not any(_is_signed(token, algorithm, key) for key in keys):
        raise _refused("has a signature that is wrong")
    _check(claims, expected)
    return claims


def require_access_token(id_token: str, claims: Mapping[str, Any], access_token: str) -> None:
    """Return if the claim `at_hash` of a verified token, where there is one, fits an access token.

    Raises:
        SignInRefused: it does not.
    """
    claimed = claims.get("at_hash")
    if claimed is None:
        return
    bits = str(_parts(id_token)[0]["alg"])[2:]
    digest = hashlib.new(f"sha{bits}", access_token.encode()).digest()
    half = base64url.encoded(digest[: len(digest) // 2])
    if not isinstance(claimed, str) or not hmac.compare_digest(claimed.encode(), half.encode()):
        raise _refused("belongs to another access token")


def _is_signed(token: str, algorithm: str, key: PublicKey) -> bool:
    from joserfc import jws
    from joserfc.errors import JoseError

    registry = jws.JWSRegistry(algorithms=[algorithm], strict_check_header=False)
    # Certificates and addresses of keys in a header may be long; our own limit holds.
    registry.max_header_length = registry.max_payload_length = MOST_TOKEN_CHARACTERS
    try:
        jws.deserialize_compact(token, key.imported(), algorithms=[algorithm], registry=registry)
    except (JoseError, ValueError):
        return False
    return True


def _parts(token: str) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Return header and claims of a token, whoever made it."""
    if len(token) > MOST_TOKEN_CHARACTERS or not _TOKEN.fullmatch(token):
        raise _refused("is not a signed token")
    read = []
    for part in token.split(".")[:2]:
        try:
            value = json_input.parse_plain(base64url.decoded(part))
        except ValueError:
            raise _refused("can't be read") from None
        if not isinstance(value, dict):
            raise _refused("can't be read")
        read.append(value)
    return read[0], read[1]


def _check(claims: Mapping[str, Any], expected: Expected) -> None:
    if claims.get("iss") != expected.issuer:
        raise _refused("is from another issuer")
    _check_audience(claims, expected.client_id)
    nonce = claims.get("nonce")
    if not isinstance(nonce, str) or not hmac.compare_digest(
        nonce.encode(), expected.nonce.encode()
    ):
        raise _refused("belongs to another sign-in (its nonce differs)")
    subject = claims.get("sub")
    if (
        not isinstance(subject, str)
        or not 1 <= len(subject) <= LONGEST_SUBJECT
        or not subject.isprintable()
    ):
        raise _refused("does not say who it is about")
    _check_times(claims, expected)


def _check_audience(claims: Mapping[str, Any], client_id: str) -> None:
    claimed = claims.get("aud")
    audience = [claimed] if isinstance(claimed, str) else claimed
    if not isinstance(audience, list) or client_id not in audience:
        raise _refused("is meant for another application")
    party = claims.get("azp")
    if party is not None and party != client_id:
        raise _refused("was issued to another application")
    if party is None and len(audience) > 1:
        raise _refused("is meant for several applications, and does not say for which it is issued")


def _check_times(claims: Mapping[str, Any], expected: Expected) -> None:
    if _moment(claims, "exp") <= expected.now - LEEWAY_S:
        raise _refused("has expired; compare the clocks of the provider and of this computer")
    issued_at = _moment(claims, "iat")
    not_before = _moment(claims, "nbf") if "nbf" in claims else issued_at
    if max(issued_at, not_before) > expected.now + LEEWAY_S:
        raise _refused("is from the future; compare the clocks of the provider and this computer")
    if issued_at < expected.begun_at - LEEWAY_S:
        raise _refused("is older than this sign-in; compare the clocks of the provider and ours")


def _moment(claims: Mapping[str, Any], name: str) -> float:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1e12:
        raise _refused(f"has no valid time {name!r}")
    return float(value)


def _refused(why: str) -> SignInRefused:
    return SignInRefused(f"What the sign-in provider sent {why}. Nobody was signed in.")
