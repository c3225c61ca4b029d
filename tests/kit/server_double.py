"""A server over real sockets that speaks JSON, and is away or out of order as a test wants it."""

from __future__ import annotations

import json
import threading
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.kit.local_server import LocalServer, QuietHandler


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


class ServerDouble(LocalServer):
    """Keeps what it is asked, and what it answers.

    With `is_away` it ends connections; `status` answers all requests. A subclass answers in
    `handle`. Requests are handled one at a time.
    """

    def __init__(self) -> None:
        self.requests: list[Asked] = []
        self.answers: list[tuple[Asked, Any]] = []
        self.is_away = False
        self.status: int | None = None
        self.lock = threading.RLock()
        outer = self

        class Handler(QuietHandler):
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

        super().__init__(Handler)

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
                status, value = self.handle(asked)
            except Refused as refused:
                return refused.status, None
            self.answers.append((asked, value))
            return status, value

    def handle(self, asked: Asked) -> tuple[int, Any]:
        raise NotImplementedError
