"""The page of sources switches on the series.json that other programs read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from comicmaintainer.services import Services
from comicmaintainer.settings import SeriesJson, Settings
from tests.browser.conftest import OpenPage
from tests.browser.running_service import RunningService

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def service(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    running = RunningService(tmp_path_factory.mktemp("series-json"))
    running.start().add_user()
    yield running
    running.stop()


def test_it_is_off_until_a_person_switches_it_on(
    service: RunningService, open_page: OpenPage
) -> None:
    services = Services.build(Settings.from_environment(service.environment))
    values: list[SeriesJson] = [services.chosen_settings.series_json]
    page = open_page(service)
    page.goto(f"{service.url}/settings/sources")
    choice = page.get_by_label("Comics that are identified")
    choice.select_option("on")
    page.get_by_text("A series.json will be written.").wait_for()
    expect(choice).to_have_value("on")
    values.append(services.chosen_settings.series_json)
    assert values == [SeriesJson.OFF, SeriesJson.ON]
    services.database.close()
