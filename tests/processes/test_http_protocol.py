"""The protocol over a transport that records, on a loop whose clock the test moves."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

import pytest
import uvicorn
from uvicorn.server import ServerState

from comicmaintainer.processes import http_protocol as bounds
from comicmaintainer.processes.http_connections import Connections
from comicmaintainer.processes.http_protocol import LARGEST_HEAD_BYTES, MOST_AHEAD, BoundedProtocol
from tests.kit.event_loop import run_coroutine

GET = b"GET /echo HTTP/1.1\r\nHost: nas\r\n\r\n"
CHUNKED = b"POST /echo HTTP/1.1\r\nHost: nas\r\nTransfer-Encoding: chunked\r\n\r\n"


class Pipe(asyncio.Transport):
    """A transport that keeps what is written; `unread` bytes of it the client has not read."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.unread = 0
        self.closed = False
        self.aborted = False
        self.ended = False

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return {"peername": ["192.0.2.7", 4000], "sockname": ["192.0.2.1", 5000]}.get(name, default)

    def write(self, data: Any) -> None:
        self.written += bytes(data)

    def close(self) -> None:
        self.closed = True

    def abort(self) -> None:
        self.closed = self.aborted = True

    def is_closing(self) -> bool:
        return self.closed

    def get_write_buffer_size(self) -> int:
        return self.unread

    def can_write_eof(self) -> bool:
        return True

    def write_eof(self) -> None:
        self.ended = True

    def pause_reading(self) -> None:
        pass

    def resume_reading(self) -> None:
        pass


class Host:
    """A server without sockets: its application answers with what it was sent."""

    def __init__(self, loop: asyncio.AbstractEventLoop, connections: Connections) -> None:
        self.now = 1000.0
        self.seen: list[dict[str, Any]] = []
        self.may_answer = asyncio.Event()
        self.may_answer.set()
        loop.time = lambda: self.now  # type: ignore[method-assign]
        self._loop = loop
        self._connections = connections
        self._config = uvicorn.Config(
            self._answer, log_config=None, interface="asgi3", ws="none", lifespan="off"
        )

    def connect(self) -> tuple[BoundedProtocol, Pipe]:
        pipe = Pipe()
        protocol = BoundedProtocol(
            self._config, ServerState(), {}, self._loop, connections=self._connections
        )
        protocol.connection_made(pipe)
        return protocol, pipe

    async def _answer(self, scope: Any, receive: Any, send: Any) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                self.seen.append({"path": scope["path"], "disconnected": True})
                return
            body += message["body"]
            more = message["more_body"]
        await self.may_answer.wait()
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        self.seen.append({"path": scope["path"], "headers": headers, "body": len(body)})
        text = b"%d" % len(body)
        length = (b"content-length", b"%d" % len(text))
        await send({"type": "http.response.start", "status": 200, "headers": [length]})
        await send({"type": "http.response.body", "body": text})

    async def until_idle(self) -> None:
        for _ in range(50):
            await asyncio.sleep(0)

    async def wait(self, seconds: float) -> None:
        """Move the clock on, a second at a time."""
        for _ in range(round(seconds)):
            self.now += 1.0
            await self.until_idle()


Scene = Callable[[Host], Coroutine[Any, Any, None]]


@pytest.fixture
def play() -> Callable[[Scene], None]:
    """Return what runs a scene with a host."""

    def run(scene: Scene, most: int = 100, per_network: int = 0) -> None:
        async def inner() -> None:
            host = Host(asyncio.get_running_loop(), Connections(most, per_network))
            await scene(host)

        run_coroutine(inner())

    return run


def error_of(pipe: Pipe) -> tuple[int, str]:
    """The status and the code of the only answer."""
    head, _, body = pipe.written.partition(b"\r\n\r\n")
    assert pipe.written.count(b"HTTP/1.1 ") == 1
    assert b"connection: close" in head
    return int(head.split()[1]), json.loads(body)["error"]["code"]


