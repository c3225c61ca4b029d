"""Which client speaks with which server."""

from __future__ import annotations

from collections.abc import Callable

from comicmaintainer.media_servers.client import LIMITS, Client
from comicmaintainer.media_servers.kavita import Kavita
from comicmaintainer.media_servers.komga import Komga
from comicmaintainer.media_servers.model import MediaServer, ServerKind
from comicmaintainer.outgoing.transport import Transport

Clients = Callable[[MediaServer], Client]
"""Returns the client of a server."""


def clients_over(transport: Transport | None = None) -> Clients:
    """Return what makes clients that send over one transport."""
    chosen = transport or Transport(LIMITS)

    def client_of(server: MediaServer) -> Client:
        if server.kind is ServerKind.KOMGA:
            return Komga(server, chosen)
        return Kavita(server, chosen)

    return client_of
