"""A server that speaks as sources of metadata do, over real sockets, from a catalogue.

    python -m tests.kit.replay_server --catalogue FILE --port N [--limit comicvine:200/3600] …

Addresses: `/comicvine/api`, `/metron/api`, `/anilist`, `/mangaupdates/v1`, `/mangadex`,
`/covers/<issue id>.jpg`. As a process it also has
`GET /replay/log`, the requests so far as JSON lines, and `POST /replay/knobs` with a JSON object of
attributes of `Knobs`. Requests that a limit refused are in the log too, with their status.
"""

from __future__ import annotations

import argparse
import json
import re
import socket
import threading
import time
import zlib
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from tests.kit.drawn_covers import drawn_cover, image_bomb
from tests.kit.replay_catalogue import ReplayCatalogue
from tests.kit.replay_manga_shapes import AniListShape, MangaDexShape, MangaUpdatesShape
from tests.kit.replay_shapes import Asked, ComicVineShape, MetronShape, Shape, World, envelope

SECRET_NAMES = ("api_key",)
_VOLUMES = re.compile(r"filter=volume%3A([0-9%C]+)&")
_BOMB_BYTES = 32 << 20


@dataclass(slots=True)
class Knobs:
    """What tests change while the server runs.

    `limits` are pairs of count and seconds by source, for each resource; Metron's hold for all of
    its resources and are told in headers. `speed` is how much faster the server's clock runs.
    `keys` are the secrets that are accepted, by source; any is if there is none. `headers` replace
    those of answers. `cover` is
    "drawn", "bomb", "text" or "gone". `hashes` computes Metron's `cover_hash`.
    """

    limits: dict[str, list[tuple[int, float]]] = field(default_factory=dict)
    speed: float = 1.0
    keys: dict[str, str] = field(default_factory=dict)
    cover: str = "drawn"
    modified: str = "2024-05-01 10:00:00"
    delay_s: float = 0.0
    hashes: bool = False
    headers: dict[str, str] = field(default_factory=dict)
    failures: deque[Failure] = field(default_factory=deque)


@dataclass(frozen=True, slots=True)
class Failure:
    """What one request gets instead of its answer.

    `kind` is an HTTP status ("429", "420", "403", "500", …), a status of ComicVine ("cv100",
    "cv107"), or one of: cut, drip, headers, silence, redirect, redirect_here, html, deep, half,
    another, gzip_bomb, large. `on` is a part of the address of the requests that it is for.
    """

    kind: str
    on: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Logged:
    """A request as the server saw it; its address is without secrets."""

    at: float
    source: str
    resource: str
    address: str
    status: int
    user_agent: str = ""


