"""What the server itself decides about a page, before its script runs."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI
from starlette.testclient import TestClient

from comicmaintainer.services import Services
from comicmaintainer.settings import Settings
from comicmaintainer.web.app import create_app

PAGE = {"Accept": "text/html"}


def test_a_comic_that_is_not_there_is_answered_with_404(client: TestClient) -> None:
    answer = client.get("/files/4711", headers=PAGE)
    assert answer.status_code == 404
    assert "This comic is not in the library (any more)." in answer.text


def test_an_id_that_no_row_can_have_is_refused_as_a_page(client: TestClient) -> None:
    answer = client.get(f"/files/{1 << 70}", headers=PAGE)
    assert answer.status_code in (400, 404)
    assert answer.headers["content-type"].startswith("text/html")


def test_the_library_says_what_happens_to_arrivals_where_it_watches(
    client: TestClient, app: FastAPI
) -> None:
    assert app.state.services.settings.is_watching
    assert 'id="arrivals"' in client.get("/", headers=PAGE).text


def test_the_library_says_nothing_of_arrivals_where_it_does_not_watch(
    tmp_path: Path, library: Path
) -> None:
    settings = Settings.from_environment(
        {
            "WATCHED_DIR": str(library),
            "CONFIG_DIR": str(tmp_path / "config"),
            "WATCH_MODE": "off",
            "AUTH": "disabled",
        }
    )
    parts = Services.build(settings)
    with TestClient(create_app(settings, lambda: parts), base_url="http://nas:5000") as visitor:
        assert 'id="arrivals"' not in visitor.get("/", headers=PAGE).text
