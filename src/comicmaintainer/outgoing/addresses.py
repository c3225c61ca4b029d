"""Comparing addresses of other hosts: of one origin, or at one of several hosts."""

from __future__ import annotations

from urllib.parse import SplitResult, urljoin, urlsplit

from comicmaintainer.networks import may_be_asked

_PORTS = {"https": 443, "http": 80}


def is_same_origin(one: str, other: str) -> bool:
    """Return whether two addresses may be asked and have the same scheme, host and port."""
    if not (may_be_asked(one) and may_be_asked(other)):
        return False
    return _origin(urlsplit(one)) == _origin(urlsplit(other))


def is_at(address: str, hosts: tuple[str, ...]) -> bool:
    """Return whether an https address is at one of these hosts or below them."""
    if not may_be_asked(address):
        return False
    parts = urlsplit(address)
    host = (parts.hostname or "").lower()
    return parts.scheme == "https" and any(
        host == each or host.endswith(f".{each}") for each in hosts
    )


def joined(address: str, target: str) -> str:
    """Return where an address sends to; "" if nothing can be made of it."""
    try:
        return urljoin(address, target)
    except ValueError:
        return ""


def host_of(address: str) -> str:
    """Return the host of an address, for messages."""
    try:
        return urlsplit(address).hostname or "nowhere"
    except ValueError:
        return "nowhere"


def _origin(parts: SplitResult) -> tuple[str, str, int | None]:
    return parts.scheme, (parts.hostname or "").lower(), parts.port or _PORTS.get(parts.scheme)
