"""Base64 as tokens and keys have it: with the letters for addresses, without padding (RFC 7515)."""

from __future__ import annotations

import base64


def encoded(content: bytes) -> str:
    """Return bytes as text."""
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    """Return the bytes of a text.

    Raises:
        ValueError: it is not such a text.
    """
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
