"""A receiver of webhooks over real sockets, which fails as a test wants it to.

It keeps what came, and whether the signature was right, as its first sight of each `webhook-id`.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from tests.kit.local_server import LocalServer, QuietHandler


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


class WebhookReceiver(LocalServer):
    """Answers with `status`, `headers` and `answer`; `hangs` keeps requests waiting for it."""

    def __init__(self) -> None:
        self.requests: list[Received] = []
        self.status = 204
        self.headers: dict[str, str] = {}
        self.answer = b""
        self.hangs = threading.Event()
        self.let_go = threading.Event()
        outer = self

        class Handler(QuietHandler):
            def do_POST(self) -> None:  # noqa: N802 - its name there
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

        super().__init__(Handler)

    @property
    def url(self) -> str:
        return f"{super().url}/hook/s3cret-path"

    @property
    def ids(self) -> list[str]:
        """The ids of what came, each once, in the order in which they came first."""
        return list(dict.fromkeys(each.event_id for each in self.requests))

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.let_go.set()
        super().__exit__(kind, error, at)
