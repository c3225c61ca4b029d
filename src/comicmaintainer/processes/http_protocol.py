"""HTTP/1.1 on one connection, with limits on what an unauthenticated client may send.

The parser (httptools) has no limits. Limited are: the bytes of a request outside its body (address,
headers, trailers, chunk framing), how many requests may be pipelined, and how long a client may
keep us waiting: for a head, for the rest of a body, for the next request, or to read an answer.
Trailers are read and dropped, so nothing is added to the headers after they were checked.

Used by web_server, one object per connection. uvicorn's class, whose version is pinned, does the
rest. Sizes are in bytes; times are the loop's, in seconds.
"""

from __future__ import annotations

import asyncio
import json
from enum import Enum
from http import HTTPStatus
from typing import Any

import httptools
from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.httptools_impl import (
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)

from comicmaintainer.networks import network_of
from comicmaintainer.processes.http_connections import Connections

LARGEST_HEAD_BYTES = 64 << 10
"""For the address, headers and trailers of one request; the same as in h11."""
FRAMING_PER_BYTE = 16
"""Bytes of framing allowed for each byte of a chunked body; chunks may be small."""
MOST_AHEAD = 32
HEAD_WITHIN_S = 10.0
BODY_PATIENCE_S = 20.0
READ_PATIENCE_S = 60.0
"""Patience runs out while the client sends or reads nothing; progress restores it."""
SLOWEST_BYTES_PER_S = 500
LINGER_S = 2.0
"""Wait after a refusal: a client that is still sending would lose the answer if we closed now."""

_CODES = {
    HTTPStatus.BAD_REQUEST: "invalid_input",
    HTTPStatus.REQUEST_URI_TOO_LONG: "too_large",
    HTTPStatus.TOO_MANY_REQUESTS: "busy",
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE: "too_large",
    HTTPStatus.SERVICE_UNAVAILABLE: "busy",
}


class _Part(Enum):
    """Which part of a request is expected from the client."""

    HEAD = "head"
    BODY = "body"
    NEXT = "next"
    """The request is whole; the next one has not begun."""


class _BoundExceeded(Exception):
    """The request exceeds a limit. Internal: raised in callbacks to end the parsing."""


