"""A web server on this computer, in a thread of its own, for as long as a test uses it."""

from __future__ import annotations

import http.server
import threading
from types import TracebackType
from typing import Self


class QuietHandler(http.server.BaseHTTPRequestHandler):
    """Handles requests without a word on the terminal."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
        """Say nothing."""


class LocalServer:
    """Serves with a handler inside a `with` block."""

    def __init__(self, handler: type[QuietHandler]) -> None:
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

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
