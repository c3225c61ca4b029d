"""The first hour of a new user, with real files: setup, scan, preview, apply, undo, trash."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.clicks import Clicks
from tests.browser.conftest import OpenPage
from tests.browser.running_service import PASSWORD, USER, RunningService, draw_comic
from tests.kit.comics import digests
from tests.kit.waiting import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.slow]

BASE_PATH = "/comics"


def installed(folder: Path) -> RunningService:
    """A whole service below a path, as behind a proxy, that nobody has signed in to yet."""
    running = RunningService(folder, base_path=BASE_PATH)
    draw_comic(running.comics / "Paper Kites" / "Paper_Kites_001_(2020).cbz", seed=1)
    draw_comic(running.comics / "Paper Kites" / "Paper_Kites_002_(2020).cbz", seed=2)
    return running.start()


@pytest.fixture
def new(browser: Any, tmp_path: Path) -> Iterator[RunningService]:
    """As it is after the first start."""
    running = installed(tmp_path)
    yield running
    running.stop()


@pytest.fixture(scope="module")
def service(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    """With a user and a scanned library."""
    running = installed(tmp_path_factory.mktemp("first")).add_user()
    running.scan()
    yield running
    running.stop()


def test_from_the_setup_link_to_undo(new: RunningService, open_page: OpenPage) -> None:
    before = digests(new.comics)
    page = open_page()

    page.goto(new.setup_link())
    page.get_by_label("Name").fill(USER)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Password again").fill(PASSWORD)
    page.get_by_role("button", name="Begin").click()
    page.wait_for_url(f"{new.url}/welcome")
    page.get_by_role("button", name="Skip to the library").click()
    page.wait_for_url(f"{new.url}/")
    expect(page.get_by_text("Getting started is not finished")).to_have_count(0)

    page.get_by_role("button", name="Scan now").click()
    page.get_by_role("link", name="Paper Kites").wait_for()
    page.get_by_role("button", name="Table").click()
    page.locator("#total", has_text="2 comics").wait_for()

    page.get_by_label("Select all that match").check()
    page.get_by_text("All 2 matching selected").wait_for()
    page.get_by_role("button", name="Preview", exact=True).click()
    page.get_by_text("2 would be renamed, 2 would get other tags.").first.wait_for()
    page.locator("#results ins", has_text="Paper Kites").first.wait_for()
    assert digests(new.comics) == before, "a preview changes nothing"

    page.get_by_role("button", name="Apply to 2 files").click()
    page.get_by_text("Processed 2 files.").first.wait_for()
    assert sorted(digests(new.comics)) == [
        "Paper Kites/Paper Kites #0001 (2020).cbz",
        "Paper Kites/Paper Kites #0002 (2020).cbz",
    ]

    page.get_by_role("button", name="Undo all").click()
    page.locator("#sentence", has_text="Undone").wait_for()
    assert digests(new.comics) == before, "undo restores every byte"


def test_the_first_series_is_tidied_five_clicks_after_setup(
    new: RunningService, open_page: OpenPage
) -> None:
    page = open_page(viewport={"width": 390, "height": 844})
    page.goto(new.setup_link())
    page.get_by_label("Name").fill(USER)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Password again").fill(PASSWORD)
    page.get_by_role("button", name="Begin").click()
    page.wait_for_url(f"{new.url}/welcome")
    click = Clicks(page)

    folders = page.locator("#checked")
    folders.get_by_text("Comics can be read and changed").wait_for()
    folders.get_by_text("on this computer").wait_for()
    click(page.get_by_role("button", name="Scan now"))
    page.get_by_text("2 comics found.").wait_for()
    page.locator("#covers img").nth(1).wait_for()
    page.get_by_text("The first 2 comics, before and after.").wait_for()
    page.locator("#sample ins", has_text="Paper Kites").first.wait_for()
    narrow = "document.documentElement.scrollWidth <= innerWidth"
    assert page.evaluate(narrow), "nothing is wider than a phone"

    page.goto(f"{new.url}/")
    page.get_by_role("link", name="Continue").click()  # left and taken up again: not counted
    click(page.get_by_role("button", name="Preview all 2 comics"))
    page.get_by_text("2 would be renamed, 2 would get other tags.").first.wait_for()
    click(page.get_by_role("button", name="Apply to 2 files"))
    page.get_by_text("Processed 2 files.").first.wait_for()
    assert click.count <= 5
    assert sorted(digests(new.comics)) == [
        "Paper Kites/Paper Kites #0001 (2020).cbz",
        "Paper Kites/Paper Kites #0002 (2020).cbz",
    ]
    page.goto(f"{new.url}/")
    page.get_by_role("link", name="Paper Kites").wait_for()
    expect(page.get_by_text("Getting started is not finished")).to_have_count(0)


def test_folders_that_are_empty_or_missing_say_what_to_do(
    browser: Any, tmp_path: Path, open_page: OpenPage
) -> None:
    empty, missing = tmp_path / "comics", tmp_path / "gone"
    running = RunningService(tmp_path, WATCHED_DIR=f"{empty}:{missing}")
    empty.mkdir(exist_ok=True)
    running.start().add_user()
    page = open_page(running)
    page.goto(f"{running.url}/welcome")
    page.locator("#checked").get_by_text(f"{missing} does not exist.").wait_for()
    page.get_by_text("whether the disk or share is mounted").wait_for()
    page.get_by_role("button", name="Scan now").press("Enter")
    page.get_by_text("There are no comics in the folders yet.").wait_for()
    draw_comic(empty / "Kelp" / "Kelp 1.cbz")
    page.get_by_role("button", name="Scan again").press("Enter")
    page.get_by_text("1 comic found.").wait_for()
    page.get_by_role("button", name="Preview the comic").wait_for()
    page.close()  # before it asks a service that has ended
    running.stop()


def test_tags_are_edited_and_the_change_is_taken_back(
    service: RunningService, open_page: OpenPage
) -> None:
    before = digests(service.comics)
    page = open_page(service)
    page.goto(f"{service.url}/?view=table")
    page.get_by_role("link", name="Paper_Kites_001_(2020).cbz").click()
    page.get_by_role("textbox", name="Title", exact=True).fill("A <b>bold</b> start & more")
    page.get_by_role("button", name="Save tags").click()
    page.locator("#history ins", has_text="A <b>bold</b> start & more").wait_for()
    expect(page.locator("#history b")).to_have_count(0)
    assert digests(service.comics) != before

    change = page.locator("#history li", has_text="A <b>bold</b> start & more")
    change.get_by_role("button", name="Undo").click()
    change.get_by_text("Tags, undone").wait_for()
    assert digests(service.comics) == before


def test_a_deleted_comic_comes_back_by_the_button_of_the_message(
    service: RunningService, open_page: OpenPage
) -> None:
    before = digests(service.comics)
    page = open_page(service)
    page.goto(f"{service.url}/?view=table")
    page.get_by_label("Select Paper_Kites_002_(2020).cbz").check()
    page.get_by_role("button", name="More").last.click()
    page.get_by_role("menuitem", name="To the trash").click()
    wait_until(lambda: len(digests(service.comics)) == 1, "the file in the trash")
    page.locator(".toast").get_by_role("button", name="Undo").click()
    wait_until(lambda: digests(service.comics) == before, "the file back at its place")


def test_trash_is_emptied_only_when_the_number_is_typed(
    service: RunningService, open_page: OpenPage
) -> None:
    page = open_page(service)
    page.goto(f"{service.url}/?view=table")
    page.get_by_label("Select Paper_Kites_002_(2020).cbz").check()
    page.get_by_role("button", name="More").last.click()
    page.get_by_role("menuitem", name="To the trash").click()
    wait_until(lambda: len(digests(service.comics)) == 1, "the file in the trash")

    page.goto(f"{service.url}/system/trash")
    page.locator("#trashed", has_text="Paper_Kites_002_(2020).cbz").wait_for()
    empty = page.get_by_role("button", name="Empty the trash")
    expect(empty).to_be_disabled()
    page.get_by_label("type the number of files").fill("2")
    expect(empty).to_be_disabled()
    page.get_by_label("type the number of files").fill("1")
    empty.click()
    page.get_by_text("The trash is empty.").wait_for()


def test_a_schedule_shows_when_it_runs_next(service: RunningService, open_page: OpenPage) -> None:
    page = open_page(service, timezone_id="Europe/Berlin")
    page.goto(f"{service.url}/schedules")
    page.get_by_role("button", name="New template").first.click()
    page.get_by_label("Name", exact=True).fill("Tidy up")
    page.get_by_role("button", name="Save").click()
    page.locator("#templates", has_text="Tidy up").wait_for()

    page.get_by_role("button", name="New schedule").first.click()
    page.get_by_label("What to run").select_option("Tidy up")
    page.get_by_role("combobox", name="When ").select_option("Every Sunday at 3")
    page.locator("dialog", has_text="only on Sunday").wait_for()
    page.get_by_role("button", name="Save").click()
    row = page.locator("#schedules li", has_text="Tidy up")
    row.get_by_text("(Europe/Berlin)").wait_for()
    row.get_by_role("button", name="Pause").click()
    row.get_by_text("paused", exact=True).wait_for()


def test_the_other_copy_goes_to_the_trash_and_comes_back(
    service: RunningService, open_page: OpenPage
) -> None:
    kept = draw_comic(service.comics / "Twice" / "Twice 1.cbz", seed=7)
    other = service.comics / "Twice" / "Twice 1 copy.cbz"
    other.write_bytes(kept.read_bytes())
    page = open_page(service)
    page.get_by_role("button", name="Scan").click()
    page.get_by_role("link", name="Twice 1 copy.cbz").wait_for()

    page.goto(f"{service.url}/duplicates")
    group = page.get_by_role("region", name="Twice 1")
    group.locator(".copy", has_text="Twice 1.cbz").get_by_role("radio").check()
    group.get_by_role("button", name="Trash the other").click()
    wait_until(lambda: not other.exists(), "the other copy in the trash")
    page.get_by_text("No two files have the same pages.").wait_for()
    page.locator(".toast").get_by_role("button", name="Undo").click()
    wait_until(other.exists, "the other copy back")
    assert kept.read_bytes() == other.read_bytes()
    group.wait_for()


def test_what_was_exported_is_known_when_it_is_imported(
    service: RunningService, open_page: OpenPage, tmp_path: Path
) -> None:
    page = open_page(service)
    page.goto(f"{service.url}/system/transfer")
    with page.expect_download() as download:
        page.get_by_role("link", name="Export", exact=True).click()
    file = tmp_path / "jobs.jsonl"
    download.value.save_as(file)
    page.get_by_label("File to import").set_input_files(file)
    page.get_by_role("button", name="Import", exact=True).click()
    page.get_by_text(re.compile("^0 records stored")).wait_for()


def test_a_key_is_shown_once_and_works(service: RunningService, open_page: OpenPage) -> None:
    page = open_page(service)
    page.goto(f"{service.url}/settings/access")
    page.get_by_label("Purpose").fill("tablet")
    page.get_by_role("button", name="Create a key").click()
    key = page.locator(".secret code").inner_text()
    stranger = open_page()
    answer = stranger.request.get(f"{service.url}/api/me", headers={"X-Api-Key": key})
    assert answer.json() == {"name": "tablet", "via": "key", "role": "look"}
    page.reload()
    page.locator("#keys", has_text="tablet").wait_for()
    assert key not in page.content()