class BoundedProtocol(HttpToolsProtocol):
    """One of this process's `connections`."""

    def __init__(self, *args: Any, connections: Connections, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.network = ""
        self.heard_at = 0.0
        self._connections = connections
        self._part = _Part.HEAD
        self._head_bytes = 0
        self._framing_bytes = 0
        self._hosts = 0
        self._turn_since = 0.0
        self._body_patience_s = BODY_PATIENCE_S
        self._read_patience_s = READ_PATIENCE_S
        self._unread_bytes = 0
        self._refusal = (HTTPStatus.BAD_REQUEST, "This is not a valid HTTP request.")
        self._ignores_input = False
        self._refused_at: float | None = None
        self._served: RequestResponseCycle | None = None  # `cycle` may be a later, waiting request

    # --- the connection --------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Let a client in, if there is room."""
        super().connection_made(transport)
        self.network = network_of(self.client[0]) if self.client else ""
        self.heard_at = self._turn_since = self.loop.time()
        if not self._connections.admit(self, self.loop):
            self._refuse(HTTPStatus.SERVICE_UNAVAILABLE, "Too many connections are open.")

    def connection_lost(self, exc: Exception | None) -> None:
        """Make room for another, and tell every request that its client is gone."""
        self._connections.leave(self)
        self.pipeline.clear()
        self._mark_disconnected()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Handle what the client sent, within the limits."""
        if self._ignores_input:
            return
        self._unset_keepalive_if_required()
        self.heard_at = self.loop.time()
        if self._part is _Part.NEXT:
            self._begin_head()
        self._framing_bytes += len(data)
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            # Upgrades are not supported, and what follows is not a request, even if it looks so.
            self._ignores_input = True
            self.cycle.keep_alive = False
        except httptools.HttpParserError:
            self._refuse(*self._refusal)
        else:
            if self._framing_bytes > LARGEST_HEAD_BYTES:
                self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, _HEAD_TOO_LARGE)

    # --- callbacks of the parser -----------------------------------------------------------------

    def on_message_begin(self) -> None:
        """Begin a request."""
        super().on_message_begin()
        self._begin_head()

    def on_url(self, url: bytes) -> None:
        """Handle a piece of the address."""
        self._head_bytes += len(url)
        if self._head_bytes > LARGEST_HEAD_BYTES:
            self._stop(HTTPStatus.REQUEST_URI_TOO_LONG, _HEAD_TOO_LARGE)
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Handle a header; a trailer is only counted."""
        self._head_bytes += len(name) + len(value)
        if self._head_bytes > LARGEST_HEAD_BYTES:
            self._stop(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, _HEAD_TOO_LARGE)
        if self._part is _Part.HEAD:
            super().on_header(name, value)
            self._hosts += self.headers[-1][0] == b"host"

    def on_headers_complete(self) -> None:
        """Answer the request, or queue it behind earlier ones."""
        if self._hosts > 1 or (self._hosts == 0 and self.parser.get_http_version() != "1.0"):
            self._stop(HTTPStatus.BAD_REQUEST, "A request needs exactly one Host header.")
        if len(self.pipeline) >= MOST_AHEAD:
            self._stop(HTTPStatus.TOO_MANY_REQUESTS, "Too many requests wait for their answers.")
        self._part = _Part.BODY
        self._framing_bytes = 0
        self._body_patience_s = BODY_PATIENCE_S
        super().on_headers_complete()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self._served = cycle
        super()._start_asgi_task(cycle, app)

    def on_body(self, body: bytes) -> None:
        """Handle a piece of a body."""
        size = len(body)
        self._framing_bytes = max(0, self._framing_bytes - FRAMING_PER_BYTE * size)
        if not self.cycle.response_complete:
            patience_s = self._body_patience_s + size / SLOWEST_BYTES_PER_S
            self._body_patience_s = min(BODY_PATIENCE_S, patience_s)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Expect the next request."""
        self._part = _Part.NEXT
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Start the client's turn."""
        self._turn_since = self.loop.time()
        super().on_response_complete()

    # --- waiting for the client ------------------------------------------------------------------

    def is_waiting(self) -> bool:
        """Tell whether it is the client's turn: to send, or to read what was sent."""
        if self._is_slow_reader() or self._refused_at is not None:
            return True
        if self._part is _Part.BODY:
            return not self.flow.read_paused
        return not self._is_answering()

    def look(self, now: float, elapsed_s: float) -> None:
        """Close the connection if the client has kept us waiting for too long."""
        if self._is_slow_reader():
            self._look_at_reader(elapsed_s)
            return
        self._read_patience_s, self._unread_bytes = READ_PATIENCE_S, 0
        if not self.is_waiting():
            return
        if self._refused_at is not None:
            is_over = now - self._refused_at > LINGER_S
        elif self._part is _Part.BODY:
            self._body_patience_s -= elapsed_s
            is_over = self._body_patience_s <= 0
        elif self._part is _Part.HEAD:
            is_over = now - self._turn_since > HEAD_WITHIN_S
        else:
            is_over = now - max(self._turn_since, self.heard_at) > self.timeout_keep_alive
        if is_over:
            self.transport.close()

    def drop(self) -> None:
        """Close the connection at once, without an answer."""
        self.transport.abort()

    def _is_answering(self) -> bool:
        return self._served is not None and not self._served.response_complete

    def _is_slow_reader(self) -> bool:
        return self.flow.write_paused or self.transport.is_closing()

    def _look_at_reader(self, elapsed_s: float) -> None:
        unread = self.transport.get_write_buffer_size()
        read = max(0, self._unread_bytes - unread)
        self._unread_bytes = unread
        patience_s = self._read_patience_s - elapsed_s + read / SLOWEST_BYTES_PER_S
        self._read_patience_s = min(READ_PATIENCE_S, patience_s)
        if self._read_patience_s <= 0:
            self.transport.abort()

    # --- bounds ----------------------------------------------------------------------------------

    def _begin_head(self) -> None:
        if self._part is not _Part.HEAD:
            self._part = _Part.HEAD
            self._turn_since = self.heard_at
            self._framing_bytes = 0
        self._head_bytes = self._hosts = 0

    def _stop(self, status: HTTPStatus, message: str) -> None:
        self._refusal = (status, message)
        raise _BoundExceeded(message)

    def _refuse(self, status: HTTPStatus, message: str) -> None:
        """Answer that the request is refused, if the client can still match an answer; close."""
        self._ignores_input = True
        if self.transport.is_closing():
            return
        if not self._may_answer():
            self.transport.abort()
            return
        self._mark_disconnected()
        self.flow.resume_reading()
        self._refused_at = self.loop.time()
        self.transport.write(self._answer(status, message))
        if self.transport.can_write_eof():
            self.transport.write_eof()

    def _may_answer(self) -> bool:
        """Tell whether the client would match an answer with the refused request."""
        if self._served is None:
            return True
        if self._part is _Part.BODY:
            return self._served is self.cycle and not self._served.response_started
        return self._served.response_complete

    def _mark_disconnected(self) -> None:
        """Tell the application that nobody reads its answer any more."""
        if self._served is not None and not self._served.response_complete:
            self._served.disconnected = True
            self._served.message_event.set()

    def _answer(self, status: HTTPStatus, message: str) -> bytes:
        body = json.dumps({"error": {"code": _CODES[status], "message": message}}).encode()
        headers = [
            *self.server_state.default_headers,
            (b"content-type", b"application/json"),
            (b"content-length", str(len(body)).encode()),
            (b"cache-control", b"no-store"),
            (b"connection", b"close"),
        ]
        if status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE):
            headers.append((b"retry-after", b"5"))
        lines = [b"%s: %s\r\n" % header for header in headers]
        return b"".join([STATUS_LINE[status], *lines, b"\r\n", body])


_HEAD_TOO_LARGE = f"The head of a request may have at most {LARGEST_HEAD_BYTES >> 10} KiB."
