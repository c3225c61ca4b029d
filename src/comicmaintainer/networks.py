"""Hosts and their networks: which count as one client, and which addresses may be asked.

Used for sign-in attempts, for open connections, and for requests to sources.
"""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
_LOCAL_DOMAINS = (".local", ".lan", ".home", ".internal", ".home.arpa")


def network_of(address: str) -> str:
    """Return a client's address; for IPv6 its /64, because one host can use all of those."""
    try:
        parsed = unmapped(ipaddress.ip_address(address))
    except ValueError:
        return address
    if parsed.version == 6:
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)


def may_be_asked(url: str, *, local_names: bool = False) -> bool:
    """Return whether requests may go to a URL: https, or http to a computer of this network.

    A URL that holds a name or a password is refused, because logs of others would show it. With
    `local_names`, http may also go to a host whose name has no dot, such as that of a container, or
    ends in a domain that no public host has. What is sent there can be read on the way.
    """
    if not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        return False
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return False
    if not parts.hostname or "@" in parts.netloc or not _can_be_host(parts.hostname):
        return False
    if parts.scheme == "https":
        return True
    is_near = _is_local(parts.hostname) or (local_names and _is_local_name(parts.hostname))
    return parts.scheme == "http" and is_near


def unmapped(address: IPAddress) -> IPAddress:
    """Return the IPv4 address that an IPv6 address stands for, or the address itself."""
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def _can_be_host(host: str) -> bool:
    """Return whether a host can be looked up at all; looking up others fails in odd ways."""
    name = host.removesuffix(".")
    return len(name) <= 253 and all(0 < len(label) <= 63 for label in name.split("."))


def _is_local(host: str) -> bool:
    if host.lower() == "localhost":
        return True
    try:
        address = unmapped(ipaddress.ip_address(host))
    except ValueError:
        return False
    is_nowhere = address.is_link_local or address.is_unspecified
    return address.is_loopback or (address.is_private and not is_nowhere)


def _is_local_name(host: str) -> bool:
    name = host.lower().rstrip(".")
    is_number = name.replace(".", "").isdigit() or ":" in name or name.startswith("0x")
    return not is_number and ("." not in name or name.endswith(_LOCAL_DOMAINS))
