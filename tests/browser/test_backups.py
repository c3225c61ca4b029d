"""Backups on their page, and the box that shows how a name is read."""

from __future__ import annotations

from pathlib import Path

import pytest

from comicmaintainer.database import SqliteDatabase
from tests.browser.running_service import RunningService, draw_comic

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    running = RunningService(tmp_path_factory.mktemp("backups"), BASE_PATH="")
    draw_comic(running.comics / "Saga" / "Saga 001.cbz")
    running.start().add_user()
    yield running
    running.stop()


def test_a_backup_is_made_on_the_system_page_and_downloaded(service, open_page, tmp_path: Path):
    page = open_page(service)
    page.goto(f"{service.url}/system/backups")
    page.get_by_role("button", name="Back up now").click()
    page.locator("#backed-up", has_text="was created").wait_for()
    entry = page.locator("#backups li", has_text="On request")
    entry.wait_for()
    with page.expect_download() as downloading:
        entry.get_by_role("link", name="Download").click()
    downloading.value.save_as(tmp_path / "fetched.db")
    copy = SqliteDatabase(tmp_path / "fetched.db")
    assert [row["name"] for row in copy.rows("SELECT name FROM users")] == ["ada"]
    copy.close()


def test_a_name_is_read_while_it_is_typed(service, open_page):
    page = open_page(service)
    page.goto(f"{service.url}/settings/rules")
    page.get_by_label("File name").fill("Saga v2 #007 (2012).cbz")
    page.locator("#parsed .piece", has_text="volume").wait_for()
    told = page.locator("#parsed dl").inner_text().split("\n")
    assert [told[told.index(field) + 1] for field in ("series", "number")] == ["Saga", "7"]
    page.get_by_label("File name").fill("007.cbz")
    page.get_by_label("Its folder").fill("Paper Kites")
    page.locator("#parsed dd", has_text="Paper Kites").wait_for()
    page.get_by_label("File name").fill("")
    page.locator("#parsed dl").wait_for(state="detached")
