"""Sign-in by a trusted proxy, which names the user in a header (REMOTE_USER_FROM).

The header counts only if the connection itself comes from one of the proxies; what they say of
the client's address does not matter. From anybody else it is ignored, and the log says so once.
"""

from __future__ import annotations

import ipaddress
import logging
from collections.abc import Sequence

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from comicmaintainer.errors import NotSignedIn
from comicmaintainer.networks import unmapped

logger = logging.getLogger(__name__)

_PEER = "peer"


class NotePeer:
    """Notes the address of the connection, before proxies' headers replace it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "http":
            client = scope.get("client")
            scope.setdefault("state", {})[_PEER] = client[0] if client else ""
        await self._app(scope, receive, send)


class RemoteUser:
    """Reads the header `header` of connections from `networks`."""

    def __init__(self, networks: Sequence[str], header: str) -> None:
        self._networks = [ipaddress.ip_network(network) for network in networks]
        self._header = header
        self._is_told = False

    def name_in(self, scope: Scope) -> str | None:
        """Return the name that a trusted proxy gives, or None.

        Raises:
            NotSignedIn: the header is there more than once, so that no one can say which is meant.
        """
        if not self._networks:
            return None
        values = Headers(scope=scope).getlist(self._header)
        if not values:
            return None
        peer = scope.get("state", {}).get(_PEER, "")
        if not self._is_trusted(peer):
            if not self._is_told:
                self._is_told = True
                logger.warning(
                    "The header %s from %s is ignored, because it is not in REMOTE_USER_FROM",
                    self._header,
                    peer or "an unknown address",
                )
            return None
        if len(values) > 1:
            raise NotSignedIn(f"The header {self._header} was sent more than once.")
        try:
            return values[0].encode("latin-1").decode("utf-8").strip() or None
        except UnicodeDecodeError:
            return values[0].strip() or None

    def _is_trusted(self, peer: str) -> bool:
        try:
            address = unmapped(ipaddress.ip_address(peer))
        except ValueError:
            return False
        return any(address in network for network in self._networks)
