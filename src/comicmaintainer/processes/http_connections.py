"""The open connections of one web worker: how many there may be, and who makes room at the limit.

Used by http_protocol, on the event loop. At the limit, the connection whose client has been silent
for longest while it was the client's turn makes room: half a request never keeps a whole one out,
also where all come from one address, as behind a proxy. Only where every connection is being served
is the newcomer refused. Times are the loop's, in seconds.
"""

from __future__ import annotations

import asyncio
from heapq import nsmallest
from typing import Any, Protocol

import uvloop

HANDSHAKE_WITHIN_S = 10.0
LOOK_EVERY_S = 1.0
_ROOM_MADE = 8
"""Closed at once to make room, so that a flood of newcomers does not cost a search each."""


class Connection(Protocol):
    """What is known of a connection here."""

    network: str
    """Where its client is: an address, or the network that stands for one."""
    heard_at: float
    """When the client sent something last."""

    def is_waiting(self) -> bool:
        """Tell whether it is the client's turn: to send, or to read what was sent."""
        ...

    def look(self, now: float, elapsed_s: float) -> None:
        """End it if its client has been waited for too long; `elapsed_s` since the last look."""
        ...

    def drop(self) -> None:
        """End it at once."""
        ...


class Connections:
    """At most `most` connections, and `most_per_network` of one network (0: as many as of all)."""

    def __init__(self, most: int, most_per_network: int) -> None:
        self._most = most
        self._most_per_network = most_per_network or most
        self._all: set[Connection] = set()
        self._of_network: dict[str, set[Connection]] = {}
        self._next_look: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        """Return how many are open."""
        return len(self._all)

    def admit(self, newcomer: Connection, loop: asyncio.AbstractEventLoop) -> bool:
        """Take in a connection; False if there is no room and none can be made."""
        neighbours = self._of_network.setdefault(newcomer.network, set())
        has_room = (len(neighbours) < self._most_per_network or self._make_room(neighbours)) and (
            len(self._all) < self._most or self._make_room(self._all)
        )
        # Also one that is refused is open until its answer has gone out.
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
        silent = nsmallest(_ROOM_MADE, waiting, key=lambda connection: connection.heard_at)
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
    """An event loop whose servers wait for a TLS handshake no longer than for a head."""

    async def create_server(self, *args: Any, **kwargs: Any) -> Any:
        """Listen; see asyncio."""
        if kwargs.get("ssl"):
            kwargs.setdefault("ssl_handshake_timeout", HANDSHAKE_WITHIN_S)
        return await super().create_server(*args, **kwargs)
