"""What a server can be asked, whichever program it is, and how a request is sent and judged.

A client is made for one piece of work and thrown away. It sends to its server's address and to no
other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from http import HTTPStatus
from typing import Any, Protocol

from comicmaintainer import json_input
from comicmaintainer.errors import SourceFailed, SourceStopped, UnusableAnswer
from comicmaintainer.media_servers.book_model import Move, ServerBook
from comicmaintainer.media_servers.model import MediaServer, ServerLibrary
from comicmaintainer.outgoing.transport import Call, Reply, Transport, TransportLimits

LIMITS = TransportLimits(connect_s=10.0, silence_s=30.0, whole_s=60.0)
_REFUSED = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)


class Client(Protocol):
    """One server. Every method may raise SourceError: it did not answer, or not as it should."""

    def libraries(self) -> list[ServerLibrary]:
        """Return the libraries that the key shows."""

    def scan(self, folders: Sequence[str]) -> Iterator[Sequence[str]]:
        """Ask for a look at folders, in the server's names.

        Yields folders as soon as nothing is left to ask for them, also those that the server does
        not show.
        """

    def books(self) -> Iterator[Sequence[ServerBook]]:
        """Yield all books, some at a time."""

    def carry(self, move: Move) -> bool:
        """Set what a book lacks of what is to hold of it; return whether the server has kept it."""

    def enlist(self, moves: Sequence[Move]) -> None:
        """Put books into the lists of those they have replaced."""

    def close(self) -> None:
        """End its connection."""


class Exchange:
    """Sends the requests of one client; `server` says where to."""

    def __init__(self, server: MediaServer, transport: Transport) -> None:
        self._server = server
        self._transport = transport
        self.name = server.name

    def send(
        self,
        path: str,
        *,
        headers: dict[str, str],
        query: Sequence[tuple[str, str]] = (),
        body: Any = None,
        posts: bool = False,
        method: str | None = None,
    ) -> Reply:
        """Send a request and return an answer that says that it was carried out.

        It is a POST if there is a `body`, sent as JSON, or with `posts`, unless `method` is named.

        Raises:
            SourceStopped: the server refuses the key.
            SourceFailed: it can't be reached, or answers with an error.
            UnusableAnswer: it refuses this request, or sends too much.
        """
        call = Call(
            self._server.name,
            self._server.url.rstrip("/") + path,
            self._transport.limits.answer_bytes,
            query=tuple(query),
            headers=headers,
            body=body,
            content=b"" if posts and body is None else None,
            local_names=True,
            verb=method,
        )
        reply = self._transport.send(call)
        self._require_fine(reply)
        return reply

    def json(self, path: str, **about: Any) -> Any:
        """Send a request as `send` does, and return the JSON of its answer.

        Raises:
            SourceError: see `send`; or it is no JSON.
        """
        reply = self.send(path, **about)
        try:
            return json_input.parse_plain(reply.body)
        except ValueError:
            raise SourceFailed(
                f"{self._server.name} sent something that is not JSON. Is this its address?"
            ) from None

    def unusable(self) -> UnusableAnswer:
        """Return the error for JSON that is not what was asked for."""
        return UnusableAnswer(
            f"{self._server.name} sent something other than what was asked for. Is this its"
            " address, and is it up to date?"
        )

    def close(self) -> None:
        """End the connection of this thread."""
        self._transport.close()

    def _require_fine(self, reply: Reply) -> None:
        name, status = self._server.name, reply.status
        if status in _REFUSED:
            raise SourceStopped(
                f"{name} refuses the key (HTTP {status}). Check it; it has to be that of an"
                " administrator."
            )
        if status == HTTPStatus.NOT_FOUND:
            raise UnusableAnswer(f"{name} does not know what was asked for (HTTP {status}).")
        if 400 <= status < 500:
            raise UnusableAnswer(f"{name} refuses the request (HTTP {status}).")
        if not 200 <= status < 300:
            raise SourceFailed(f"{name} answered with an error (HTTP {status}).")
