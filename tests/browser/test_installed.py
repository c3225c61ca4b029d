"""The installed application: a page of its own while the service can't be reached."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import signed_in, until
from tests.browser.running_service import RunningService, draw_comic

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def service(browser: Any, tmp_path: Path) -> Iterator[RunningService]:
    """The web server alone."""
    running = RunningService(tmp_path)
    draw_comic(running.comics / "Tides" / "Tides 1.cbz")
    yield running.start("web").add_user()
    running.stop()


def test_offline_page_is_kept_and_nothing_of_the_library(
    service: RunningService, browser: Any
) -> None:
    context = browser.new_context(storage_state=signed_in(browser, service), locale="en-GB")
    page = context.new_page()
    page.goto(f"{service.url}/jobs")
    page.evaluate("async () => { await navigator.serviceWorker.ready; }")
    kept = page.evaluate(
        """async () => {
            const found = [];
            for (const name of await caches.keys())
                for (const { url } of await (await caches.open(name)).keys()) found.push(url);
            return found;
        }"""
    )
    assert f"{service.url}/offline?language=en" in kept
    assert {url.rpartition(".")[2] for url in kept if "/offline?" not in url} == {"css"}

    service.stop()
    page.goto(f"{service.url}/statistics")
    page.get_by_role("heading", name="The service can't be reached").wait_for()
    width = page.locator("main").evaluate("(one) => one.getBoundingClientRect().width")
    assert width == pytest.approx(380, abs=1), "it has its styles"

    service.start("web")
    page.get_by_role("link", name="Try again").click()
    until(page, "() => location.pathname === '/statistics' && !!document.querySelector('.rail')")
    context.close()
