"""The language of pages and of answers: chosen, else asked for, else English."""

from __future__ import annotations

import re

import pytest
from starlette.testclient import TestClient

from comicmaintainer.web.language import COOKIE

GERMAN = {"Accept-Language": "de-DE,de;q=0.9,en;q=0.5"}


def test_pages_are_in_the_language_that_the_browser_asks_for(stranger: TestClient) -> None:
    page = stranger.get("/login", headers=GERMAN).text
    assert '<html lang="de"' in page
    assert "<h1>Anmelden</h1>" in page
    (script,) = re.findall(r'src="(/static/\w+/texts/de\.js)"', page)
    answer = stranger.get(script)
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["Content-Type"].startswith("text/javascript")


def test_english_pages_ask_for_no_texts(stranger: TestClient) -> None:
    page = stranger.get("/login").text
    assert '<html lang="en"' in page
    assert "/texts/" not in page
    assert stranger.get("/static/x/texts/en.js").status_code == 404
    assert stranger.get("/static/x/texts/..%2Fde.js").status_code == 404


def test_pages_for_errors_have_the_texts_of_the_frame(client: TestClient) -> None:
    page = client.get("/nowhere", headers=GERMAN | {"Accept": "text/html"})
    assert page.status_code == 404
    assert "/texts/de.js" in page.text


def test_a_choice_comes_before_the_browser(stranger: TestClient) -> None:
    assert '<html lang="de"' in stranger.get("/login", headers={"Cookie": f"{COOKIE}=de"}).text
    chosen = stranger.get("/login", headers=GERMAN | {"Cookie": f"{COOKIE}=en"})
    assert '<html lang="en"' in chosen.text
    unknown = stranger.get("/login", headers=GERMAN | {"Cookie": f"{COOKIE}=xx"})
    assert '<html lang="de"' in unknown.text


def test_pages_without_scripts_and_the_offline_page_are_translated(client: TestClient) -> None:
    assert "Bibliothek durchsuchen" in client.get("/plain", headers=GERMAN).text
    assert "Der Dienst ist nicht erreichbar" in client.get("/offline?language=de").text


@pytest.mark.parametrize(
    ("headers", "message"),
    [({}, "There is no job 7."), (GERMAN, "Es gibt keinen Auftrag 7.")],
)
def test_messages_of_errors_are_in_the_language_of_the_request(
    client: TestClient, headers: dict[str, str], message: str
) -> None:
    error = client.get("/api/jobs/7", headers=headers).json()["error"]
    assert error == {"code": "job_not_found", "message": message}


def test_a_refused_sign_in_is_explained_in_the_language_of_the_page(stranger: TestClient) -> None:
    answer = stranger.post(
        "/login",
        data={"name": "nobody", "password": "wrong password"},
        headers=GERMAN | {"Origin": "http://nas:5000"},
    )
    assert answer.status_code == 401
    assert "Der Name oder das Passwort ist falsch." in answer.text


def test_declared_words_are_translated_for_pages_and_not_for_programs(client: TestClient) -> None:
    def kinds(headers: dict[str, str]) -> dict[str, str]:
        answer = client.get("/api/kinds", headers=headers).json()
        return {kind["name"]: kind["title"] for kind in answer["kinds"]}

    assert kinds({})["convert"] == "Convert to CBZ"
    assert kinds(GERMAN)["convert"] == "In CBZ umwandeln"
    label = client.get("/api/fields", headers=GERMAN).text
    assert '"Verlag"' in label
    fields = client.get("/api/fields", headers=GERMAN).json()["fields"]
    sections = dict.fromkeys(field["section"] for field in fields)
    assert list(sections)[1:4] == ["Geschichte", "Mitwirkende", "Ausgabe"]
