"""The page of one series: order and gaps, what to look at, and what is done to all its comics."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from comicmaintainer.comics.metadata.model import ComicMetadata
from comicmaintainer.jobs.model import JobRequest
from comicmaintainer.services import Services
from comicmaintainer.settings import Settings
from tests.browser.clicks import Clicks
from tests.browser.conftest import OpenPage, until
from tests.browser.running_service import RunningService, draw_comic
from tests.operations.workbench import tags

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def info(series: str, number: int, more: str = "") -> str:
    return f"<Series>{series}</Series><Number>{number}</Number>{more}"


@pytest.fixture(scope="module")
def service(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    """A whole service over a series with gaps, one with a wrong name, and one without years."""
    running = RunningService(tmp_path_factory.mktemp("series"))
    folder = running.comics / "Tide"
    titles = {1: "Low Water", 2: "", 5: "North by Nothing", 12: "The Bell"}
    for number, title in titles.items():
        # Only the first names the volume: the order of the library puts the others before it.
        more = "<Volume>2019</Volume><Publisher>Lantern</Publisher>" if number == 1 else ""
        more += f"<Title>{title}</Title>" if title else ""
        draw_comic(
            folder / f"Tide Warden {number:03} (2019).cbz",
            seed=number,
            tags=info("The Tide Warden", number, f"{more}<Year>2019</Year>"),
        )
    (folder / "Tide Warden 012 copy.cbz").write_bytes(
        (folder / "Tide Warden 012 (2019).cbz").read_bytes()
    )
    torn = draw_comic(folder / "Tide Warden 006.cbz", seed=6, tags=info("The Tide Warden", 6))
    content = bytearray(torn.read_bytes())
    content[60:80] = bytes(20)  # in the data of a page
    torn.write_bytes(content)
    for number in range(1, 4):
        draw_comic(
            running.comics / "Owl" / f"Owl {number}.cbz", seed=number, tags=info("Owll", number)
        )
        draw_comic(
            running.comics / "Heron" / f"Heron {number}.cbz",
            seed=number,
            tags=info("Heron", number),
        )
    running.start().add_user()
    running.scan()
    services = Services.build(Settings.from_environment(running.environment))
    verify = services.manager.submit(JobRequest("verify", [str(torn)]))
    running.wait_for_job(services.manager, verify.job_id)
    services.database.close()
    yield running
    running.stop()


def series_in_library(page: Any, clicks: Clicks, name: str) -> None:
    """From the library to the page of a series."""
    wall = page.get_by_role("button", name="Series", exact=True)
    if wall.get_attribute("aria-pressed") == "false":
        clicks(wall)
    clicks(page.get_by_role("link", name=name))
    page.get_by_role("heading", level=1, name=name).wait_for()
    page.locator(".shelf li[data-key]").first.wait_for()


def shelf_of(page: Any) -> list[str]:
    page.locator(".shelf li[data-key]").first.wait_for()
    return page.locator(".shelf li strong").all_inner_texts()


def metadata_of(service: RunningService, name: str) -> list[ComicMetadata]:
    return [tags(path) for path in sorted(Path(service.comics / name).glob("*.cbz"))]


def test_comics_stand_in_order_of_number_with_empty_places_between(
    service: RunningService, open_page: OpenPage
) -> None:
    page = open_page(service)
    page.goto(f"{service.url}/series?name=tide%20warden")
    assert shelf_of(page) == ["#1", "#2", "#3", "#4", "#5", "#6", "#7 to #11", "#12", "#12"]
    expect(page.locator(".shelf .gap")).to_have_count(3)
    expect(page.locator("h2", has_text="Volume 2019")).to_have_count(1)
    facts = page.locator("#facts").inner_text()
    assert facts.startswith("6 comics · 2019 · Lantern")
    found = page.locator(".finding").all_inner_texts()
    assert found[:4] == ["7 missing", "1 damaged", "1 copy", "1 lacks a title"]
    page.get_by_role("button", name="1 lacks a title").click()
    page.locator("#selected", has_text="1 file selected").wait_for()


def test_a_wrong_series_name_of_three_files_takes_four_clicks(
    service: RunningService, open_page: OpenPage
) -> None:
    page = open_page(service)
    clicks = Clicks(page)
    series_in_library(page, clicks, "Owll")
    clicks(page.get_by_role("button", name="Rename", exact=True))
    page.get_by_label("Name of the series").fill("The Owl")
    page.keyboard.press("Enter")
    sheet = page.get_by_role("dialog", name="Rename the series")
    sheet.get_by_text("3 files would change.").wait_for()
    assert [each.series for each in metadata_of(service, "Owl")] == ["Owll"] * 3
    clicks(sheet.get_by_role("button", name="Apply to 3 files"))
    page.get_by_role("heading", level=1, name="The Owl").wait_for()
    assert clicks.count <= 4
    assert [each.series for each in metadata_of(service, "Owl")] == ["The Owl"] * 3
    page.locator(".toast").get_by_role("button", name="Undo").click()
    page.get_by_role("heading", level=1, name="Owll").wait_for()
    assert [each.series for each in metadata_of(service, "Owl")] == ["Owll"] * 3


def test_a_year_for_a_series_takes_five_clicks(
    service: RunningService, open_page: OpenPage
) -> None:
    page = open_page(service)
    clicks = Clicks(page)
    series_in_library(page, clicks, "Heron")
    clicks(page.get_by_role("button", name="Edit tags"))
    sheet = page.get_by_role("dialog", name="Edit the tags of Heron")
    year = sheet.locator("[name=year]")
    until(page, "() => document.querySelector('dialog [name=year]')?.placeholder === 'none has it'")
    expect(sheet.locator("[name=series]")).to_have_attribute("placeholder", "Heron")
    expect(sheet.locator("[name=issue]")).to_have_attribute("placeholder", "3 different")
    clicks(year)
    page.keyboard.type("2021")
    page.keyboard.press("Enter")
    sheet.get_by_text("The same for 3 files").wait_for()
    clicks(sheet.get_by_role("button", name="Apply to 3 files"))
    page.locator("#facts", has_text="2021").wait_for()
    assert clicks.count <= 5
    assert [each.year for each in metadata_of(service, "Heron")] == [2021] * 3


def test_two_series_are_merged_under_the_name_that_stays(
    service: RunningService, open_page: OpenPage
) -> None:
    page = open_page(service)
    page.goto(f"{service.url}/series?name=Owll")
    page.locator(".shelf li[data-key]").first.wait_for()
    page.get_by_role("button", name="More").last.click()
    page.get_by_role("menuitem", name="Merge with another series").click()
    sheet = page.get_by_role("dialog", name="Merge Owll with another series")
    sheet.get_by_label("The other series").fill("Heron")
    sheet.get_by_role("radio", name="Heron").click()
    sheet.get_by_role("radio", name="Heron").last.check()
    sheet.get_by_role("button", name="Preview").click()
    sheet.get_by_role("button", name="Apply to 3 files").click()
    page.get_by_role("heading", level=1, name="Heron").wait_for()
    page.locator("#facts", has_text="6 comics").wait_for()
    page.locator(".toast").get_by_role("button", name="Undo").click()
    page.get_by_role("heading", level=1, name="Owll").wait_for()
    assert [each.series for each in metadata_of(service, "Owl")] == ["Owll"] * 3


def test_a_value_that_can_t_be_is_told_at_its_field(
    service: RunningService, open_page: OpenPage
) -> None:
    page = open_page(service)
    page.goto(f"{service.url}/series?name=Owll")
    page.locator(".shelf li[data-key]").first.wait_for()
    page.get_by_role("button", name="Edit tags").click()
    sheet = page.get_by_role("dialog", name="Edit the tags of Owll")
    sheet.locator("[name=month]").fill("13")
    sheet.get_by_role("button", name="Preview").click()
    sheet.get_by_role("alert").get_by_text("Month can't be 13").wait_for()
    expect(sheet.locator("[name=month]")).to_have_attribute("aria-invalid", "true")


def test_a_series_that_is_not_there_says_so(service: RunningService, browser: Any) -> None:
    context = browser.new_context(storage_state=service.session)
    page = context.new_page()
    answer = page.goto(f"{service.url}/series?name=Nobody")
    assert answer.status == 404
    page.get_by_text("No comic in the library is of the series “Nobody”.").wait_for()
    context.close()


def test_a_comic_has_its_title_its_neighbours_and_what_its_name_says(
    service: RunningService, open_page: OpenPage
) -> None:
    page = open_page(service)
    page.goto(f"{service.url}/series?name=tide%20warden")
    page.get_by_role("link", name="#5").click()
    page.get_by_role("heading", level=1, name="The Tide Warden #5, North by Nothing").wait_for()
    expect(page.locator("#path")).to_have_text("Tide Warden 005 (2019).cbz", use_inner_text=True)
    beside = page.get_by_role("navigation", name="Comics of the series")
    expect(beside.get_by_role("link")).to_have_text(["#2", "#6"], use_inner_text=True)
    beside.get_by_role("link", name="Previous: #2").click()
    page.get_by_role("heading", level=1, name="The Tide Warden #2", exact=True).wait_for()
    page.keyboard.press("n")
    page.get_by_role("heading", level=1, name="The Tide Warden #5, North by Nothing").wait_for()


def test_what_the_name_says_is_beside_the_tags_and_can_be_taken(
    service: RunningService, open_page: OpenPage
) -> None:
    path = draw_comic(
        service.comics / "Crane 7 (2020).cbz", tags="<Series>Crane</Series><Number>8</Number>"
    )
    service.scan()
    page = open_page(service)
    page.goto(f"{service.url}/?view=table")
    page.get_by_role("link", name="Crane 7 (2020).cbz").click()
    page.get_by_role("button", name="Use it: 7").wait_for()
    page.get_by_role("button", name="Use all 2 from the name").click()
    expect(page.locator("[name=issue]")).to_have_value("7")
    expect(page.locator("[name=year]")).to_have_value("2020")
    page.locator("summary", has_text="Edition").click()
    page.locator("[name=age_rating]").select_option("Teen")
    page.locator("[name=manga]").select_option(label="Yes, read right to left")
    page.get_by_role("button", name="Save tags").click()
    page.locator(".toast", has_text="Tags saved.").wait_for()
    found = tags(path)
    assert (found.issue, found.year, found.age_rating) == ("7", 2020, "Teen")
    assert found.manga == "YesAndRightToLeft"