class ReplayServer:
    """The server and its state; `root` is its address.

    Its clock runs at the pace of its knobs since `began`, by default since now. What it logs is
    written to the file `log` too, so that it is there when the server was killed.
    """

    def __init__(
        self,
        catalogue: ReplayCatalogue | None = None,
        *,
        port: int = 0,
        began: float | None = None,
        log: Path | None = None,
    ) -> None:
        self.knobs = Knobs()
        self.catalogue = catalogue or ReplayCatalogue.usual()
        self._began = time.monotonic() - (0.0 if began is None else time.time() - began)
        self._log_file = log
        self._guard = threading.Lock()
        self._log: list[Logged] = []
        self._spent: dict[tuple[str, str], deque[float]] = {}
        self._server = _Server(("127.0.0.1", port), _Handler)
        self._server.replay = self
        self.root = f"http://127.0.0.1:{self._server.server_address[1]}"
        world = World(self.catalogue, self.root, lambda: self.knobs.modified, self.cover_hash)
        self.shapes: Mapping[str, Shape] = {
            "/comicvine/api": ComicVineShape(world),
            "/metron/api": MetronShape(world),
            "/anilist": AniListShape(world),
            "/mangaupdates/v1": MangaUpdatesShape(world),
            "/mangadex": MangaDexShape(world),
        }

    @contextmanager
    def running(self) -> Iterator[ReplayServer]:
        """Serve in a thread until the block ends."""
        thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            thread.join()
            self._server.server_close()

    def serve_forever(self) -> None:
        """Serve in this thread until it is interrupted."""
        self._server.serve_forever()

    def address(self, source: str) -> str:
        """Return the address to set for a source."""
        return next(self.root + path for path in self.shapes if path.startswith(f"/{source}"))

    def fail(self, kind: str, *, times: int = 1, on: str = "", **headers: str) -> None:
        """Let the next requests, of those with `on` in their address, get a failure."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.knobs.failures.extend([Failure(kind, on, named)] * times)

    def log(self, source: str | None = None, *, answered: bool = False) -> list[Logged]:
        """Return the requests so far, of one source, or only those that were answered."""
        with self._guard:
            return [
                each
                for each in self._log
                if (source is None or each.source == source)
                and (not answered or each.status in (200, 404))
            ]

    def paid_twice(self) -> list[str]:
        """Return the addresses that were answered more than once."""
        return asked_again([each.address for each in self.log(answered=True)])

    # --- used by the handler ---------------------------------------------------------------------

    def now(self) -> float:
        """Return the server's own time."""
        return time.time() + (time.monotonic() - self._began) * (self.knobs.speed - 1)

    def record(self, logged: Logged) -> None:
        """Add a request to the log."""
        with self._guard:
            self._log.append(logged)
            if self._log_file is not None:
                with self._log_file.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(asdict(logged)) + "\n")

    def next_failure(self, address: str) -> Failure | None:
        """Return the failure that a request gets, and take it off the list."""
        with self._guard:
            for failure in self.knobs.failures:
                if failure.on in address:
                    self.knobs.failures.remove(failure)
                    return failure
        return None

    def spend(self, source: str, resource: str) -> tuple[float | None, dict[str, str]]:
        """Count a request; return how long to wait if a limit refuses it, and the headers."""
        limits = self.knobs.limits.get(source, [])
        name = "" if source == "metron" else resource
        headers: dict[str, str] = {}
        with self._guard:
            spent, now = self._spent.setdefault((source, name), deque()), self.now()
            while spent and limits and spent[0] <= now - max(period for _, period in limits):
                spent.popleft()
            waits = []
            for count, period in limits:
                within = [at for at in spent if at > now - period]
                if len(within) >= count:
                    waits.append(within[-count] + period - now)
            if not waits:
                spent.append(now)
            if source == "metron":
                headers = _metron_headers(limits, spent, now)
        return (max(waits) if waits else None), headers

    def cover_hash(self, issue_id: int) -> str:
        """Return the hash that Metron would serve; the first takes seconds, to load numpy."""
        if not self.knobs.hashes:
            return ""
        import io

        import imagehash
        from PIL import Image

        return str(imagehash.phash(Image.open(io.BytesIO(drawn_cover(str(issue_id))))))


def asked_again(addresses: Iterable[str]) -> list[str]:
    """Return what was answered before, once for each further answer.

    A list of several series counts as one of each.
    """
    seen: set[str] = set()
    again = []
    for address in addresses:
        several = _VOLUMES.search(address)
        ids = [] if several is None else several[1].split("%7C")
        for one in [_VOLUMES.sub(f"volume={id_}&", address) for id_ in ids] or [address]:
            if one in seen:
                again.append(one)
            seen.add(one)
    return again


