"""A receiver of webhooks over real sockets, which fails as a test wants it to.

It keeps what came, and whether the signature was right, as its first sight of each `webhook-id`.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.server
import json
import threading
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self


@dataclass(frozen=True)
class Received:
    """One request as it came."""

    event_id: str
    signatures: tuple[str, ...]
    timestamp: str
    body: bytes

    @property
    def value(self) -> dict[str, Any]:
        value: dict[str, Any] = json.loads(self.body)
        return value

    def is_signed_with(self, secret: str) -> bool:
        key = base64.b64decode(secret.removeprefix("whsec_"))
        content = f"{self.event_id}.{self.timestamp}.".encode() + self.body
        digest = base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
        return f"v1,{digest}" in self.signatures


class WebhookReceiver:
    """Answers with `status`, `headers` and `answer`; `hangs` keeps requests waiting for it."""

    def __init__(self) -> None:
        self.requests: list[Received] = []
        self.status = 204
        self.headers: dict[str, str] = {}
        self.answer = b""
        self.hangs = threading.Event()
        self.let_go = threading.Event()
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.requests.append(
                    Received(
                        self.headers["webhook-id"],
                        tuple(self.headers["webhook-signature"].split()),
                        self.headers["webhook-timestamp"],
                        body,
                    )
                )
                if outer.hangs.is_set():
                    outer.let_go.wait(60)
                with suppress(ConnectionError):  # who sent it may have been killed
                    self.send_response(outer.status)
                    for name, value in outer.headers.items():
                        self.send_header(name, value)
                    self.send_header("Content-Length", str(len(outer.answer)))
                    self.end_headers()
                    self.wfile.write(outer.answer)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
                """Say nothing."""

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/hook/s3cret-path"

    @property
    def ids(self) -> list[str]:
        """The ids of what came, each once, in the order in which they came first."""
        return list(dict.fromkeys(each.event_id for each in self.requests))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.let_go.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
