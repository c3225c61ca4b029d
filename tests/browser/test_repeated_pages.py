"""One advert out of 93 comics in a real browser: found, removed, undone, and answered about."""

from __future__ import annotations

import io
import random
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.browser.clicks import Clicks
from tests.browser.conftest import OpenPage
from tests.browser.running_service import RunningService
from tests.kit.waiting import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.slow]

COMICS = 93
STORY_PAGES = 4


def drawn(seed: str) -> bytes:
    """A small page that no other seed gives."""
    small = Image.frombytes("RGB", (8, 8), random.Random(seed).randbytes(192))
    content = io.BytesIO()
    small.resize((40, 60), Image.Resampling.NEAREST).save(content, "PNG")
    return content.getvalue()


ADVERT = drawn("buy this")


def pages_of(path: Path) -> list[bytes]:
    with zipfile.ZipFile(path) as archive:
        return [archive.read(name) for name in sorted(archive.namelist()) if name[0] == "p"]


@pytest.fixture(scope="module")
def service(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    """A scanned library of 93 comics of 31 series, with the advert as the last page but one."""
    running = RunningService(tmp_path_factory.mktemp("repeated"))
    for number in range(COMICS):
        series, issue = f"Series {number // 3:02}", number % 3 + 1
        path = running.comics / series / f"{series} {issue:03}.cbz"
        path.parent.mkdir(parents=True, exist_ok=True)
        pages = [drawn(f"{number} {page}") for page in range(STORY_PAGES)]
        pages.insert(STORY_PAGES - 1, ADVERT)
        with zipfile.ZipFile(path, "w") as archive:
            for place, content in enumerate(pages):
                archive.writestr(f"p{place}.png", content)
    running.start().add_user()
    running.scan()
    yield running
    running.stop()


def with_advert(service: RunningService) -> int:
    return sum(ADVERT in pages_of(path) for path in service.comics.rglob("Series*.cbz"))


def test_an_advert_out_of_93_comics_costs_five_clicks_from_the_library(
    service: RunningService, open_page: OpenPage
) -> None:
    before = {path: path.read_bytes() for path in service.comics.rglob("Series*.cbz")}
    page = open_page(service)
    page.goto(service.url)
    click = Clicks(page)
    click(page.get_by_role("link", name="Duplicates"))
    click(page.get_by_role("link", name="Repeated pages"))
    click(page.locator("header").get_by_role("button", name="Look for repeated pages"))
    advert = page.get_by_role("region", name="In 93 comics, last page but one")
    advert.get_by_text("In 93 different comics of 31 series.").wait_for()
    assert advert.locator("img").evaluate("image => image.decode().then(() => image.naturalWidth)")
    click(advert.get_by_role("button", name="Remove from 93 comics"))
    sheet = page.get_by_role("dialog", name="Remove the page")
    sheet.get_by_text("93 files would change").wait_for()
    assert with_advert(service) == COMICS, "a preview changes nothing"
    click(sheet.get_by_role("button", name="Apply to 93 files"))
    page.locator(".toast", has_text="Changed the pages of 93 files").wait_for()
    assert click.count <= 5
    assert with_advert(service) == 0
    for path, content in before.items():
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            old = [archive.read(name) for name in sorted(archive.namelist())]
        assert pages_of(path) == [each for each in old if each != ADVERT]
    page.get_by_text("No page is in three different comics").wait_for()

    page.locator(".toast").get_by_role("button", name="Undo").click()
    wait_until(lambda: with_advert(service) == COMICS, "the adverts back")
    assert {path: path.read_bytes() for path in before} == before, "undo restores every byte"
    page.get_by_role("button", name="Adverts").first.click()
    advert.wait_for()


def test_what_is_no_advert_is_remembered_and_the_keyboard_reaches_everything(
    service: RunningService, open_page: OpenPage
) -> None:
    service.run("find-pages").check_returncode()
    page = open_page(service)
    for tab in ("adverts", "kept"):
        found = page.request.get(f"{service.url}/api/repeated-pages?tab={tab}").json()["pages"]
        for each in found:
            service.run("repeated-pages", "--ask-again", str(each["repeat_id"]))
    page.goto(f"{service.url}/series?name=Series%2007")
    page.get_by_role("link", name="1 repeated page").click()
    advert = page.get_by_role("region", name="In 3 comics, last page but one")
    advert.wait_for()
    page.get_by_text("Only of Series 07").wait_for()
    back = page.locator("#scope").get_by_role("link", name="Series 07")
    assert back.get_attribute("href").endswith("/series?name=Series%2007")
    page.keyboard.press("j")
    page.keyboard.press(".")
    assert page.evaluate("document.activeElement.textContent").strip() == "Remove from 3 comics"
    advert.get_by_text("Show the comics").press("Enter")
    advert.get_by_label("Change Series 07 002.cbz").uncheck()
    page.keyboard.press("Tab")
    advert.get_by_role("button", name="Mark as advert").press("Enter")
    sheet = page.get_by_role("dialog", name="Mark the page as an advert")
    sheet.get_by_role("button", name="Apply to 2 files").wait_for()
    page.keyboard.press("Escape")
    advert.get_by_role("button", name="Not an advert").press("Enter")
    page.get_by_text("No page is in three different comics").wait_for()
    page.reload()
    page.get_by_role("button", name="Not adverts").press("Enter")
    advert.get_by_role("button", name="Ask again").wait_for()
