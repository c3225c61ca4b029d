"""Sends one request over HTTP and returns what comes back, within limits.

Limits: https, except to this computer or its own network; redirects only to the same host; size
while reading, before and after unpacking; the time of the whole request, however slowly the other
side sends. Nothing here is logged, and no message holds an address's query, as that may hold a key.

httpx2 is imported with the first request: a process that makes none stays small.
"""

from __future__ import annotations

import logging
import socket
import threading
import time
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from comicmaintainer import __version__
from comicmaintainer.errors import SourceFailed, UnusableAnswer
from comicmaintainer.networks import may_be_asked
from comicmaintainer.outgoing.addresses import host_of, is_same_origin, joined

if TYPE_CHECKING:
    import ssl

    import httpx2

USER_AGENT = f"ComicMaintainer/{__version__}"
MOST_REDIRECTS = 3
_CHUNK_BYTES = 64 << 10
_LOGGERS = ("httpx2", "httpcore2")
"""They log the address of each request."""
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, slots=True)
class TransportLimits:
    """How large an answer may be (`packed` as it is sent), and how long a request may take."""

    answer_bytes: int = 8 << 20
    image_bytes: int = 32 << 20
    connect_s: float = 10.0
    silence_s: float = 20.0
    whole_s: float = 40.0


@dataclass(frozen=True, slots=True)
class Call:
    """A request as it is sent, with its secrets. `title` is who is asked, for messages.

    With a `body` (sent as JSON), the fields of a `form` or `content` (bytes as they are) it is a
    POST, otherwise a GET, unless `verb` is another method.
    With `only_start`, of the answer only what fits into `most_bytes` is
    read, nothing of one that is packed, and a redirect is an answer like any other. With
    `local_names`, http may go to hosts that only a local network can name.
    """

    title: str
    address: str
    most_bytes: int
    query: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: Any = None
    form: Mapping[str, str] | None = field(default=None, repr=False)
    content: bytes | None = field(default=None, repr=False)
    only_start: bool = False
    local_names: bool = False
    verb: str | None = None

    @property
    def method(self) -> str:
        """The method of the request."""
        if self.verb is not None:
            return self.verb
        sent = (self.body, self.form, self.content)
        return "GET" if all(each is None for each in sent) else "POST"


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back for one request; the names of headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def wish_s(self, now: float) -> float | None:
        """Return how many seconds `Retry-After` asks for, or None."""
        text = self.headers.get("retry-after", "")
        if text.isascii() and text.isdigit() and len(text) < 9:
            return float(text)
        try:
            return max(0.0, parsedate_to_datetime(text).timestamp() - now)
        except (ValueError, TypeError, IndexError, OverflowError):
            return None


class Transport:
    """Connections of one process; each thread has its own, which is kept for the next request."""

    def __init__(self, limits: TransportLimits | None = None) -> None:
        self.limits = limits or TransportLimits()
        self._local = threading.local()
        self._tls: ssl.SSLContext | None = None

    def send(self, call: Call) -> Reply:
        """Send a request and return the answer, whatever its status.

        Raises:
            SourceFailed: it can't be reached, sends elsewhere, or stopped in the middle.
            UnusableAnswer: the answer is too large.
        """
        import httpx2

        line = self._line()
        ends_at = time.monotonic() + self.limits.whole_s
        try:
            with _deadline(line, self.limits.whole_s):
                return self._follow(line, call, ends_at)
        except (httpx2.HTTPError, httpx2.StreamError, httpx2.InvalidURL) as error:
            line.drop()
            if time.monotonic() >= ends_at:
                raise _too_slow(call) from None
            raise _failure(call, error) from None

    def _follow(self, line: _Line, call: Call, ends_at: float) -> Reply:
        address, query = call.address, call.query
        for _ in range(MOST_REDIRECTS + 1):
            if not may_be_asked(address, local_names=call.local_names):
                raise SourceFailed(f"{call.title} has an address that may not be asked.")
            reply = self._once(line, call, (address, query), ends_at)
            if call.only_start or reply.status not in _REDIRECTS:
                return reply
            target = joined(address, reply.headers.get("location", ""))
            if not is_same_origin(address, target):
                raise SourceFailed(
                    f"{call.title} sends to another host ({host_of(target)}), which is not "
                    "followed. Check its address in the settings, and the network."
                )
            address, query = target, () if "?" in target else query
        raise SourceFailed(f"{call.title} sends from one address to the next without end.")

    def _once(
        self,
        line: _Line,
        call: Call,
        where: tuple[str, tuple[tuple[str, str], ...]],
        ends_at: float,
    ) -> Reply:
        address, query = where
        with line.client.stream(
            call.method,
            address,
            params=query or None,
            headers=[(name.encode(), value.encode()) for name, value in call.headers.items()],
            json=call.body,
            data=call.form,
            content=call.content,
            extensions={"trace": line.remember},
        ) as response:
            headers = {name.lower(): value for name, value in response.headers.items()}
            if call.only_start:
                return Reply(response.status_code, headers, _start_of(response, call, ends_at))
            packed = _bounded(response.iter_raw(_CHUNK_BYTES), call, ends_at)
            coding = headers.get("content-encoding", "")
            body = b"".join(_bounded(_unpacked(packed, coding, call), call, ends_at))
            if time.monotonic() >= ends_at:  # an answer without a length looks whole when it is cut
                raise _too_slow(call)
            return Reply(response.status_code, headers, body)

    def _line(self) -> _Line:
        import httpx2

        line: _Line | None = getattr(self._local, "line", None)
        if line is None:
            for name in _LOGGERS:
                logging.getLogger(name).setLevel(logging.WARNING)
            if self._tls is None:
                self._tls = httpx2.create_ssl_context()
            limits = self.limits
            client = httpx2.Client(
                verify=self._tls,
                headers={"User-Agent": USER_AGENT, "Accept-Encoding": "gzip"},
                timeout=httpx2.Timeout(limits.silence_s, connect=limits.connect_s),
                limits=httpx2.Limits(max_connections=1, max_keepalive_connections=1),
                follow_redirects=False,
                trust_env=False,
            )
            self._local.line = line = _Line(client, self._forget)
        return line

    def _forget(self) -> None:
        self._local.line = None

    def close(self) -> None:
        """Close this thread's connection."""
        line: _Line | None = getattr(self._local, "line", None)
        if line is not None:
            line.drop()


