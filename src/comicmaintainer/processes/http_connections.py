"""The open connections of one web worker, their limits, and which one is closed to make room.

Used by http_protocol, on the event loop. At the limit, the connection that has waited longest for
its client is closed, so an incomplete request never keeps out a complete one, even if all come from
one address, as behind a proxy. A new connection is refused only if all others are being served.
Times are the loop's, in seconds.
"""

from __future__ import annotations

import asyncio
from heapq import nsmallest
from typing import Any, Protocol

import uvloop

HANDSHAKE_WITHIN_S = 10.0
LOOK_EVERY_S = 1.0
_CLOSED_TOGETHER = 8
"""Connections closed in one go, so that a flood of new ones does not cost a search each."""


class Connection(Protocol):
    """What `Connections` needs to know of one connection."""

    network: str
    """The client's address, or the network that counts as one client."""
    heard_at: float
    """When the client last sent something."""

    def is_waiting(self) -> bool:
        """Tell whether it is the client's turn: to send, or to read what was sent."""
        ...

    def look(self, now: float, elapsed_s: float) -> None:
        """Close it if its client has taken too long; `elapsed_s` is since the last look."""
        ...

    def drop(self) -> None:
        """Close it at once."""
        ...


class Connections:
    """At most `most` connections, and `most_per_network` from one network (0: no such limit)."""

    def __init__(self, most: int, most_per_network: int) -> None:
        self._most = most
        self._most_per_network = most_per_network or most
        self._all: set[Connection] = set()
        self._of_network: dict[str, set[Connection]] = {}
        self._next_look: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        """Return how many connections are open."""
        return len(self._all)

    def admit(self, newcomer: Connection, loop: asyncio.AbstractEventLoop) -> bool:
        """Add a connection; return False if there is no room and none can be made."""
        neighbours = self._of_network.setdefault(newcomer.network, set())
        has_room = (len(neighbours) < self._most_per_network or self._make_room(neighbours)) and (
            len(self._all) < self._most or self._make_room(self._all)
        )
        # A refused connection is open too, until its answer is sent.
        self._of_network.setdefault(newcomer.network, set()).add(newcomer)
        self._all.add(newcomer)
        if self._next_look is None:
            self._look_later(loop)
        return has_room

    def leave(self, connection: Connection) -> None:
        """Forget a connection that has ended."""
        self._all.discard(connection)
        neighbours = self._of_network.get(connection.network)
        if neighbours is not None:
            neighbours.discard(connection)
            if not neighbours:
                del self._of_network[connection.network]

    def _make_room(self, among: set[Connection]) -> bool:
        waiting = (connection for connection in among if connection.is_waiting())
        silent = nsmallest(_CLOSED_TOGETHER, waiting, key=lambda connection: connection.heard_at)
        for connection in silent:
            self.leave(connection)
            connection.drop()
        return bool(silent)

    def _look_later(self, loop: asyncio.AbstractEventLoop) -> None:
        self._next_look = loop.call_later(LOOK_EVERY_S, self._look, loop, loop.time())

    def _look(self, loop: asyncio.AbstractEventLoop, looked_at: float) -> None:
        self._next_look = None
        now = loop.time()
        for connection in list(self._all):
            connection.look(now, now - looked_at)
        if self._all:
            self._look_later(loop)


class ListeningLoop(uvloop.Loop):
    """An event loop whose servers give a TLS handshake no more time than a request's head."""

    async def create_server(self, *args: Any, **kwargs: Any) -> Any:
        """Create a server; see asyncio."""
        if kwargs.get("ssl"):
            kwargs.setdefault("ssl_handshake_timeout", HANDSHAKE_WITHIN_S)
        return await super().create_server(*args, **kwargs)