def _metron_headers(
    limits: list[tuple[int, float]], spent: deque[float], now: float
) -> dict[str, str]:
    headers = {}
    for name, (count, period) in zip(("Burst", "Sustained"), limits, strict=False):
        within = [at for at in spent if at > now - period]
        reset = (within[0] if within else now) + period
        headers[f"X-RateLimit-{name}-Limit"] = str(count)
        headers[f"X-RateLimit-{name}-Remaining"] = str(max(0, count - len(within)))
        headers[f"X-RateLimit-{name}-Reset"] = str(int(reset) + 1)
    return headers


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256
    replay: ReplayServer

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: clients of tests go away in the middle of answers on purpose."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def do_GET(self) -> None:
        """Answer."""
        self._respond(None)

    def do_POST(self) -> None:
        """Answer a request with a JSON body."""
        length = int(self.headers.get("Content-Length") or 0)
        self._respond(json.loads(self.rfile.read(length) or b"null"))

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Print nothing."""

    # --- one request -----------------------------------------------------------------------------

    def _respond(self, body: Any) -> None:
        replay = self.server.replay
        parts = urlsplit(self.path)
        if parts.path.startswith("/replay/"):
            self._steer(parts.path, body)
            return
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        shown = {name: value for name, value in query.items() if name not in SECRET_NAMES}
        address = f"{parts.path}?{urlencode(sorted(shown.items()))}"
        if body is not None:
            address += f" {json.dumps(body, sort_keys=True)}"
        prefix = next((p for p in replay.shapes if parts.path.startswith(f"{p}/")), None)
        if replay.knobs.delay_s:
            time.sleep(replay.knobs.delay_s)
        if prefix is None:
            self._cover(parts.path, address)
            return
        asked = Asked(parts.path.removeprefix(prefix), query, body)
        source, shape = prefix.split("/")[1], replay.shapes[prefix]
        resource = shape.resource(asked)
        wait_s, headers = replay.spend(source, resource)
        failure = replay.next_failure(address)
        if failure is not None:
            self._note(source, resource, address, 0)
            self._fail(failure, source, headers)
            return
        status, value = self._refusal(source, query, wait_s) or shape.answer(asked)
        if wait_s is not None:
            headers = {**headers, **({} if source == "comicvine" else _retry_after(wait_s))}
        headers = {**headers, **replay.knobs.headers}
        self._note(source, resource, address, status)
        self._send(status, json.dumps(value).encode(), headers=headers)

    def _refusal(
        self, source: str, query: Mapping[str, str], wait_s: float | None
    ) -> tuple[int, Any] | None:
        """Return the answer to a wrong key, or to one request too many."""
        key = self.server.replay.knobs.keys.get(source)
        given = query.get("api_key") or self.headers.get("Authorization", "")
        if key is not None and key != given:
            if source == "comicvine":
                return 401, envelope(100, "Invalid API Key", [])
            return 401, {"detail": "Invalid token."}
        if wait_s is None:
            return None
        if source == "comicvine":
            return 420, envelope(107, "Rate limit exceeded. Slow down cowboy.", [])
        return 429, {"detail": f"Request was throttled. Expected available in {wait_s:.0f} s."}

    def _cover(self, path: str, address: str) -> None:
        replay = self.server.replay
        failure = replay.next_failure(address)
        if failure is not None:
            self._note("covers", "covers", address, 0)
            self._fail(failure, "covers", {})
            return
        seed = Path(path).stem
        known = seed.rstrip("b").isdigit() and int(seed.rstrip("b")) in replay.catalogue.issues
        kind = replay.knobs.cover if path.startswith("/covers/") and known else "gone"
        self._note("covers", "covers", address, 404 if kind == "gone" else 200)
        if kind == "drawn":
            self._send(200, drawn_cover(seed), "image/jpeg")
        elif kind == "bomb":
            self._send(200, image_bomb(), "image/png")
        elif kind == "text":
            self._send(200, b"this is no image", "image/jpeg")
        else:
            self._send(404, b"", "text/plain")

    def _note(self, source: str, resource: str, address: str, status: int) -> None:
        replay = self.server.replay
        agent = self.headers.get("User-Agent", "")
        replay.record(Logged(replay.now(), source, resource, address, status, agent))

    def _send(
        self,
        status: int,
        body: bytes,
        kind: str = "application/json",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.wfile.write(self._head(status, len(body), kind, headers or {}) + body)

    def _head(self, status: int, length: int, kind: str, headers: Mapping[str, str]) -> bytes:
        lines = [f"HTTP/1.1 {status} X", f"Content-Type: {kind}", f"Content-Length: {length}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        return ("\r\n".join(lines) + "\r\n\r\n").encode()

    # --- failures --------------------------------------------------------------------------------

    def _fail(self, failure: Failure, source: str, headers: Mapping[str, str]) -> None:
        headers = {**headers, **failure.headers}
        if failure.kind.isdigit():
            self._send(int(failure.kind), b'{"detail": "failure"}', headers=headers)
        elif failure.kind.startswith("cv"):
            body = envelope(int(failure.kind[2:]), "failure", [])
            self._send(200, json.dumps(body).encode(), headers=headers)
        elif failure.kind in ("redirect", "redirect_here"):
            here = f"{self.server.replay.root}{self.path}"
            there = "https://elsewhere.example/api/"
            target = here if failure.kind == "redirect_here" else there
            self._send(302, b"", headers={"Location": target})
        elif failure.kind in _BODIES:
            self._send(200, _BODIES[failure.kind], headers=headers)
        elif failure.kind == "gzip_bomb":
            self._send(200, _gzip_bomb(), headers={"Content-Encoding": "gzip"})
        else:
            self._break_off(failure.kind)

    def _break_off(self, kind: str) -> None:
        """Begin an answer and do not end it."""
        self.close_connection = True
        if kind == "cut":
            self.wfile.write(self._head(200, 4000, "application/json", {}) + b'{"results": [')
        elif kind == "drip":
            self.wfile.write(self._head(200, 100_000, "application/json", {}))
            self._slowly(b"[" + b" " * 99_999)
        elif kind == "headers":
            self._slowly(b"HTTP/1.1 200 OK\r\nX-Long: " + b"a" * 60_000)
        elif kind == "silence":
            self._slowly(b"")
        elif kind == "large":
            self.wfile.write(self._head(200, 1 << 40, "application/json", {}))
            chunk = b" " * (1 << 20)
            for _ in range(64):
                self.wfile.write(chunk)

    def _slowly(self, data: bytes) -> None:
        """Send a byte at a time until the other side has gone."""
        self.connection.settimeout(0.05)
        for at in range(1200):
            if at < len(data):
                self.wfile.write(data[at : at + 1])
            try:
                if not self.connection.recv(1):
                    return
            except TimeoutError:
                continue
        self.connection.shutdown(socket.SHUT_RDWR)

    # --- steering it as a process ----------------------------------------------------------------

    def _steer(self, path: str, body: Any) -> None:
        replay = self.server.replay
        if path == "/replay/log":
            lines = [json.dumps(asdict(each)) for each in replay.log()]
            self._send(200, "\n".join(lines).encode(), "application/x-ndjson")
        elif path == "/replay/knobs" and isinstance(body, dict):
            for failure in body.pop("failures", []):
                replay.knobs.failures.append(Failure(**failure))
            for name, value in body.items():
                setattr(replay.knobs, name, value)
            self._send(200, b"{}")
        else:
            self._send(404, b"{}")


_BODIES = {
    "html": b"<html><body>The site is down for maintenance.</body></html>",
    "deep": b"[" * 200 + b"]" * 200,
    "half": b'{"status_code": 1, "results": "\\ud800"}',
    "list": b"[1, 2, 3]",
    "odd": b'{"status_code": 1, "results": [7, null, {"id": {}, "name": []}], "count": "x"}',
    "another": b'{"status_code": 1, "results": {"id": 1, "issue_number": "99", "volume": {"id": 2,'
    b' "name": "Another"}, "name": "Another", "start_year": "1901", "number": "99",'
    b' "series": {"id": 2, "name": "Another"}}, "id": 1}',
}


def _gzip_bomb() -> bytes:
    """Return what unpacks to _BOMB_BYTES, made at once: a receiver does not wait for long.

    A part that begins with no history can be repeated. Only the checksum at the end is wrong, which
    nobody should get to.
    """
    pack = zlib.compressobj(1, wbits=31)
    first = pack.compress(b"[") + pack.flush(zlib.Z_FULL_FLUSH)
    part = pack.compress(b" " * (1 << 20)) + pack.flush(zlib.Z_FULL_FLUSH)
    return first + part * (_BOMB_BYTES >> 20) + pack.flush()


def _retry_after(wait_s: float) -> dict[str, str]:
    return {"Retry-After": str(int(wait_s) + 1)}


def _limit(text: str) -> tuple[str, tuple[int, float]]:
    source, _, rest = text.partition(":")
    count, _, period = rest.partition("/")
    return source, (int(count), float(period))


def main() -> None:
    """Serve until the process is stopped."""
    parser = argparse.ArgumentParser(description="Answers as sources of comics' metadata do.")
    parser.add_argument("--catalogue", type=Path, help="series.jsonl; default: an invented one")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument(
        "--limit", type=_limit, action="append", default=[], metavar="SOURCE:COUNT/SECONDS"
    )
    parser.add_argument("--speed", type=float, default=1.0, help="how much faster its clock runs")
    parser.add_argument("--began", type=float, help="since when, in epoch seconds; default: now")
    parser.add_argument("--log", type=Path, help="a file for the requests, as JSON lines")
    parser.add_argument("--hashes", action="store_true", help="compute Metron's cover hashes")
    options = parser.parse_args()
    catalogue = ReplayCatalogue.read(options.catalogue) if options.catalogue else None
    server = ReplayServer(catalogue, port=options.port, began=options.began, log=options.log)
    server.knobs.speed, server.knobs.hashes = options.speed, options.hashes
    for source, limit in options.limit:
        server.knobs.limits.setdefault(source, []).append(limit)
    print(server.root, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
