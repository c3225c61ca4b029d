"""Series and folders are selected on their walls, and stand for their comics."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.clicks import Clicks
from tests.browser.conftest import OpenPage
from tests.browser.running_service import RunningService, draw_comic

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SERIES = {"Badger": 2, "Otter": 3, "Owl": 1}


@pytest.fixture(scope="module")
def service(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    """A service over three series, each in a folder of its own; of one the year is known."""
    running = RunningService(tmp_path_factory.mktemp("walls"))
    for series, comics in SERIES.items():
        for number in range(1, comics + 1):
            tags = f"<Series>{series}</Series><Number>{number}</Number>"
            tags += "<Year>1999</Year>" if number == 1 else ""
            draw_comic(running.comics / series / f"{series} {number}.cbz", tags=tags)
    yield running.start().add_user().scan()
    running.stop()


def requested(page: Any, press: Any) -> Any:
    """Return the job that pressing a button asks for."""
    with page.expect_request("**/api/jobs") as asked:
        press()
    return asked.value.post_data_json


def test_series_are_selected_by_keys_and_boxes_and_counted_as_comics(
    service: RunningService, open_page: OpenPage
) -> None:
    page = open_page(service)
    page.goto(f"{service.url}/?view=series")
    page.locator("#series li[data-key]").nth(2).wait_for()
    for key in ("j", "x", "Shift+J"):
        page.keyboard.press(key)
    page.get_by_text("2 series, 5 comics selected").wait_for()
    page.keyboard.press(".")
    page.get_by_role("menuitem", name="Open as a sheet").click()
    page.locator("#about", has_text="5 comics").wait_for()


def test_all_series_but_one_are_previewed_in_four_clicks(
    service: RunningService, open_page: OpenPage
) -> None:
    page = open_page(service)
    click = Clicks(page)
    page.goto(f"{service.url}/?view=series")
    click(page.get_by_label("Select Otter"))
    click(page.get_by_role("button", name="Select all 3 series"))
    page.get_by_text("All 3 series, 6 comics selected").wait_for()
    click(page.get_by_label("Select Otter"))
    page.get_by_text("All 3 series but 1, 3 comics selected").wait_for()
    preview = page.get_by_role("button", name="Preview", exact=True)
    assert requested(page, lambda: click(preview)) == {
        "kind": "process",
        "filter": {"has_series": True, "none_of_series": ["Otter"]},
        "preview": True,
    }
    page.get_by_role("heading", name="Preview").wait_for()
    page.get_by_text("All series, but not Otter, 3 files").wait_for()
    assert click.count == 4


def test_series_stand_for_the_comics_that_match_the_filter(
    service: RunningService, open_page: OpenPage
) -> None:
    page = open_page(service)
    page.goto(f"{service.url}/?view=series&year=1999-1999")
    page.get_by_label("Select Otter").click()
    page.get_by_text("1 series, 1 matching comic selected").wait_for()
    page.get_by_role("button", name="More").last.click()
    page.get_by_role("menuitem", name="Rename").click()
    page.get_by_text("New job for 1 series, 1 matching comic").wait_for()
    page.locator(".name-example", has_text="Otter").wait_for()


def test_a_search_among_folders_finds_the_comics_in_them(
    service: RunningService, open_page: OpenPage
) -> None:
    page = open_page(service)
    page.goto(f"{service.url}/?view=folders")
    page.get_by_label("Select Owl").wait_for()
    page.keyboard.press("/")
    page.keyboard.type("otter")
    expect(page.locator("#issues [data-key]")).to_have_count(3)
    expect(page.locator("#folders")).to_be_hidden()
    page.locator("#search").fill("")
    expect(page.get_by_label("Select Owl")).to_be_visible()
    expect(page.locator("#issues")).to_be_hidden()


def test_folders_are_selected_and_left_out(service: RunningService, open_page: OpenPage) -> None:
    page = open_page(service)
    page.goto(f"{service.url}/?view=folders")
    page.get_by_label("Select Otter").click()
    page.get_by_text("1 folder, 3 comics selected").wait_for()
    page.get_by_role("button", name="Select everything").click()
    page.get_by_label("Select Owl").click()
    page.get_by_text("but 1 folder, 5 comics selected").wait_for()
    verify = page.get_by_role("menuitem", name="Verify")
    page.get_by_role("button", name="More").last.click()
    assert requested(page, verify.click) == {
        "kind": "verify",
        "folders": [str(service.comics)],
        "without": [str(service.comics / "Owl")],
    }
    page.get_by_text("Verified 5 files").wait_for()


def test_on_a_phone_a_selection_is_previewed_first(
    service: RunningService, open_page: OpenPage
) -> None:
    page = open_page(service, viewport={"width": 390, "height": 844})
    page.goto(f"{service.url}/?view=table")
    page.locator("#files tr[data-key] input").first.check()
    shown = page.locator("#selection button[data-do]:visible")
    assert shown.evaluate_all("(buttons) => buttons.map((each) => each.dataset.do)")[:2] == [
        "preview",
        "process",
    ]
    tops = shown.evaluate_all("(all) => all.map((one) => one.getBoundingClientRect().top)")
    assert len(set(tops[:3])) == 1
