"""ID tokens that attackers make: unsigned, changed, or signed with what anybody has."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Mapping
from typing import Any

from joserfc import jws
from joserfc.jwk import Key

from tests.kit.openid_provider import CLIENT_SECRET, rsa_key, usual_token


def unsigned(claims: Mapping[str, Any], key: Key, algorithm: str) -> str:
    """Return a token without a signature."""
    parts = usual_token(claims, key, algorithm).split(".")
    return f"{encoded({'alg': 'none'})}.{parts[1]}."


def none_with_signature(claims: Mapping[str, Any], key: Key, algorithm: str) -> str:
    """Return a token that says it is unsigned, with a signature."""
    parts = usual_token(claims, key, algorithm).split(".")
    return f"{encoded({'alg': 'none', 'kid': 'one'})}.{parts[1]}.{parts[2]}"


def shared_secret(claims: Mapping[str, Any], key: Key, algorithm: str) -> str:
    """Return a token "signed" with the public key as if it were a shared secret."""
    return _hmac_signed({"alg": "HS256", "kid": "one"}, claims, rsa_key("one").as_pem(False))


def clients_secret(claims: Mapping[str, Any], key: Key, algorithm: str) -> str:
    """Return a token signed with the client's secret, which others may know."""
    return _hmac_signed({"alg": "HS256"}, claims, CLIENT_SECRET.encode())


def _hmac_signed(header: Mapping[str, Any], claims: Mapping[str, Any], secret: bytes) -> str:
    signed = f"{encoded(header)}.{encoded(claims)}"
    signature = base64.urlsafe_b64encode(hmac.digest(secret, signed.encode(), "sha256"))
    return f"{signed}.{signature.rstrip(b'=').decode()}"


def changed_claims(claims: Mapping[str, Any], key: Key, algorithm: str) -> str:
    """Return a token whose claims were changed after signing."""
    parts = usual_token(claims, key, algorithm).split(".")
    return f"{parts[0]}.{encoded({**claims, 'sub': 'root'})}.{parts[2]}"


def foreign_key(claims: Mapping[str, Any], key: Key, algorithm: str) -> str:
    """Return a token signed with a key of its own, which its header brings along."""
    own = rsa_key("evil")
    header = {"alg": "RS256", "kid": "one", "jwk": own.as_dict(private=False)}
    return jws.serialize_compact(header, json.dumps(claims), own, algorithms=["RS256"])


def other_algorithm(claims: Mapping[str, Any], key: Key, algorithm: str) -> str:
    """Return a token that names another algorithm than it is signed with."""
    parts = usual_token(claims, key, algorithm).split(".")
    return f"{encoded({'alg': 'ES256', 'kid': 'one'})}.{parts[1]}.{parts[2]}"


def critical(claims: Mapping[str, Any], key: Key, algorithm: str) -> str:
    """Return a token with an extension that must be understood."""
    parts = usual_token(claims, key, algorithm).split(".")
    header = {"alg": "RS256", "kid": "one", "crit": ["x"], "x": 1}
    return f"{encoded(header)}.{parts[1]}.{parts[2]}"


def deep(claims: Mapping[str, Any], key: Key, algorithm: str) -> str:
    """Return a token with deeply nested JSON."""
    nested = "[" * 20_000 + "]" * 20_000
    text = base64.urlsafe_b64encode(f'{{"alg":"RS256","x":{nested}}}'.encode())
    return f"{text.rstrip(b'=').decode()}.e30.e30"


def encoded(value: object) -> str:
    """Return JSON as a part of a token."""
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()
