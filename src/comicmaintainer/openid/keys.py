"""The public keys of a provider (JSON Web Key Sets, RFC 7517).

Only what verifies signatures is taken: RSA and EC keys of usual sizes, without private parts. A key
set is data of another host, so that odd keys are left out rather than imported.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from comicmaintainer.openid import base64url

if TYPE_CHECKING:
    from joserfc.jwk import Key

MOST_KEYS = 50
RSA_BITS = range(2048, 8192 + 1)
"""Smaller ones can be broken; larger ones cost much time for each signature."""
_MOST_EXPONENT_BYTES = 4
_PUBLIC = {"RSA": ("n", "e"), "EC": ("crv", "x", "y")}


@dataclass(frozen=True, slots=True)
class PublicKey:
    """One key as the set describes it."""

    kid: str | None
    kind: str
    curve: str | None
    algorithm: str | None
    members: Mapping[str, str]

    def is_for(self, algorithm: str, kind: str, curve: str | None) -> bool:
        """Return whether signatures of an algorithm, which needs such a key, may be made by it."""
        return (
            self.kind == kind
            and (curve is None or self.curve == curve)
            and self.algorithm in (None, algorithm)
        )

    def imported(self) -> Key:
        """Return the key as the library takes it.

        Raises:
            ValueError: it is not valid, such as a point that is not on its curve.
        """
        from joserfc import jwk
        from joserfc.errors import JoseError

        members: dict[str, str | list[str]] = {**self.members}
        try:
            return jwk.import_key(members)
        except (JoseError, KeyError, TypeError) as error:
            raise ValueError("the key is not valid") from error


def usable_keys(key_set: Mapping[str, Any]) -> tuple[PublicKey, ...]:
    """Return the keys of a set that can verify signatures; the others are left out."""
    listed = key_set.get("keys")
    if not isinstance(listed, list):
        return ()
    found = (_usable(each) for each in listed[:MOST_KEYS] if isinstance(each, dict))
    return tuple(key for key in found if key is not None)


def keys_for(
    keys: Sequence[PublicKey], kid: str | None, algorithm: str, kind: str, curve: str | None
) -> tuple[PublicKey, ...]:
    """Return the keys that a token with this `kid` and `alg` may be signed with.

    Without a `kid` the token must leave no choice: there is one key that fits, or none is returned.
    """
    fitting = tuple(key for key in keys if key.is_for(algorithm, kind, curve))
    if kid is None:
        return fitting if len(fitting) == 1 else ()
    return tuple(key for key in fitting if key.kid == kid)


def _usable(listed: Mapping[str, Any]) -> PublicKey | None:
    kind = listed.get("kty")
    if not isinstance(kind, str) or kind not in _PUBLIC or listed.get("use", "sig") != "sig":
        return None
    operations = listed.get("key_ops")
    if operations is not None and not (isinstance(operations, list) and "verify" in operations):
        return None
    members = {name: listed.get(name) for name in _PUBLIC[kind]}
    texts = {name: value for name, value in members.items() if isinstance(value, str)}
    if len(texts) != len(members) or not (kind == "EC" or _has_usual_size(texts)):
        return None
    kid, algorithm = listed.get("kid"), listed.get("alg")
    return PublicKey(
        kid if isinstance(kid, str) else None,
        kind,
        texts.get("crv"),
        algorithm if isinstance(algorithm, str) else None,
        {"kty": kind, **texts},
    )


def _has_usual_size(members: Mapping[str, str]) -> bool:
    try:
        modulus, exponent = _number(members["n"]), _number(members["e"])
    except ValueError:
        return False
    is_usual_exponent = len(exponent) <= _MOST_EXPONENT_BYTES
    return is_usual_exponent and int.from_bytes(modulus, "big").bit_length() in RSA_BITS


def _number(text: str) -> bytes:
    return base64url.decoded(text).lstrip(b"\0")
