"""The page of one comic: its tags, the way to the trash and back, a file that can't be read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenPage, until
from tests.browser.running_service import RunningService, draw_comic
from tests.kit.waiting import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def service(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    """A whole service over two scanned comics and one that can't be read."""
    running = RunningService(tmp_path_factory.mktemp("comic"))
    draw_comic(running.comics / "Tide 1.cbz")
    draw_comic(running.comics / "Tide 2.cbz", seed=2)
    (running.comics / "Torn.cbz").write_bytes((running.comics / "Tide 1.cbz").read_bytes()[:200])
    running.start().add_user()
    running.scan()
    yield running
    running.stop()


@pytest.fixture
def unwatched(service: RunningService, browser: Any, open_page: OpenPage) -> Iterator[Any]:
    """A page of the library whose console may show that the server refused something."""
    context = browser.new_context(storage_state=open_page(service).context.storage_state())
    page = context.new_page()
    page.goto(f"{service.url}/?view=table")
    yield page
    context.close()


def test_a_refused_tag_shows_the_error_at_its_field(unwatched: Any) -> None:
    page = unwatched
    page.get_by_role("link", name="Tide 1.cbz").click()
    volume = page.get_by_role("textbox", name="Volume")
    volume.fill("-5")
    page.get_by_role("button", name="Save tags").click()
    told = page.get_by_role("alert").get_by_text("Volume can't be '-5': it must be a whole number")
    told.wait_for()
    expect(volume).to_have_attribute("aria-invalid", "true")
    assert volume.evaluate("(field) => field === document.activeElement")
    expect(page.locator(".toast")).to_have_count(0)
    volume.fill("5")
    told.wait_for(state="detached")
    expect(volume).not_to_have_attribute("aria-invalid", re.compile(""))


def test_saved_tags_can_be_taken_back_by_the_message(
    service: RunningService, open_page: OpenPage
) -> None:
    page = open_page(service)
    page.get_by_role("link", name="Tide 1.cbz").click()
    title = page.get_by_role("textbox", name="Title")
    title.fill("Low water")
    page.get_by_role("button", name="Save tags").click()
    saved = page.locator(".toast", has_text="Tags saved.")
    saved.wait_for()
    expect(
        page.locator(".toast"), "the message of the job took the place of the first"
    ).to_have_count(1)
    saved.get_by_role("button", name="Undo").click()
    page.locator(".toast", has_text="Undone.").wait_for()
    until(page, "() => document.querySelector('[name=title]').value === ''")


def test_leaving_with_unsaved_tags_is_asked_about(
    service: RunningService, open_page: OpenPage
) -> None:
    page = open_page(service)
    asked: list[str] = []

    def accept(dialog: Any) -> None:
        asked.append(dialog.type)
        dialog.accept()

    page.on("dialog", accept)
    page.get_by_role("link", name="Tide 1.cbz").click()
    summary = page.get_by_role("textbox", name="Summary")
    summary.fill("One line\nand another")
    page.reload()
    assert asked == ["beforeunload"]
    summary.fill("One line\nand another")
    page.get_by_role("button", name="Save tags").click()
    page.locator(".toast", has_text="Tags saved.").wait_for()
    page.reload()
    summary.wait_for()
    assert asked == ["beforeunload"], "what is saved is not asked about"


def test_a_comic_in_the_trash_says_so_and_comes_back(
    service: RunningService, unwatched: Any
) -> None:
    page = unwatched
    path = service.comics / "Tide 2.cbz"
    page.get_by_role("link", name="Tide 2.cbz").click()
    page.get_by_role("button", name="More").last.click()
    page.get_by_role("menuitem", name="To the trash").click()
    page.get_by_text("This comic is in the trash.").wait_for()
    expect(page.get_by_role("button", name="Process")).to_have_count(0)
    expect(page.get_by_role("button", name="Save tags")).to_be_hidden()
    gone = page.url
    page.get_by_role("button", name="Restore it").click()
    page.get_by_role("button", name="Save tags").wait_for()
    wait_until(path.exists, "the comic back at its place")
    if page.url != gone:
        assert page.request.get(gone, headers={"Accept": "text/html"}).status == 404


def test_a_file_that_cannot_be_read_offers_what_can_be_done(
    service: RunningService, open_page: OpenPage
) -> None:
    page = open_page(service)
    page.get_by_role("link", name="Torn.cbz").click()
    page.get_by_text("This file can't be read.").wait_for()
    expect(page.locator("#actions button")).to_have_text(["Verify", "More"], use_inner_text=True)
    expect(page.get_by_role("button", name="Save tags")).to_be_hidden()
    page.get_by_role("button", name="Verify").click()
    page.locator(".toast", has_text="central directory").wait_for()
