"""Sources on the settings page: switched on, given a key, tested; secrets never come back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenPage
from tests.browser.identified_library import KEY, SERIES
from tests.browser.running_service import RunningService
from tests.kit.replay_catalogue import series_of
from tests.kit.replay_server import ReplayServer

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def server() -> Iterator[ReplayServer]:
    with ReplayServer(series_of(SERIES)).running() as running:
        running.knobs.keys["comicvine"] = KEY
        yield running


@pytest.fixture(scope="module")
def service(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    """The web pages alone, with Metron switched on by the environment."""
    running = RunningService(
        tmp_path_factory.mktemp("sources"), SOURCES="metron", METRON_TOKEN="given-by-variable"
    )
    running.start("web").add_user()
    yield running
    running.stop()


def entry(page: Any, service: RunningService, name: str) -> Any:
    page.goto(f"{service.url}/settings/sources")
    found = page.locator(f'#source-list [data-source="{name}"]')
    found.wait_for()
    return found


def test_a_source_is_switched_on_given_its_key_and_tested(
    service: RunningService, server: ReplayServer, open_page: OpenPage
) -> None:
    page = open_page(service)
    comicvine = entry(page, service, "comicvine")
    expect(comicvine).to_contain_text(
        "Names of series, issue numbers and ids are sent", use_inner_text=True
    )
    expect(comicvine).to_contain_text("1 a second and 200 an hour", use_inner_text=True)
    comicvine.get_by_role("button", name="Switch on ComicVine").click()
    comicvine.get_by_text("Not ready").wait_for()
    comicvine.get_by_label("API key").fill(KEY)
    comicvine.get_by_label("Another address").fill(server.address("comicvine"))
    comicvine.get_by_role("button", name="Save").click()
    comicvine.get_by_text("On", exact=True).wait_for()
    key = comicvine.get_by_label("API key")
    assert (key.input_value(), "set" in key.get_attribute("placeholder")) == ("", True)
    asked = len(server.log("comicvine"))
    comicvine.get_by_role("button", name="Test the connection").click()
    page.get_by_text("ComicVine answers.").wait_for()
    comicvine.get_by_text("1 so far").wait_for()
    assert len(server.log("comicvine")) == asked + 1
    assert KEY not in page.content()
    comicvine.get_by_role("button", name="Remove API key").click()
    comicvine.get_by_text("Not ready").wait_for()
    comicvine.get_by_role("button", name="Switch off ComicVine").click()
    page.get_by_text("Nothing is sent to it any more.").wait_for()


def test_an_address_that_is_not_allowed_is_refused_beside_its_field(
    service: RunningService, open_page: OpenPage
) -> None:
    page = open_page(service)
    comicvine = entry(page, service, "comicvine")
    comicvine.get_by_text("Key and address").click()
    comicvine.get_by_label("Another address").fill("http://elsewhere.example/api")
    with page.expect_response("**/api/sources/comicvine"):
        comicvine.get_by_role("button", name="Save").click()
    comicvine.get_by_role("alert").get_by_text("This address is not allowed.").wait_for()
    address = comicvine.get_by_label("Another address")
    expect(address).to_have_attribute("aria-invalid", "true")


def test_what_the_environment_sets_is_shown_and_can_not_be_changed(
    service: RunningService, open_page: OpenPage
) -> None:
    page = open_page(service)
    metron = entry(page, service, "metron")
    metron.get_by_text("Switched on by the variable SOURCES.").wait_for()
    expect(metron.get_by_role("button", name="Switch off Metron")).to_be_disabled()
    metron.get_by_text("Key and address").click()
    expect(metron.get_by_label("API token")).to_be_disabled()
    expect(metron.get_by_label("User name")).to_be_enabled()
    expect(metron.get_by_role("button", name="Remove API token")).to_have_count(0)
    assert "given-by-variable" not in page.content()