# --- sizes ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("begin", "more", "status"),
    [
        (b"GET /login HTTP/1.1\r\nHost: nas\r\nX: ", b"a" * 8192, 431),
        (b"GET /login HTTP/1.1\r\nHost: nas\r\n", b"X: a\r\n" * 1000, 431),
        (b"GET /login HTTP/1.1\r\nHost: nas\r\n" + b"n" * 100, b"n" * 8192, 431),
        (b"GET /", b"a" * 8192, 414),
        (b"GET /?q=", b"a" * 8192, 414),
        (b"", b"\r\n" * 4096, 431),
        (CHUNKED + b"1\r\na\r\n0\r\n", b"X-Trailer: a\r\n" * 1000, 431),
        (CHUNKED + b"1\r\na\r\n0\r\nX: ", b"a" * 8192, 431),
        (CHUNKED + b"1;", b"a" * 8192, 431),
        (CHUNKED, b"1;" + b"a" * 8190 + b"\r\na\r\n", 431),
    ],
    ids=[
        "header value",
        "headers",
        "header name",
        "path",
        "query",
        "empty lines",
        "trailers",
        "trailer value",
        "chunk extension",
        "chunk extensions",
    ],
)
def test_endless_head_is_refused_and_not_buffered(play, begin, more, status):
    async def scene(host: Host) -> None:
        protocol, pipe = host.connect()
        protocol.data_received(begin)
        sent = 0
        while not pipe.written:
            protocol.data_received(more)
            await host.until_idle()
            sent += len(more)
            assert sent <= LARGEST_HEAD_BYTES + 2 * len(more)
        assert error_of(pipe) == (status, "too_large")
        assert sum(map(len, sum(protocol.headers or [], ()))) <= LARGEST_HEAD_BYTES

    play(scene)


@pytest.mark.parametrize("piece", [100, 4096, 1 << 20])
def test_head_up_to_the_limit_is_accepted_in_any_pieces(play, piece):
    async def scene(host: Host) -> None:
        protocol, pipe = host.connect()
        request = b"GET /echo HTTP/1.1\r\nHost: nas\r\n" + b"X: " + b"a" * 65000 + b"\r\n\r\n"
        for _ in range(3):
            for at in range(0, len(request), piece):
                protocol.data_received(request[at : at + piece])
            await host.until_idle()
        assert pipe.written.count(b"HTTP/1.1 200 OK") == 3
        assert not pipe.closed

    play(scene)


@pytest.mark.parametrize("end", [b"", b"\r\n\r\n"])
@pytest.mark.parametrize("before", [b"", GET])
def test_large_head_in_one_piece_is_refused(play, before, end):
    async def scene(host: Host) -> None:
        protocol, pipe = host.connect()
        protocol.data_received(before)
        await host.until_idle()
        host.seen.clear()
        pipe.written = b""
        protocol.data_received(GET[:-2] + b"X: " + b"a" * LARGEST_HEAD_BYTES + end)
        await host.until_idle()
        assert error_of(pipe) == (431, "too_large")
        assert host.seen == []

    play(scene)


def test_body_in_small_chunks_is_accepted(play):
    async def scene(host: Host) -> None:
        protocol, pipe = host.connect()
        protocol.data_received(CHUNKED)
        for _ in range(100):
            protocol.data_received(b"1\r\na\r\n" * 1000)
            await host.until_idle()
        protocol.data_received(b"0\r\n\r\n")
        await host.until_idle()
        assert pipe.written.endswith(b"100000")

    play(scene)


def test_trailers_do_not_join_the_headers(play):
    async def scene(host: Host) -> None:
        protocol, pipe = host.connect()
        protocol.data_received(CHUNKED + b"1\r\na\r\n0\r\nX-Forwarded-For: 192.0.2.9\r\n\r\n")
        await host.until_idle()
        assert pipe.written.endswith(b"1")
        assert list(host.seen[0]["headers"]) == ["host", "transfer-encoding"]

    play(scene)


