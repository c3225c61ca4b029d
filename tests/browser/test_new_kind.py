"""A new kind of job is in the form for new jobs, and pages have words for it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenPage
from tests.browser.running_service import RunningService, draw_comic
from tests.kit.new_kind import NAME, copy_with_new_kind

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def service(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    """A whole service with the new kind, over one scanned comic."""
    folder = tmp_path_factory.mktemp("new-kind")
    source = copy_with_new_kind(folder / "source")
    search_path = os.pathsep.join([str(source), *sys.path])
    running = RunningService(folder, PYTHONPATH=search_path)
    draw_comic(running.comics / "Tide" / "Tide 1.cbz")
    running.start().add_user()
    running.scan()
    yield running
    running.stop()


def test_a_new_kind_has_its_own_form(service: RunningService, open_page: OpenPage) -> None:
    page = open_page(service)
    page.goto(f"{service.url}/jobs")
    page.locator("#tabs a").first.wait_for()
    page.locator("#new-job").click()
    page.get_by_label("What to do").select_option(NAME)
    page.get_by_label("Title of all").fill("Low Tide")
    page.get_by_role("button", name="Start", exact=True).click()
    page.get_by_text("Stamped 1 file.").first.wait_for()
    expect(page.get_by_role("link", name="Stamp titles").first).to_be_visible()
