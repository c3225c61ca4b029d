"""The sheet: tags of many comics as cells, pasted, filled and numbered, and written as one job."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from playwright.sync_api import expect

from comicmaintainer.comics.metadata.model import ComicMetadata
from comicmaintainer.services import Services
from comicmaintainer.settings import Settings
from tests.browser.clicks import Clicks
from tests.browser.conftest import OpenPage, until
from tests.browser.running_service import RunningService, draw_comic
from tests.browser.test_provider_sign_in import sign_in
from tests.browser.test_series_page import info, series_in_library
from tests.library.reading_lists.shelf import comic
from tests.operations.workbench import tags

pytestmark = [pytest.mark.browser, pytest.mark.slow]

MANY = 1000
PASTE = """
    (text) => {
      const data = new DataTransfer();
      data.setData("text/plain", text);
      document.activeElement.dispatchEvent(
        new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
    }
"""


@pytest.fixture(scope="module")
def service(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    """A whole service over a series of twenty comics, and one of a thousand in the catalogue."""
    running = RunningService(tmp_path_factory.mktemp("sheet"))
    for number in range(1, 21):
        more = "<Publisher>Lantern</Publisher>" if number > 1 else ""
        draw_comic(
            running.comics / "Heron" / f"Heron {number:02} ({2000 + number}).cbz",
            tags=info("Heron", number, more),
        )
    running.start().add_user()
    running.scan()
    services = Services.build(Settings.from_environment(running.environment))
    services.catalogue.upsert(
        [
            replace(
                comic(str(number), "Long", str(number), title=f"Part {number}"),
                path=str(running.comics / f"Long {number}.cbz"),
            )
            for number in range(MANY)
        ]
    )
    services.database.close()
    yield running
    running.stop()


def open_sheet(service: RunningService, open_page: OpenPage) -> Any:
    page = open_page(service)
    page.goto(f"{service.url}/sheet?series=Heron")
    page.locator("#cells tbody td").first.wait_for()
    return page


def cell(page: Any, row: int, field: str) -> Any:
    return page.locator(f"#cells td.of-{field}[data-row='{row}']")


def texts(page: Any, field: str, rows: int) -> list[str]:
    return [cell(page, row, field).locator(".clip").inner_text() for row in range(rows)]


def stored(service: RunningService) -> list[ComicMetadata]:
    return [tags(path) for path in sorted((service.comics / "Heron").glob("*.cbz"))]


def test_twenty_titles_are_pasted_in_five_clicks_and_written_as_one_job(
    service: RunningService, open_page: OpenPage
) -> None:
    page = open_page(service)
    clicks = Clicks(page)
    series_in_library(page, clicks, "Heron")
    clicks(page.get_by_role("link", name="Sheet"))
    cell(page, 0, "title").and_(page.locator(":focus")).wait_for()
    titles = [f"Title {number}" for number in range(1, 21)]
    page.evaluate(PASTE, "\r\n".join(titles) + "\r\n")
    clicks(page.get_by_role("button", name="Preview 20 changes"))
    sheet = page.get_by_role("dialog", name="Change 20 tags of 20 files")
    sheet.get_by_text("20 files would change.").wait_for()
    assert [each.title for each in stored(service)] == [None] * 20
    clicks(sheet.get_by_role("button", name="Apply to 20 files"))
    page.locator(".toast").get_by_role("button", name="Undo").wait_for()
    assert clicks.count <= 5
    assert [each.title for each in stored(service)] == titles
    until(page, "() => document.querySelector('#preview').disabled")
    page.locator(".toast").get_by_role("button", name="Undo").click()
    page.locator(".toast", has_text="Undone.").wait_for()
    assert [each.title for each in stored(service)] == [None] * 20


def test_cells_are_typed_in_filled_down_numbered_and_taken_from_names(
    service: RunningService, open_page: OpenPage
) -> None:
    page = open_sheet(service, open_page)
    cell(page, 0, "title").click()
    page.keyboard.type("Dusk")
    page.keyboard.press("Enter")
    page.keyboard.type("Dawn")
    page.keyboard.press("Escape")
    assert texts(page, "title", 2) == ["Dusk", ""]
    cell(page, 0, "title").click()
    cell(page, 2, "title").click(modifiers=["Shift"])
    page.keyboard.press("Control+d")
    assert texts(page, "title", 4) == ["Dusk", "Dusk", "Dusk", ""]
    page.keyboard.press("Control+z")
    assert texts(page, "title", 4) == ["Dusk", "", "", ""]
    cell(page, 0, "volume").click()
    page.get_by_role("button", name="Number", exact=True).click()
    page.get_by_label("First").fill("3")
    page.get_by_label("Step").fill("2")
    page.get_by_role("dialog").get_by_role("button", name="Number").click()
    assert texts(page, "volume", 3) == ["3", "5", "7"]
    cell(page, 0, "year").click()
    page.get_by_role("button", name="From file names").click()
    assert texts(page, "year", 3) == ["2001", "2002", "2003"]
    cell(page, 0, "series").click()
    page.get_by_role("button", name="Find and replace").click()
    page.get_by_role("textbox", name="Find").fill("her")
    page.get_by_role("textbox", name="Replace with").fill("Mar")
    page.get_by_text("20 cells would change.").wait_for()
    page.get_by_role("dialog").get_by_role("button", name="Replace").click()
    assert texts(page, "series", 2) == ["Maron", "Maron"]
    page.get_by_role("button", name="Discard changes").click()
    assert texts(page, "series", 2) == ["Heron", "Heron"]
    expect(page.get_by_role("button", name="Preview")).to_be_disabled()


def test_the_row_of_all_shows_what_comics_have_in_common_and_writes_into_all(
    service: RunningService, open_page: OpenPage
) -> None:
    page = open_sheet(service, open_page)
    expect(cell(page, -1, "series")).to_have_text("Heron", use_inner_text=True)
    expect(cell(page, -1, "issue")).to_have_text("20 different", use_inner_text=True)
    expect(cell(page, -1, "publisher")).to_have_text("Lantern, 1 empty", use_inner_text=True)
    cell(page, -1, "publisher").click()
    page.keyboard.type("Reef")
    page.keyboard.press("Enter")
    assert texts(page, "publisher", 2) == ["Reef", "Reef"]
    page.get_by_role("button", name="Preview 20 changes").wait_for()
    page.get_by_role("button", name="Step back").click()
    assert texts(page, "publisher", 2) == ["", "Lantern"]


def test_rows_of_a_spreadsheet_are_pasted_and_what_can_t_be_is_marked(
    service: RunningService, open_page: OpenPage
) -> None:
    page = open_sheet(service, open_page)
    cell(page, 18, "title").click()
    page.evaluate(PASTE, 'One\t1\t1990\n"Two\nlines"\tx\t1991\nThree\t3\t1992\n')
    page.locator(".toast", has_text="1 row of what was pasted did not fit.").wait_for()
    expect(cell(page, 18, "year").locator(".clip")).to_have_text("1990", use_inner_text=True)
    expect(cell(page, 19, "volume")).to_have_attribute("aria-invalid", "true")
    page.get_by_role("button", name=re.compile("Preview 6 changes")).click()
    page.locator(".toast", has_text="Volume can't be 'x'").wait_for()
    cell(page, 19, "volume").and_(page.locator(":focus")).wait_for()
    page.keyboard.press("Delete")
    page.get_by_role("button", name="Preview 5 changes").wait_for()


def test_of_a_thousand_rows_only_those_in_view_are_in_the_page(
    service: RunningService, open_page: OpenPage
) -> None:
    page = open_page(service)
    page.goto(f"{service.url}/sheet?series=Long")
    page.locator("#cells tbody td").first.wait_for()
    expect(page.locator("#cells")).to_have_attribute("aria-rowcount", str(MANY + 1))
    assert page.locator("#cells tbody tr").count() < 100
    page.keyboard.press("Control+ArrowDown")
    cell(page, MANY - 1, "title").and_(page.locator(":focus")).wait_for()
    expect(cell(page, MANY - 1, "title")).to_have_text("Part 999", use_inner_text=True)
    assert page.locator("#cells tbody tr").count() < 100


def test_chosen_comics_of_the_library_are_opened_as_a_sheet(
    service: RunningService, open_page: OpenPage
) -> None:
    page = open_page(service)
    page.goto(f"{service.url}/series?name=Heron")
    for number in (1, 2):
        page.locator(".shelf li[data-key] input").nth(number).check(force=True)
    page.get_by_role("region", name="Selection").get_by_role("button", name="Sheet").click()
    page.locator("#about", has_text="2 comics").wait_for()
    assert texts(page, "issue", 2) == ["2", "3"]


def test_all_comics_but_these_are_opened_as_a_sheet(
    service: RunningService, open_page: OpenPage
) -> None:
    page = open_page(service)
    page.goto(f"{service.url}/?view=table&series=Heron")
    page.get_by_label("Select all that match").check()
    for number in (0, 2):
        page.locator("#files tr[data-key] input").nth(number).uncheck()
    page.get_by_role("button", name="More").click()
    page.get_by_role("menuitem", name="Open as a sheet").click()
    page.locator("#about", has_text="18 comics").wait_for()
    assert texts(page, "issue", 2) == ["2", "4"]


def test_what_was_typed_outlives_the_end_of_the_sign_in(
    service: RunningService, browser: Any
) -> None:
    # A context of its own: that somebody is not signed in is an error in the console.
    context = browser.new_context(locale="en-GB")
    sheet, other = context.new_page(), context.new_page()
    asked: list[str] = []

    def stay(dialog: Any) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    sheet.on("dialog", stay)
    other.goto(f"{service.url}/login")
    sign_in(other)
    other.wait_for_url(f"{service.url}/")
    sheet.goto(f"{service.url}/sheet?series=Heron")
    cell(sheet, 0, "title").click()
    sheet.keyboard.type("Typed by hand")
    sheet.keyboard.press("Enter")
    other.locator(".rail .foot").get_by_role("button", name="Sign out").click()
    other.wait_for_url(f"{service.url}/login")
    ended = sheet.locator(".toast", has_text="Your sign-in has ended.")
    with context.expect_page() as opened:
        ended.get_by_role("button", name="Sign in").click(timeout=60_000)
    sheet.wait_for_timeout(11_000)  # twice the time between two attempts to reconnect
    assert asked == ["beforeunload"]
    sign_in(opened.value)
    opened.value.wait_for_url(f"{service.url}/")
    sheet.get_by_role("button", name="Preview 1 change").click()
    sheet.get_by_text("1 file would change.").wait_for()
    assert sheet.get_by_text("Typed by hand").count() > 0
    context.close()
