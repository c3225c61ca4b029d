"""Addresses of other hosts: which ones people may set, and how they are compared."""

from __future__ import annotations

from urllib.parse import SplitResult, urljoin, urlsplit

from comicmaintainer.errors import InvalidInput
from comicmaintainer.networks import may_be_asked

LONGEST_ADDRESS = 2000
_PORTS = {"https": 443, "http": 80}


def checked_address(text: str, *, without: str = "#") -> str:
    """Return an address that a person has set, without spaces around it.

    Raises:
        InvalidInput: it may not be asked, is too long, or has a character of `without`.
    """
    address = text.strip()
    is_allowed = may_be_asked(address, local_names=True) and not set(without) & set(address)
    if not is_allowed or len(address) > LONGEST_ADDRESS:
        raise InvalidInput(
            "This address is not allowed. Use one like https://host/path; http only in the local"
            " network: localhost, a private IP address, a name without a dot, or one that ends in"
            " .local, .lan, .home, .home.arpa or .internal.",
            field="url",
        )
    return address


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
