"""Detects requests made by a page of another site (cross-site request forgery).

Browsers send Sec-Fetch-Site (W3C Fetch Metadata), but only to HTTPS and localhost; over plain HTTP
the Origin header decides. A page's script can set neither.
"""

from __future__ import annotations

from enum import StrEnum
from urllib.parse import urlsplit

from starlette.datastructures import Headers

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_DEFAULT_PORTS = {"http": 80, "https": 443}


class Maker(StrEnum):
    """Who made a request."""

    OWN_PAGE = "own page"
    OTHER_SITE = "other site"
    UNKNOWN = "unknown"
    """Not a browser, or one that sends neither header."""


def maker_of(headers: Headers) -> Maker:
    """Return who made the request with these headers."""
    site = headers.get("sec-fetch-site")
    if site is not None:
        return Maker.OWN_PAGE if site in ("same-origin", "none") else Maker.OTHER_SITE
    origin = headers.get("origin")
    if origin is None:
        return Maker.UNKNOWN
    return Maker.OWN_PAGE if _is_at(origin, headers.get("host", "")) else Maker.OTHER_SITE


def _is_at(origin: str, host: str) -> bool:
    """Return whether an origin (scheme://name:port) is the one in this Host header."""
    try:
        there, here = urlsplit(origin), urlsplit(f"//{host}")
        default = _DEFAULT_PORTS.get(there.scheme)
        return bool(there.hostname) and (there.hostname, there.port or default) == (
            here.hostname,
            here.port or default,
        )
    except ValueError:
        return False
