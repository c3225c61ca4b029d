"""What the server itself decides about a page, before its script runs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from fastapi import FastAPI
from starlette.testclient import TestClient

from comicmaintainer.services import Services
from comicmaintainer.settings import Settings
from comicmaintainer.web import page_list
from comicmaintainer.web.app import create_app
from comicmaintainer.web.page_list import PLACES, Page, Place
from comicmaintainer.web.pages import TEMPLATES
from comicmaintainer.web.static_files import FOLDER, stylesheets
from tests.web.test_file_routes import catalogued

PAGE = {"Accept": "text/html"}


def test_a_missing_comic_is_answered_with_404(client: TestClient) -> None:
    answer = client.get("/files/4711", headers=PAGE)
    assert answer.status_code == 404
    assert "This comic is not in the library." in answer.text


def test_an_impossible_id_is_refused_with_a_page(client: TestClient) -> None:
    answer = client.get(f"/files/{1 << 70}", headers=PAGE)
    assert answer.status_code in (400, 404)
    assert answer.headers["content-type"].startswith("text/html")


def test_the_library_page_explains_arrivals_if_it_watches(client: TestClient, app: FastAPI) -> None:
    assert app.state.services.settings.is_watching
    assert 'id="arrivals"' in client.get("/", headers=PAGE).text


def test_the_library_page_does_not_mention_arrivals_if_it_does_not_watch(
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


def _answers(client: TestClient) -> Iterator[tuple[Place, str]]:
    for place in PLACES:
        yield place, client.get(place.path, headers=PAGE).text


def test_every_place_of_the_rail_is_a_page_with_its_own_title_and_module(
    client: TestClient,
) -> None:
    for place, text in _answers(client):
        assert f"<title>{place.title} · ComicMaintainer</title>" in text
        assert f'/js/pages/{place.module}.js"></script>' in text
        assert f'href="{place.path}" data-key="{place.key}" aria-current="page"' in text


def test_every_declared_page_has_its_template_and_module() -> None:
    declared = [page for page in vars(page_list).values() if isinstance(page, Page)]
    assert len(declared) > len(PLACES)
    modules = {page.module for page in declared if page.module} | {"frame"}  # of every page
    assert {path.stem for path in (FOLDER / "js" / "pages").glob("*.js")} == modules
    assert {page.template for page in declared} <= {path.stem for path in TEMPLATES.glob("*.html")}


def test_every_place_has_an_icon_and_a_key_of_its_own() -> None:
    sprite = (FOLDER / "icons.svg").read_text()
    assert all(f'id="{place.icon}"' in sprite for place in PLACES)
    assert len({place.key for place in PLACES}) == len(PLACES)


def test_pages_that_belong_to_a_place_mark_it_in_the_rail(client: TestClient) -> None:
    history = client.get("/jobs/history", headers=PAGE).text
    assert 'href="/jobs" data-key="j" aria-current="page"' in history


def test_all_stylesheets_are_linked_tokens_first_and_pages_last() -> None:
    linked = stylesheets(FOLDER)
    files = {path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*.css")}
    assert set(linked) == files
    assert linked[0] == "css/tokens.css"
    assert linked[-1].startswith("css/pages/")


def test_a_series_has_a_page_of_its_own(client: TestClient, parts: Services, library: Path) -> None:
    catalogued(parts, library / "Saga" / "Saga 0.cbz", series="The Tide Warden", issue="0")
    found = client.get("/series", params={"name": "tide warden"}, headers=PAGE)
    assert found.status_code == 200
    assert 'data-series="The Tide Warden"' in found.text
    gone = client.get("/series", params={"name": "<b>Heron"}, headers=PAGE)
    assert gone.status_code == 404
    assert "No comic in the library is of the series “&lt;b&gt;Heron”." in gone.text
    assert client.get("/series", headers=PAGE).status_code == 404
