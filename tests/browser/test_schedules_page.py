"""The page of saved jobs and their schedules: what is removed there comes back with Undo."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from comicmaintainer.services import Services
from comicmaintainer.settings import Settings
from tests.browser.conftest import OpenPage
from tests.browser.running_service import RunningService

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def service(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    """A whole service with a template that two schedules run, one of them no more."""
    running = RunningService(tmp_path_factory.mktemp("schedules"))
    running.start().add_user()
    services = Services.build(Settings.from_environment(running.environment))
    saved = services.templates.create("Look after", "verify", {"all": True}).template_id
    services.schedules.create(saved, name="Once", run_at=1_000_000_000.0, enabled=False)
    services.schedules.create(saved, name="Weekly", cron="0 3 * * 0")
    services.database.close()
    yield running
    running.stop()


def test_a_template_comes_back_with_its_schedules(
    service: RunningService, open_page: OpenPage
) -> None:
    page = open_page(service)
    page.goto(f"{service.url}/schedules")
    page.locator("#templates").get_by_role("button", name="More about Look after").click()
    page.get_by_role("menuitem", name="Remove").click()
    toast = page.locator(".toast", has_text="Look after is removed, and so are")
    toast.get_by_text("its schedule “Weekly”").wait_for()
    page.locator("#schedules li", has_text="Weekly").wait_for(state="detached")
    toast.get_by_role("button", name="Undo").click()
    page.locator("#schedules li", has_text="Weekly").get_by_text("on", exact=True).wait_for()

    page.get_by_role("button", name="More about Once").click()
    page.get_by_role("menuitem", name="Remove").click()
    toast = page.locator(".toast", has_text="Once is removed.")
    toast.wait_for()
    expect(toast.get_by_role("button")).to_have_count(0)
