"""Komga and Kavita on their page: added, tried, changed, removed; the key is never shown."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from comicmaintainer.media_servers.model import ServerKind
from comicmaintainer.services import Services
from comicmaintainer.settings import Settings
from tests.browser.conftest import OpenPage
from tests.browser.running_service import RunningService
from tests.kit.comics import cbz, pages_of
from tests.kit.komga_double import KomgaDouble
from tests.kit.waiting import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def service(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    running = RunningService(tmp_path_factory.mktemp("servers"))
    running.start("web").add_user()
    yield running
    running.stop()


@pytest.fixture
def komga(service: RunningService) -> Iterator[KomgaDouble]:
    with KomgaDouble(service.comics, there="/data") as running:
        yield running


def test_a_server_is_added_tried_changed_and_removed(
    service: RunningService, komga: KomgaDouble, open_page: OpenPage
) -> None:
    page = open_page(service)
    page.goto(f"{service.url}/settings/servers")
    page.get_by_text("No server is asked for anything yet.").wait_for()
    page.get_by_role("button", name="Add a server").click()
    sheet = page.get_by_role("dialog")
    sheet.get_by_label("Name", exact=True).fill("House")
    sheet.get_by_label("Address").fill("http://example.org/")
    sheet.get_by_label("API key").fill("komga-key")
    sheet.get_by_role("button", name="Save").click()
    sheet.get_by_text("This address is not allowed").wait_for()
    sheet.get_by_label("Address").fill(komga.url)
    sheet.get_by_label("Folders").fill("/data")
    sheet.get_by_role("button", name="Save").click()
    sheet.get_by_text("Write each line as: folder here = folder there").wait_for()
    sheet.get_by_label("Folders").fill("")
    sheet.get_by_role("button", name="Save").click()

    house = page.locator("#servers li[data-server]", has_text="House")
    house.get_by_role("button", name="Test the connection").click()
    house.get_by_text("Not in a watched folder.").wait_for()
    house.get_by_role("button", name="Change").click()
    expect(sheet.get_by_label("API key")).to_have_value("")
    sheet.get_by_label("Folders").fill(f"{service.comics} = /data")
    sheet.get_by_role("button", name="Save").click()
    house.get_by_text(f"{service.comics} → /data").wait_for()
    house.get_by_role("button", name="Test the connection").click()
    house.get_by_text("Watched here.").wait_for()
    assert "komga-key" not in page.content()

    komga.is_away = True
    house.get_by_role("button", name="Test the connection").click()
    house.get_by_text("House stopped in the middle of its answer.").wait_for()
    house.get_by_role("button", name="Switch off").click()
    house.get_by_text("Off", exact=True).wait_for()
    house.get_by_role("button", name="Change").click()
    sheet.get_by_role("button", name="Remove").click()
    expect(house).to_have_count(0)


def test_a_comic_shows_how_far_it_was_read_and_can_be_filtered(
    browser: Any, tmp_path: Path, open_page: OpenPage
) -> None:
    service = RunningService(tmp_path)
    services = Services.build(Settings.from_environment(service.environment))
    folders = [(str(service.comics), "/data")]
    try:
        with KomgaDouble(service.comics, there="/data") as komga:
            path = cbz(service.comics / "Mark" / "Mark 001 (2020).cbz", pages_of("Mark", 3))
            service.start().add_user().scan()
            komga.scan()
            komga.read(path, 1)
            services.media_servers.add(
                ServerKind.KOMGA, "Den", komga.url, "komga-key", path_map=folders
            )
            wait_until(lambda: services.media_servers.books.at(str(path)), "the reading")
            (file_id,) = services.catalogue.ids_at([str(path)]).values()
            page = open_page(service)
            page.goto(f"{service.url}/files/{file_id}")
            expect(page.get_by_role("link", name="Begun")).to_have_attribute(
                "href", f"{komga.url}/book/{komga.book_at(path).book_id}"
            )
            page.goto(f"{service.url}/settings/servers")
            page.get_by_text("Carried over when files change").wait_for()
            page.goto(f"{service.url}/")
            page.get_by_label("Not read yet").check()
            page.get_by_role("button", name="Not read yet").wait_for()
            assert "not_read=true" in page.url
            page.context.close()
    finally:
        services.database.close()
        service.stop()
