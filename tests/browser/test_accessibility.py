"""axe-core finds nothing wrong with any page: in all states, both themes, wide and narrow."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from comicmaintainer.services import Services
from comicmaintainer.settings import Settings
from tests.browser import axe
from tests.browser.conftest import signed_in
from tests.browser.every_state import Stage, set_up, states
from tests.browser.running_service import PASSWORD, USER, RunningService
from tests.browser.test_pages import PAGES, open_quietly

pytestmark = [pytest.mark.browser, pytest.mark.slow]

UNTIDY = """
    (library) => {
      const shown = (selector) => [...document.querySelectorAll(selector)]
        .filter((one) => one.checkVisibility());
      const isText = (node) => node.nodeType === Node.TEXT_NODE;
      const own = (element) => [...element.childNodes].filter(isText)
        .map((node) => node.data).join("").trim();
      const labels = shown("label, label > span:first-child, legend, th, h1, h2, h3, button");
      return [
        ...labels.map(own).filter((text) => /^[a-z]/.test(text)).map((text) => `label: ${text}`),
        ...(library ? shown("main *, dialog *").map(own) : [])
          .filter((text) => text.includes(library)).map((text) => `path: ${text}`),
      ];
    }
"""
PARTS = 4
DESK, PHONE = ({"width": width, "height": 800} for width in (1280, 390))


@pytest.fixture(scope="module")
def stage(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Pages that have something to show."""
    axe.require_axe()
    full = set_up(tmp_path_factory.mktemp("states"))
    yield full
    full.service.stop()


@pytest.fixture
def new(browser: Any, tmp_path: Path) -> Iterator[RunningService]:
    """A web server that nobody has signed in to yet."""
    axe.require_axe()
    service = RunningService(tmp_path).start("web")
    yield service
    service.stop()


def problems_in_both_themes(page: Any) -> list[str]:
    """Examine the page in light by all rules, then dark on a phone by those that this can break."""
    found = axe.problems_in(page)
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size(PHONE)
    found += axe.problems_in(page, axe.OF_LAYOUT)
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(DESK)
    return list(dict.fromkeys(found))


def untidy_texts(page: Any, stage: Stage) -> list[str]:
    """Return labels that begin small, and folders that are shown from the root of the disk on."""
    library = str(stage.service.comics)
    of_folders = ("/system", "/settings/rules")  # here it is the folders that matter
    looks_for_paths = not page.url.removeprefix(stage.service.url).startswith(of_folders)
    found: list[str] = page.evaluate(UNTIDY, library if looks_for_paths else None)
    return found


@pytest.fixture
def open_context(browser: Any) -> Iterator[Callable[..., Any]]:
    """Return a function that opens a page; that some are answered with 404 is no problem here."""
    contexts: list[Any] = []

    def open_one(**options: Any) -> Any:
        context = browser.new_context(
            locale="en-GB", viewport=DESK, color_scheme="light", service_workers="block", **options
        )
        contexts.append(context)
        return context.new_page()

    yield open_one
    for context in contexts:
        context.close()


@pytest.mark.parametrize("part", range(PARTS))
def test_nothing_is_wrong_with_any_state_of_any_page(
    browser: Any, stage: Stage, open_context: Callable[..., Any], part: int
) -> None:
    page = open_context(storage_state=signed_in(browser, stage.service))
    found = {}
    for state in states(stage)[part::PARTS]:
        open_quietly(page, stage.service.url + state.path)
        if state.act is not None:
            state.act(page)
        page.locator(state.shown).first.wait_for()
        found[state.name] = [*untidy_texts(page, stage), *problems_in_both_themes(page)]
    assert {name: problems for name, problems in found.items() if problems} == {}


def test_nothing_is_wrong_before_there_is_anything_to_show(
    new: RunningService, open_context: Callable[..., Any]
) -> None:
    services = Services.build(Settings.from_environment(new.environment))
    setup = services.accounts.setup_link("")
    services.database.close()
    page = open_context()
    found = {}
    for path in ("/login", str(setup)):
        page.goto(new.url + path)
        found[path.partition("/setup/")[1] or path] = problems_in_both_themes(page)
    page.get_by_label("Name").fill(USER)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Password again").fill(PASSWORD)
    page.get_by_role("button").click()
    page.wait_for_url(f"{new.url}/welcome")
    for path in PAGES:
        open_quietly(page, new.url + path)
        found[path] = problems_in_both_themes(page)
    assert {path: problems for path, problems in found.items() if problems} == {}