class _Line:
    """The connection of one thread, with its socket, so that another thread can end it."""

    def __init__(self, client: httpx2.Client, forget: Any) -> None:
        self.client = client
        self._forget = forget
        self._stream: Any = None

    def remember(self, event: str, info: Mapping[str, Any]) -> None:
        """Keep the newest stream; a callback of httpcore's `trace` extension."""
        if event in ("connection.connect_tcp.complete", "connection.start_tls.complete"):
            self._stream = info.get("return_value")

    def cut(self) -> None:
        """End the connection at once, from any thread: who reads from it is woken."""
        stream = self._stream
        connected = None if stream is None else stream.get_extra_info("socket")
        if connected is not None:
            try:
                connected.shutdown(socket.SHUT_RDWR)
            except OSError:
                return  # it has ended already

    def drop(self) -> None:
        """Close the connection; the thread's next request opens another."""
        self.client.close()
        self._forget()


@contextmanager
def _deadline(line: _Line, seconds: float) -> Iterator[None]:
    """Cut the connection if the block takes longer, also while it waits for a slow sender."""
    timer = threading.Timer(seconds, line.cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _bounded(chunks: Iterator[bytes], call: Call, ends_at: float) -> Iterator[bytes]:
    total = 0
    for chunk in chunks:
        total += len(chunk)
        if total > call.most_bytes:
            raise UnusableAnswer(
                f"{call.title} sent more than {call.most_bytes >> 20} MiB as one answer; it was "
                "not kept."
            )
        if time.monotonic() > ends_at:
            raise _too_slow(call)
        yield chunk


def _start_of(response: httpx2.Response, call: Call, ends_at: float) -> bytes:
    """Read what fits into `call.most_bytes`; the rest is left, and the connection ends with it."""
    if response.headers.get("content-encoding", "identity") != "identity":
        return b""
    start = b""
    for chunk in response.iter_raw(_CHUNK_BYTES):
        start += chunk
        if time.monotonic() > ends_at:
            raise _too_slow(call)
        if len(start) >= call.most_bytes:
            break
    return start[: call.most_bytes]


def _unpacked(chunks: Iterator[bytes], coding: str, call: Call) -> Iterator[bytes]:
    """Unpack what was asked for (gzip), a little at a time, so that a bomb is noticed early."""
    if coding in ("", "identity"):
        yield from chunks
        return
    if coding != "gzip":
        raise SourceFailed(f"{call.title} packed its answer in a way that was not asked for.")
    unpacker = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        for chunk in chunks:
            yield unpacker.decompress(chunk, _CHUNK_BYTES)
            while unpacker.unconsumed_tail:
                yield unpacker.decompress(unpacker.unconsumed_tail, _CHUNK_BYTES)
        yield unpacker.flush()
    except zlib.error:
        raise SourceFailed(f"{call.title} sent a damaged answer.") from None
    if not unpacker.eof:
        raise SourceFailed(f"{call.title} stopped in the middle of its answer.")


def _too_slow(call: Call) -> SourceFailed:
    return SourceFailed(f"{call.title} took too long to answer.")


def _failure(call: Call, error: Exception) -> SourceFailed:
    """Return what happened; never with the error's own text, which may hold a key."""
    import httpx2

    if isinstance(error, httpx2.ConnectError):
        return SourceFailed(
            f"{call.title} can't be reached: no connection. Check the network and its address."
        )
    if isinstance(error, httpx2.TimeoutException):
        return _too_slow(call)
    if isinstance(error, httpx2.RemoteProtocolError | httpx2.ReadError):
        return SourceFailed(f"{call.title} stopped in the middle of its answer.")
    return SourceFailed(f"{call.title} can't be reached ({type(error).__name__}).")
