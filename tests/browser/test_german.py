"""The pages in German: chosen under Settings, with no English left over, and with German dates."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from comicmaintainer.jobs.model import JobRequest, Priority
from comicmaintainer.services import Services
from comicmaintainer.settings import Settings
from comicmaintainer.texts.catalogue import language_of
from comicmaintainer.texts.current import Language
from comicmaintainer.web.language import COOKIE
from comicmaintainer.web.page_list import PLACES, SECTIONS
from tests.browser.conftest import OpenPage
from tests.browser.running_service import RunningService, draw_comic

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SHOWN_TEXTS = """() => {
    const found = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const element = walker.currentNode.parentElement;
        if (!element.closest("script, code, kbd, noscript, .path, [lang]"))
            found.push(walker.currentNode.textContent.trim());
    }
    for (const element of document.body.querySelectorAll("*"))
        for (const name of ["aria-label", "title", "placeholder", "alt"])
            if (element.hasAttribute(name)) found.push(element.getAttribute(name));
    return [...new Set(found)].filter((text) => /[a-z]{2}/i.test(text));
}"""
GERMAN_DATE = re.compile(r"\d{2}\.\d{2}\.\d{4}, \d{2}:\d{2}:\d{2}")


@pytest.fixture(scope="module")
def service(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    running = RunningService(tmp_path_factory.mktemp("german"))
    draw_comic(running.comics / "Saltmarsh 001.cbz")
    running.start().add_user().scan()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def german() -> Language:
    language = language_of("de")
    assert language is not None
    return language


def english_in(page: Any, german: Language) -> list[str]:
    """Return the English texts of the catalogue that a page shows."""
    known = {form for forms in german.texts.values() for form in forms}
    texts = page.evaluate(SHOWN_TEXTS)
    return [text for text in texts if text not in known and german.recognise(text) != text]


def test_a_language_is_chosen_under_settings(service: RunningService, open_page: OpenPage) -> None:
    page = open_page(service)
    page.goto(f"{service.url}/settings")
    page.get_by_label("Language").select_option("de")
    page.get_by_role("heading", name="Einstellungen").wait_for()
    assert page.locator("html").get_attribute("lang") == "de"
    page.get_by_label("Sprache").select_option("")
    page.get_by_role("heading", name="Settings").wait_for()


def test_pages_have_no_english_left(
    service: RunningService, open_page: OpenPage, german: Language
) -> None:
    page = open_page()
    page.context.add_cookies([{"name": COOKIE, "value": "de", "url": service.url}])
    page.goto(f"{service.url}/login")
    assert english_in(page, german) == []
    page.get_by_role("button", name="Anmelden").wait_for()

    page = open_page(service)
    page.context.add_cookies([{"name": COOKIE, "value": "de", "url": service.url}])
    tabs = {each for sections in SECTIONS.values() for each in sections.values()}
    left = {}
    for place in [*PLACES, *sorted(tabs - set(PLACES), key=lambda each: each.path)]:
        page.goto(f"{service.url}{place.path}", wait_until="networkidle")
        left[place.path] = english_in(page, german)
    assert {path: texts for path, texts in left.items() if texts} == {}


def test_a_comic_and_a_preview_are_german(
    service: RunningService, open_page: OpenPage, german: Language
) -> None:
    page = open_page(service)
    page.context.add_cookies([{"name": COOKIE, "value": "de", "url": service.url}])
    page.goto(f"{service.url}/?view=issues")
    page.locator("#total", has_text="1 Comic").wait_for()
    page.get_by_role("link", name=re.compile("Saltmarsh")).first.click()
    page.get_by_text("Hinzugefügt").wait_for()
    titles = page.locator("#facts [title]").evaluate_all("all => all.map((one) => one.title)")
    assert [title for title in titles if GERMAN_DATE.fullmatch(title)]
    page.get_by_role("button", name="Vorschau").first.click()
    page.get_by_text(re.compile("würde|käme|bekäme|Nichts zu tun|bleibt")).first.wait_for()
    page.wait_for_load_state("networkidle")
    assert english_in(page, german) == []
    page.get_by_role("button", name=re.compile("anwenden", re.IGNORECASE)).first.click()
    page.locator("#results").get_by_role("button", name="Rückgängig machen").wait_for()
    page.set_viewport_size({"width": 390, "height": 800})
    fields = page.locator("#results .fields > *")
    assert "Serie" in fields.all_text_contents()
    assert min(fields.evaluate_all("all => all.map((one) => one.offsetWidth)")) > 24
    page.locator("#parameters summary").click()
    expect(page.locator("#asked dt").first).not_to_be_empty()


def test_words_that_are_made_of_data_are_german(
    service: RunningService, open_page: OpenPage
) -> None:
    page = open_page(service)
    page.context.add_cookies([{"name": COOKIE, "value": "de", "url": service.url}])
    for path, shown in (
        ("/system/audit", "Scannen, Elemente 1"),
        ("/settings/sources", "20 pro Minute und 5.000 pro Tag"),
        ("/settings/sources", "gehen an ComicVine"),
        ("/settings/access", "Darf"),
        ("/system", "Schema der Datenbank"),
        ("/?view=issues", "1990er"),
    ):
        page.goto(f"{service.url}{path}")
        expect(page.get_by_text(shown).first).to_be_attached()


def test_rows_of_jobs_are_german_whatever_they_are_about(
    service: RunningService, open_page: OpenPage, german: Language
) -> None:
    services = Services.build(Settings.from_environment(service.environment))
    comic = str(service.comics / "Saltmarsh 001.cbz")
    services.manager.submit(JobRequest("verify", [comic], priority=Priority.HIGH))
    services.database.close()
    page = open_page(service)
    page.context.add_cookies([{"name": COOKIE, "value": "de", "url": service.url}])
    page.goto(f"{service.url}/jobs", wait_until="networkidle")
    expect(page.locator("tbody td", has_text=re.compile("^hoch$"))).to_have_count(1)
    assert english_in(page, german) == []


@pytest.mark.parametrize("path", ["/", "/jobs"])
def test_what_is_said_without_scripts_is_one_sentence(
    service: RunningService, open_page: OpenPage, path: str
) -> None:
    page = open_page(service, java_script_enabled=False)
    page.goto(f"{service.url}{path}")
    said = page.locator("noscript .notice").inner_text()
    assert said == "This page needs JavaScript. Without it you can read the library and the jobs."