# --- shapes --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"POST /a HTTP/1.1\r\nHost: nas\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"0\r\n\r\n" + GET,
        b"POST /a HTTP/1.1\r\nHost: nas\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n12345",
        b"POST /a HTTP/1.1\r\nHost: nas\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + GET,
        b"POST /a HTTP/1.1\r\nHost: nas\r\nTransfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n" + GET,
        b"POST /a HTTP/1.1\r\nHost: nas\r\nContent-Length : 5\r\n\r\n12345",
        b"POST /a HTTP/1.1\r\nHost: nas\r\nContent-Length: +5\r\n\r\n12345",
        b"GET /a HTTP/1.1\r\n\r\n",
        b"GET /a HTTP/1.1\r\nHost: nas\r\nHost: evil\r\n\r\n",
        b"GET /a HTTP/1.1\r\nHost: nas\r\nX: a\r\n b\r\n\r\n",
        b"GET /a HTTP/1.1\nHost: nas\n\n",
        b"GET /\xff HTTP/1.1\r\nHost: nas\r\n\r\n",
        b"CONNECT evil:80 HTTP/1.1\r\nHost: evil:80\r\n\r\n",
        b"GET /a HTTP/9.9\r\nHost: nas\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00",
    ],
)
def test_ambiguous_request_is_refused(play, request_bytes):
    async def scene(host: Host) -> None:
        protocol, pipe = host.connect()
        protocol.data_received(request_bytes)
        await host.until_idle()
        assert error_of(pipe)[0] == 400
        assert [each for each in host.seen if "headers" in each] == []
        protocol.data_received(GET)
        await host.until_idle()
        assert pipe.written.count(b"HTTP/1.1 ") == 1

    play(scene)


def test_bytes_after_an_upgrade_are_not_parsed_as_a_request(play):
    async def scene(host: Host) -> None:
        protocol, pipe = host.connect()
        head = b"POST /first HTTP/1.1\r\nHost: nas\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n"
        protocol.data_received(head + b"Content-Length: %d\r\n\r\n" % len(GET))
        protocol.data_received(GET)
        await host.until_idle()
        assert [each["path"] for each in host.seen] == ["/first"]
        assert pipe.closed

    play(scene)


def test_pipelined_requests_are_answered_in_order_up_to_the_limit(play):
    async def scene(host: Host) -> None:
        protocol, pipe = host.connect()
        protocol.data_received(GET * (MOST_AHEAD + 1))
        await host.until_idle()
        assert pipe.written.count(b"HTTP/1.1 200 OK") == MOST_AHEAD + 1
        host.may_answer.clear()
        protocol.data_received(GET * 20_000)
        await host.until_idle()
        assert len(protocol.pipeline) <= MOST_AHEAD
        assert pipe.aborted

    play(scene)


def test_requests_of_a_lost_connection_are_disconnected(play):
    async def scene(host: Host) -> None:
        protocol, pipe = host.connect()
        protocol.data_received(CHUNKED)
        await host.until_idle()
        protocol.data_received(b"1\r\na\r\n")
        protocol.connection_lost(ConnectionResetError())
        await host.until_idle()
        assert host.seen == [{"path": "/echo", "disconnected": True}]
        host.seen.clear()
        host.may_answer.clear()
        protocol, pipe = host.connect()
        protocol.data_received(GET + GET)
        await host.until_idle()
        protocol.connection_lost(ConnectionResetError())
        host.may_answer.set()
        await host.until_idle()
        assert pipe.written == b""
        assert len(host.seen) == 1

    play(scene)


# --- times ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("begin", "dribbled"),
    [(b"", b""), (b"", b"\r\n"), (b"GET /a HTTP/1.1\r\nHost: nas\r\n", b"X: a\r\n")],
)
def test_missing_head_times_out(play, begin, dribbled):
    async def scene(host: Host) -> None:
        protocol, pipe = host.connect()
        protocol.data_received(begin)
        for _ in range(round(bounds.HEAD_WITHIN_S)):
            await host.wait(1)
            assert not pipe.closed
            protocol.data_received(dribbled)
        await host.wait(2)
        assert pipe.closed

    play(scene)


def test_second_head_of_a_connection_times_out_as_soon_as_the_first(play):
    async def scene(host: Host) -> None:
        protocol, pipe = host.connect()
        protocol.data_received(GET)
        await host.wait(3)
        protocol.data_received(b"GET ")
        await host.wait(bounds.HEAD_WITHIN_S)
        assert not pipe.closed
        await host.wait(2)
        assert pipe.closed

    play(scene)


