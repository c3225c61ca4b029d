"""Which network stands for a client, wherever clients are counted: sign-ins, open connections."""

from __future__ import annotations

import ipaddress


def network_of(address: str) -> str:
    """Return a client's address, or its /64 where one host has so many addresses (IPv6)."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if parsed.version == 6:
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)
