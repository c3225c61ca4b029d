"""The pages of a comic in the browser: looked at, chosen, marked, removed and brought back."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenPage, until
from tests.browser.running_service import RunningService, draw_comic
from tests.kit.waiting import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.slow]

MANGA = "<Manga>YesAndRightToLeft</Manga>"
LOADED = "(image) => image.complete && image.naturalWidth > 0"


@pytest.fixture(scope="module")
def service(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    """A whole service over two scanned comics, one of them read from right to left."""
    running = RunningService(tmp_path_factory.mktemp("comic-pages"))
    draw_comic(running.comics / "Saltmarsh 001.cbz", pages=30)
    draw_comic(running.comics / "Kites 001.cbz", pages=5, tags=MANGA)
    odd = draw_comic(running.comics / "Odd 001.cbz", pages=2)
    with zipfile.ZipFile(odd, "a") as archive:
        archive.writestr("003.jpg", "<svg xmlns='http://www.w3.org/2000/svg'/>")
    running.start().add_user()
    running.scan()
    yield running
    running.stop()


def opened(service: RunningService, open_page: OpenPage, name: str, **options: Any) -> Any:
    page = open_page(service, **options)
    page.get_by_role("link", name=name).click()
    page.locator(".page-grid li").first.wait_for()
    return page


def all_loaded(page: Any) -> None:
    """Wait for the small pages: a change of the file refuses those still asked of the old one."""
    until(
        page,
        "() => [...document.querySelectorAll('.page-grid img')].every((one) => one.naturalWidth)",
    )


def names_in(path: Path) -> list[str]:
    with zipfile.ZipFile(path) as archive:
        return [name for name in archive.namelist() if name.endswith(".png")]


def focused(page: Any) -> str:
    return str(page.evaluate("document.activeElement.ariaLabel"))


def test_small_pages_come_as_they_are_scrolled_to(
    service: RunningService, open_page: OpenPage
) -> None:
    page = opened(service, open_page, "Saltmarsh 001.cbz")
    tiles = page.locator(".page-grid li")
    expect(tiles).to_have_count(24)
    page.get_by_role("button", name="Show all 30 pages").click()
    expect(tiles).to_have_count(30)
    last = tiles.nth(29).locator("img")
    last.scroll_into_view_if_needed()
    until(page, LOADED, last.element_handle())


def test_keyboard_moves_chooses_and_opens(service: RunningService, open_page: OpenPage) -> None:
    page = opened(service, open_page, "Saltmarsh 001.cbz")
    page.get_by_role("button", name="Page 1", exact=True).focus()
    for key in ("ArrowRight", "x", "Shift+ArrowRight"):
        page.keyboard.press(key)
    page.get_by_text("2 pages chosen").wait_for()
    assert focused(page) == "Page 3"
    page.keyboard.press("Home")
    assert focused(page) == "Page 1"
    page.keyboard.press("Enter")
    viewer = page.get_by_role("dialog", name="Page viewer")
    caption = viewer.locator(".caption")
    caption.get_by_text("Page 1 of 30").wait_for()
    until(page, LOADED, viewer.locator("img").element_handle())
    for key, place in [
        ("ArrowRight", "Page 2 of 30"),
        ("End", "Page 30 of 30"),
        ("ArrowRight", "Page 30 of 30"),
        ("ArrowLeft", "Page 29 of 30"),
        ("Home", "Page 1 of 30"),
        ("ArrowDown", "Page 2 of 30"),
    ]:
        page.keyboard.press(key)
        caption.get_by_text(place).wait_for()
    expect(viewer.get_by_label("Choose")).to_be_checked()
    page.keyboard.press("x")
    page.keyboard.press("Escape")
    viewer.wait_for(state="detached")
    page.get_by_text("1 page chosen").wait_for()
    assert focused(page) == "Page 2"


def test_manga_is_turned_to_the_left(service: RunningService, open_page: OpenPage) -> None:
    page = opened(service, open_page, "Kites 001.cbz")
    page.get_by_text("5 pages, right to left").wait_for()
    first, second = (page.get_by_role("button", name=f"Page {n}", exact=True) for n in (1, 2))
    assert first.bounding_box()["x"] > second.bounding_box()["x"]
    first.focus()
    page.keyboard.press("ArrowLeft")
    assert focused(page) == "Page 2"
    page.keyboard.press("Enter")
    caption = page.locator(".viewer .caption")
    page.keyboard.press("ArrowLeft")
    caption.get_by_text("Page 3 of 5").wait_for()
    page.get_by_role("button", name="Previous page").click()
    caption.get_by_text("Page 2 of 5").wait_for()


def test_page_that_is_no_image_says_so(service: RunningService, open_page: OpenPage) -> None:
    page = opened(service, open_page, "Odd 001.cbz")
    page.locator(".page-grid li").nth(2).get_by_text("Can't be shown").wait_for()
    page.get_by_role("button", name="Page 3, can't be shown").click()
    page.locator(".viewer .view", has_text="image format is not known").wait_for()


def test_pages_are_marked_removed_and_brought_back(
    service: RunningService, open_page: OpenPage
) -> None:
    path = draw_comic(service.comics / "Saltmarsh 001.cbz", pages=30)
    before = path.read_bytes()
    page = opened(service, open_page, "Saltmarsh 001.cbz")
    all_loaded(page)
    page.get_by_label("Choose page 2", exact=True).check()
    page.get_by_label("Choose page 4", exact=True).check()
    page.get_by_role("button", name="Mark as deleted").click()
    page.get_by_role("button", name="Page 4, Deleted").wait_for()
    page.get_by_text("Marked as deleted: 002.png, 004.png").wait_for()
    page.locator("#pages").get_by_role("button", name="Preview").click()
    page.get_by_text("Pages removed: 002.png, 004.png; 28 left").wait_for()
    assert len(names_in(path)) == 30
    page.get_by_role("button", name="Apply").click()
    page.locator("#sentence", has_text="Changed the pages of 1 file").wait_for()
    wait_until(lambda: len(names_in(path)) == 28, "the removal of two pages")
    page.get_by_role("button", name="Undo all").click()
    page.locator("#sentence", has_text="Undone").wait_for()
    wait_until(lambda: len(names_in(path)) == 30, "the undo of the removal")
    page.goto(f"{service.url}/?view=table")
    page.get_by_role("link", name="Saltmarsh 001.cbz").click()
    page.locator(".page-grid li").first.wait_for()
    all_loaded(page)
    page.get_by_label("Choose page 2", exact=True).check()
    page.get_by_role("button", name="Keep").click()
    page.get_by_role("button", name="Page 2", exact=True).wait_for()
    assert path.read_bytes()[: len(before) - 22] == before[:-22]


def test_cover_is_chosen_from_the_pages(service: RunningService, open_page: OpenPage) -> None:
    page = opened(service, open_page, "Kites 001.cbz")
    all_loaded(page)
    before = page.locator("#cover").get_attribute("src")
    page.get_by_label("Choose page 3", exact=True).check()
    page.get_by_role("button", name="Use as cover").click()
    page.get_by_role("button", name="Page 3, Cover").wait_for()
    page.get_by_text("page 3: Story → Cover").wait_for()
    assert page.locator("#cover").get_attribute("src") != before


def test_form_of_a_job_lets_pages_be_chosen_by_eye(
    service: RunningService, open_page: OpenPage
) -> None:
    page = opened(service, open_page, "Kites 001.cbz")
    page.get_by_role("button", name="More").click()
    page.get_by_role("menuitem", name="Other").click()
    sheet = page.locator("dialog.sheet")
    sheet.get_by_label("What to do").select_option("remove-pages")
    sheet.get_by_label("Choose page 5", exact=True).check()
    sheet.get_by_label("Choose page 2", exact=True).check()
    expect(sheet.locator("input[name=pages]")).to_have_value("2, 5")
    sheet.get_by_role("button", name="Preview").click()
    page.get_by_text("Marked as deleted: 002.png, 005.png").wait_for()
