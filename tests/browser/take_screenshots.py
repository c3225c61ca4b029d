"""Takes the pictures of docs/screenshots anew, from a real service over the drawn demo library.

    .venv/bin/python -m tests.browser.take_screenshots

Needs Debian's Chromium and the `playwright` package of the development requirements.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, ViewportSize, sync_playwright

from comicmaintainer.demo import make_library
from tests.browser.conftest import CHROMIUM, until
from tests.browser.running_service import PASSWORD, USER, RunningService
from tests.kit.waiting import wait_until

TARGET = Path(__file__).parents[2] / "docs" / "screenshots"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars"]
DESK: ViewportSize = {"width": 1200, "height": 790}  # so that no line of text is cut
PHONE: ViewportSize = {"width": 390, "height": 760}


def main() -> None:
    """Take all pictures."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        service = RunningService(Path(folder))
        make_library(service.comics)
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        service.start().add_user()
        try:
            _take_all(service, browser)
        finally:
            service.stop()
            browser.close()


def _take_all(service: RunningService, browser: Browser) -> None:
    desk = browser.new_page(viewport=DESK, color_scheme="light", locale="en-GB")
    _sign_in(service, desk)
    desk.get_by_role("button", name="Scan now").click()
    desk.get_by_role("button", name="Issues").click()
    desk.locator("#issues img").nth(9).wait_for()
    _save(desk, "library")

    desk.get_by_role("button", name="Table").click()
    desk.get_by_label("Select all that match").check()
    desk.get_by_role("button", name="Preview", exact=True).click()
    desk.locator("#results .diff").nth(2).wait_for()
    desk.get_by_role("button", name="Apply").click()
    desk.locator("#sentence", has_text="Processed").wait_for()
    desk.get_by_role("button", name="Undo all").wait_for()
    desk.locator("#running").wait_for(state="hidden")
    # Results come in the order in which they ended, and differ in height.
    row = desk.locator("#results .diff").nth(3).locator("xpath=ancestor::tr")
    top = row.evaluate("(row) => Math.floor(row.getBoundingClientRect().top)")
    desk.set_viewport_size({"width": DESK["width"], "height": top})
    _save(desk, "job")

    phone = browser.new_page(viewport=PHONE, color_scheme="dark", locale="en-GB", is_mobile=True)
    _sign_in(service, phone)
    wait_until(lambda: '"year":2021' in phone.request.get(f"{service.url}/api/series").text())
    phone.get_by_role("button", name="Series").click()
    phone.locator("#series img").nth(3).wait_for()
    phone.get_by_text("4 comics · 2021").wait_for()
    _save(phone, "phone")


def _sign_in(service: RunningService, page: Any) -> None:
    page.goto(f"{service.url}/login")
    page.get_by_label("Name").fill(USER)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{service.url}/")


def _save(page: Any, name: str) -> None:
    until(
        page,
        "() => document.querySelectorAll('.toast').length === 0"
        " && [...document.images].every((one) => one.complete)",
    )
    page.mouse.move(0, 0)
    page.screenshot(path=TARGET / f"{name}.png")


if __name__ == "__main__":
    main()
