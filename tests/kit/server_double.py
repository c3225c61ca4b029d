"""A server over real sockets that speaks JSON, and is away or out of order as a test wants it."""

from __future__ import annotations

import http.server
import json
import threading
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True)
class Asked:
    """One request as it came."""

    method: str
    path: str
    query: dict[str, str]
    body: Any
    headers: dict[str, str]

    @property
    def line(self) -> str:
        return f"{self.method} {self.path}"


class Refused(Exception):
    """The request is answered with this status."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class ServerDouble:
    """Keeps what it is asked. With `is_away` it ends connections; `status` answers all requests.

    A subclass answers in `handle`. Requests are handled one at a time.
    """

    def __init__(self) -> None:
        self.requests: list[Asked] = []
        self.is_away = False
        self.status: int | None = None
        self.lock = threading.RLock()
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do(self) -> None:
                parts = urlsplit(self.path)
                length = int(self.headers.get("Content-Length") or 0)
                content = self.rfile.read(length)
                asked = Asked(
                    self.command,
                    parts.path,
                    dict(parse_qsl(parts.query)),
                    json.loads(content) if content else None,
                    {name.lower(): value for name, value in self.headers.items()},
                )
                if outer.is_away:
                    self.close_connection = True
                    return
                status, value = outer.answer(asked)
                body = b"" if value is None else json.dumps(value).encode()
                with suppress(ConnectionError):  # who asked may have been killed
                    self.send_response(status)
                    self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)

            do_GET = do_POST = do_PATCH = do_DELETE = do  # noqa: N815 - their names there

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
                """Say nothing."""

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def lines(self) -> list[str]:
        """Method and path of each request."""
        return [each.line for each in self.requests]

    def answer(self, asked: Asked) -> tuple[int, Any]:
        with self.lock:
            self.requests.append(asked)
            if self.status is not None:
                return self.status, None
            try:
                return self.handle(asked)
            except Refused as refused:
                return refused.status, None

    def handle(self, asked: Asked) -> tuple[int, Any]:
        raise NotImplementedError

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
