"""Secrets and signatures of webhooks, as in the Standard Webhooks specification 1.0.

A secret is `whsec_` and the Base64 form of 24 to 64 bytes. What is signed (HMAC-SHA256) is
`{id}.{timestamp}.{body}`, the body as it is sent. https://www.standardwebhooks.com
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Iterable, Mapping

_PREFIX = "whsec_"
_NEW_BYTES = 32
_FEWEST_BYTES, _MOST_BYTES = 24, 64


def new_secret() -> str:
    """Return a secret that nobody can guess."""
    return _PREFIX + base64.b64encode(secrets.token_bytes(_NEW_BYTES)).decode()


def is_secret(text: str) -> bool:
    """Return whether a text is a secret as the specification wants it."""
    try:
        return _FEWEST_BYTES <= len(_key(text)) <= _MOST_BYTES
    except ValueError:
        return False


def signed_headers(
    event_id: str, body: bytes, secrets_: Iterable[str], *, now: float
) -> Mapping[str, str]:
    """Return the headers of a request with this body, signed with each of the secrets."""
    at = str(int(now))
    content = b".".join((event_id.encode(), at.encode(), body))
    signatures = [hmac.new(_key(secret), content, hashlib.sha256).digest() for secret in secrets_]
    return {
        "webhook-id": event_id,
        "webhook-timestamp": at,
        "webhook-signature": " ".join(f"v1,{base64.b64encode(s).decode()}" for s in signatures),
    }


def _key(secret: str) -> bytes:
    if not secret.startswith(_PREFIX):
        raise ValueError
    try:
        return base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except binascii.Error as error:
        raise ValueError from error
