"""The network that counts as one client, for sign-in attempts and open connections."""

from __future__ import annotations

import ipaddress


def network_of(address: str) -> str:
    """Return a client's address; for IPv6 its /64, because one host can use all of those."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if parsed.version == 6:
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)