def test_idle_connection_is_closed_after_the_keepalive(play):
    async def scene(host: Host) -> None:
        protocol, pipe = host.connect()
        protocol.timeout_keep_alive = 30
        protocol.data_received(GET)
        await host.wait(29)
        assert not pipe.closed
        await host.wait(3)
        assert pipe.closed

    play(scene)


def test_body_may_take_long_while_it_makes_progress(play):
    async def scene(host: Host) -> None:
        protocol, pipe = host.connect()
        protocol.data_received(b"POST /echo HTTP/1.1\r\nHost: nas\r\nContent-Length: 99999\r\n\r\n")
        for _ in range(90):
            protocol.data_received(b"a" * bounds.SLOWEST_BYTES_PER_S)
            await host.wait(1)
        assert not pipe.closed
        for _ in range(round(bounds.BODY_PATIENCE_S) + 3):
            protocol.data_received(b"a")
            await host.wait(1)
        assert pipe.closed

    play(scene)


def test_rest_of_a_refused_body_is_read_only_briefly(play):
    async def scene(host: Host) -> None:
        async def refuse(scope: Any, receive: Any, send: Any) -> None:
            length = (b"content-length", b"0")
            await send({"type": "http.response.start", "status": 401, "headers": [length]})
            await send({"type": "http.response.body"})

        protocol, pipe = host.connect()
        protocol.app = refuse
        protocol.data_received(b"POST /a HTTP/1.1\r\nHost: n\r\nContent-Length: 9999999999\r\n\r\n")
        for _ in range(round(bounds.BODY_PATIENCE_S) + 2):
            protocol.data_received(b"a" * 65536)
            await host.wait(1)
        assert b"401" in pipe.written
        assert pipe.closed

    play(scene)


def test_slow_answer_does_not_time_out(play):
    async def scene(host: Host) -> None:
        protocol, pipe = host.connect()
        host.may_answer.clear()
        protocol.data_received(GET)
        await host.wait(600)
        assert not pipe.closed
        host.may_answer.set()
        await host.until_idle()
        assert pipe.written.startswith(b"HTTP/1.1 200 OK")

    play(scene)


@pytest.mark.parametrize("is_closing", [False, True])
def test_only_a_client_that_stops_reading_is_dropped(play, is_closing):
    async def scene(host: Host) -> None:
        protocol, pipe = host.connect()
        if is_closing:
            pipe.close()
        else:
            protocol.pause_writing()
        pipe.unread = 1 << 20
        for _ in range(200):
            pipe.unread -= bounds.SLOWEST_BYTES_PER_S
            await host.wait(1)
        assert not pipe.aborted
        await host.wait(bounds.READ_PATIENCE_S + 2)
        assert pipe.aborted

    play(scene)


def test_refused_client_can_still_read_why(play):
    async def scene(host: Host) -> None:
        protocol, pipe = host.connect()
        protocol.data_received(b"nonsense\r\n\r\n")
        await host.until_idle()
        assert error_of(pipe) == (400, "invalid_input")
        assert pipe.ended
        assert not pipe.closed
        await host.wait(bounds.LINGER_S + 2)
        assert pipe.closed

    play(scene)


# --- numbers -------------------------------------------------------------------------------------


def test_incomplete_requests_make_room_for_complete_ones(play):
    async def scene(host: Host) -> None:
        half = []
        for _ in range(50):
            host.now += 0.01
            protocol, pipe = host.connect()
            protocol.data_received(b"GET /")
            half.append(pipe)
        protocol, pipe = host.connect()
        protocol.data_received(GET)
        await host.until_idle()
        assert pipe.written.startswith(b"HTTP/1.1 200 OK")
        assert half[0].aborted
        assert not half[-1].aborted

    play(partial(scene), 20)


def test_client_is_refused_when_there_is_no_room(play):
    async def scene(host: Host) -> None:
        host.may_answer.clear()
        for _ in range(3):
            protocol, _ = host.connect()
            protocol.data_received(GET)
        await host.until_idle()
        _, pipe = host.connect()
        assert error_of(pipe) == (503, "busy")

    play(scene, 100, 3)
