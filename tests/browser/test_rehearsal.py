"""A rehearsal in a real browser: tried on copies, looked at, then done to all files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import OpenPage
from tests.browser.running_service import RunningService, draw_comic

pytestmark = [pytest.mark.browser, pytest.mark.slow]

WAYS = {
    "desk": {"viewport": {"width": 1200, "height": 800}, "color_scheme": "light"},
    "phone": {"viewport": {"width": 390, "height": 800}, "color_scheme": "dark"},
}


@pytest.fixture
def service(tmp_path: Path) -> Iterator[RunningService]:
    service = RunningService(tmp_path)
    for series in ("Akira", "Bone", "Saga"):
        for number in range(1, 4):
            draw_comic(service.comics / series / f"{series} {number}.cbz", seed=number)
    service.start().add_user()
    yield service
    service.stop()


def originals(service: RunningService) -> list[str]:
    return sorted(path.name for path in service.comics.glob("[ABS]*/*.cbz"))


@pytest.mark.parametrize("way", WAYS)
def test_rehearsal_leads_to_the_rest(
    service: RunningService, open_page: OpenPage, way: str, tmp_path: Path
) -> None:
    before = originals(service)
    page: Any = open_page(service, **WAYS[way])
    page.get_by_role("button", name="Preview all").click()
    page.locator("summary", has_text="copies go to Rehearsals").click()
    page.get_by_label("How many copies").fill("4")
    page.screenshot(path=tmp_path / "sheet.png")
    page.get_by_role("button", name="Rehearse on 4 copies").click()
    page.get_by_role("button", name="Run on all 9 files").wait_for()
    page.locator("#sentence").get_by_text("Rehearsed on 4 copies.", exact=True).wait_for()
    page.screenshot(path=tmp_path / "rehearsed.png", full_page=True)
    assert originals(service) == before
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= WAYS[way]["viewport"]["width"]  # type: ignore[index]
    rehearsal = page.url

    page.get_by_role("button", name="Preview all").click()
    page.locator("#sentence", has_text="9 would").wait_for()
    page.get_by_role("link", name="follows this rehearsal").click()

    page.get_by_role("button", name="Remove the 4 copies").click()
    page.locator("#sentence", has_text="Moved 4 files to the trash").wait_for()
    page.goto(rehearsal)
    page.get_by_text("No copies are left").wait_for()
    page.screenshot(path=tmp_path / "removed.png", full_page=True)

    page.get_by_role("button", name="Run on all 9 files").click()
    page.locator("#sentence", has_text="Processed 9 files").wait_for()
    assert len(originals(service)) == 9
    assert originals(service) != before
