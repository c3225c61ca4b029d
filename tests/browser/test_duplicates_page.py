"""The duplicates page in a real browser: what is done follows the copy that was chosen."""

from __future__ import annotations

import io
import random
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.browser.conftest import OpenPage
from tests.browser.running_service import RunningService
from tests.kit.waiting import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PAGES = 6


def scan_of(path: Path, story: str, *, width: int, kind: str = "PNG") -> Path:
    """Write a comic of the same story in pages of that width."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(PAGES):
            small = Image.frombytes(
                "RGB", (8, 8), random.Random(f"{story} {number}").randbytes(192)
            )
            content = io.BytesIO()
            small.resize((width, width * 3 // 2), Image.Resampling.BICUBIC).save(content, kind)
            archive.writestr(f"{number:02}.{kind.lower()}", content.getvalue())
    return path


@pytest.fixture(scope="module")
def service(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    """A service that has scanned a comic with its exact copy, and one with a smaller scan."""
    service = RunningService(tmp_path_factory.mktemp("duplicates"))
    large = scan_of(service.comics / "Saga" / "Saga 1.cbz", "one", width=200)
    (service.comics / "Saga" / "Saga 1 again.cbz").write_bytes(large.read_bytes())
    scan_of(service.comics / "Tides" / "Tides 1.cbz", "two", width=200)
    scan_of(service.comics / "Tides" / "Tides 1 small.cbz", "two", width=100, kind="JPEG")
    service.start().add_user()
    subprocess.run(
        [sys.executable, "-m", "comicmaintainer", "scan"], env=service.environment, check=True
    )
    yield service
    service.stop()


def states(service: RunningService, page: Any) -> dict[str, tuple[str, str | None]]:
    found = page.request.get(f"{service.url}/api/files").json()["files"]
    return {file["name"]: (file["state"], file["duplicate_of"]) for file in found}


def alike(service: RunningService, page: Any) -> Any:
    """The group of what looks alike, compared now if no other test has done so."""
    page.goto(f"{service.url}/duplicates")
    page.get_by_role("link", name="Look alike", exact=True).click()
    group = page.get_by_role("region", name="Tides 1")
    compare = page.locator(".empty").get_by_role("button", name="Compare all")
    group.or_(compare).wait_for()
    if compare.is_visible():
        compare.click()
    group.wait_for()
    return group


def test_all_suggestions_are_followed_after_one_preview_in_three_clicks(
    service: RunningService, open_page: OpenPage
) -> None:
    original = service.comics / "Kelp" / "Kelp 1.cbz"
    scan_of(original, "three", width=200)
    copy = service.comics / "Inbox" / "copy of Kelp 1.cbz"
    copy.parent.mkdir()
    copy.write_bytes(original.read_bytes())
    subprocess.run(
        [sys.executable, "-m", "comicmaintainer", "scan"], env=service.environment, check=True
    )
    page = open_page(service)
    page.goto(service.url)
    page.get_by_role("link", name="Duplicates").click()
    group = page.get_by_role("region", name="Kelp 1")
    group.get_by_text("Suggested because the other is in a folder of unsorted files").wait_for()
    page.get_by_role("button", name="Keep what is suggested in").click()
    page.locator("#results").get_by_text("copy of Kelp 1.cbz").first.wait_for()
    assert copy.exists()
    page.get_by_role("button", name="Apply").click()
    wait_until(lambda: not copy.exists(), "the copy in the trash")
    assert original.exists()
    page.get_by_role("button", name="Undo all").click()
    again = service.comics / "Saga" / "Saga 1 again.cbz"
    wait_until(lambda: copy.exists() and again.exists(), "all copies back")


def test_the_pages_of_copies_are_shown_side_by_side(
    service: RunningService, open_page: OpenPage
) -> None:
    page = open_page(service)
    group = alike(service, page)
    group.get_by_role("button", name="Compare pages").click()
    dialog = page.get_by_role("dialog", name="Compare pages")
    dialog.locator("img").first.wait_for()
    expect(dialog.locator("img")).to_have_count(2 * PAGES)
    dialog.get_by_role("button", name="Close").click()
    dialog.wait_for(state="detached")


def test_only_marking_marks_the_copies_that_were_not_chosen(
    service: RunningService, open_page: OpenPage
) -> None:
    page = open_page(service)
    page.goto(f"{service.url}/duplicates")
    group = page.get_by_role("region", name="Saga 1")
    group.locator(".copy", has_text="Saga 1 again.cbz").get_by_role("radio").check()
    group.get_by_role("button", name="Only mark").click()
    kept = str(service.comics / "Saga" / "Saga 1 again.cbz")
    wait_until(
        lambda: states(service, page)["Saga 1.cbz"] == ("duplicate", kept), "the mark of the other"
    )
    assert states(service, page)["Saga 1 again.cbz"][0] != "duplicate"


def test_what_looks_alike_is_found_chosen_trashed_and_brought_back(
    service: RunningService, open_page: OpenPage
) -> None:
    page = open_page(service)
    group = alike(service, page)
    group.get_by_text("Suggested because its pages are larger").wait_for()
    small = group.locator(".copy", has_text="Tides 1 small.cbz")
    small.get_by_text("Cover the same, 6 of 6 compared pages alike").wait_for()
    small.get_by_text("100 × 150 pixels").wait_for()
    small.get_by_role("radio").check()
    group.get_by_role("button", name="Trash the other").click()
    large = service.comics / "Tides" / "Tides 1.cbz"
    wait_until(lambda: not large.exists(), "the large copy in the trash")
    assert (service.comics / "Tides" / "Tides 1 small.cbz").exists()
    page.locator(".toast", has_text="to the trash").get_by_role("button", name="Undo").click()
    wait_until(large.exists, "the large copy back")
    group.wait_for()


def test_a_preview_shows_what_would_go(service: RunningService, open_page: OpenPage) -> None:
    page = open_page(service)
    alike(service, page).get_by_role("button", name="Preview").click()
    page.locator("#results").get_by_text("Tides 1 small.cbz").wait_for()
    page.locator("#results").get_by_text("It looks like").wait_for()
    assert (service.comics / "Tides" / "Tides 1 small.cbz").exists()
