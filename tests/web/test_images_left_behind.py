"""Images that nobody waits for any more are not made before those that are waited for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient
from starlette.types import Message

from comicmaintainer.services import Services
from comicmaintainer.settings import Settings
from tests.kit.comics import cbz
from tests.web.test_file_routes import catalogued
from tests.web.test_page_image_routes import three_pages


def _ask_and_leave(client: TestClient, app: FastAPI, address: str) -> list[Message]:
    """Ask as a client that has left when its turn comes; return what it was sent."""
    path, _, query = address.partition("?")
    key = client.headers["X-Api-Key"].encode()
    scope = {
        "type": "http", "http_version": "1.1", "method": "GET", "scheme": "http",
        "path": path, "raw_path": path.encode(), "query_string": query.encode(),
        "headers": [(b"host", b"nas:5000"), (b"x-api-key", key), (b"accept", b"image/*")],
        "server": ("nas", 5000), "client": ("10.0.0.9", 4711),
    }  # fmt: skip
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    assert client.portal is not None
    client.portal.call(app, scope, receive, send)
    return sent


@pytest.mark.parametrize("tail", ["cover", "pages/1?width=160"])
def test_image_is_not_made_for_a_client_that_has_left(
    client: TestClient,
    app: FastAPI,
    parts: Services,
    library: Path,
    settings: Settings,
    tail: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO")
    file_id = catalogued(parts, cbz(library / "Bone 1.cbz", three_pages()))
    address = f"/api/files/{file_id}/{tail}"

    def made() -> list[Any]:
        return [*settings.cache_dir.rglob("*.webp")]

    assert _ask_and_leave(client, app, address) == []
    assert made() == []
    assert caplog.messages == [], "hundreds of these would hide what matters in the log"
    answer = client.get(address)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/webp")
    assert made()
