"""Two people with different roles, each in a browser of their own, beside one service."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import signed_in, until
from tests.browser.running_service import PASSWORD, RunningService, draw_comic

pytestmark = [pytest.mark.browser, pytest.mark.slow]

OTHER = "ben"
LOOKING = "You may look, but not change anything."


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    folder = tmp_path_factory.mktemp("roles")
    for number in (1, 2):
        draw_comic(folder / "comics" / "Tide" / f"Tide {number:03}.cbz", seed=number)
    running = RunningService(folder).start().add_user()
    made = running.run("user", "create", OTHER, "--role", "look", "--password", PASSWORD)
    made.check_returncode()
    yield running.scan()
    running.stop()


@pytest.fixture
def ben(open_page: Any, service: RunningService) -> Any:
    """The page of somebody who may look, at the library."""
    page = open_page()
    page.goto(f"{service.url}/login")
    page.get_by_label("Name").fill(OTHER)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{service.url}/")
    return page


def test_a_role_that_an_administrator_changes_shows_at_once_on_the_others_page(
    open_page: Any, ben: Any, service: RunningService
) -> None:
    preview = ben.get_by_role("button", name="Preview all")
    expect(ben.get_by_text(LOOKING)).to_be_visible()
    expect(preview).to_be_hidden()
    second = ben.context.new_page()
    second.goto(f"{service.url}/schedules")

    ada = open_page(service)
    ada.goto(f"{service.url}/settings/access")
    choice = ada.get_by_label(f"What {OTHER} may do")
    choice.select_option("work")
    ada.get_by_text(f"{OTHER} may work now.").wait_for()
    expect(ada.get_by_label("What ada may do")).to_be_disabled()

    ben.get_by_text("Your role was changed: you may start and undo jobs.").wait_for()
    expect(preview).to_be_visible()
    expect(ben.get_by_text(LOOKING)).to_be_hidden()
    second.locator("#new-schedule").wait_for()

    choice.select_option("look")
    until(ben, "() => document.body.dataset.role === 'look'")
    expect(preview).to_be_hidden()


def test_a_role_that_could_not_be_stored_is_not_shown_as_if_it_were(
    browser: Any, service: RunningService
) -> None:
    # A context of its own: that the server can't be reached is an error in the console.
    context = browser.new_context(storage_state=signed_in(browser, service), locale="en-GB")
    ada = context.new_page()
    ada.goto(f"{service.url}/settings/access")
    choice = ada.locator(f"select[aria-label='What {OTHER} may do']")
    before = choice.input_value()
    ada.route("**/api/users**", lambda route: route.abort("connectionrefused"))
    choice.select_option("administer")
    ada.get_by_text("The server can't be reached.").wait_for()
    assert choice.input_value() == before
    context.close()


def test_what_a_looking_person_can_not_do_is_not_offered(ben: Any, service: RunningService) -> None:
    ben.goto(f"{service.url}/?view=table")
    ben.locator("#files tr[data-key] a").first.click()
    ben.get_by_role("heading", name="Tags").wait_for()
    expect(ben.locator("#tags input").first).to_be_disabled()
    expect(ben.locator("#actions button:visible")).to_have_count(0)
    ben.goto(f"{service.url}/sheet?series=Tide")
    ben.locator("#cells tbody td").nth(1).dblclick()
    ben.keyboard.type("Low water")
    expect(ben.locator("#cells input")).to_have_count(0)
    expect(ben.get_by_role("button", name="Fill down")).to_be_hidden()
    ben.goto(f"{service.url}/settings/access")
    ben.get_by_text("An administrator adds users").wait_for()
    expect(ben.get_by_role("heading", name="Users", exact=True)).to_be_hidden()
    ben.get_by_label("Purpose").fill("wall tablet")
    ben.get_by_role("button", name="Create a key").click()
    ben.get_by_text("of ben").wait_for()
    expect(ben.get_by_label("What wall tablet may do")).to_have_value("look")
    ben.goto(f"{service.url}/system")
    tabs = ben.get_by_role("navigation", name="System")
    expect(tabs.get_by_role("link", name="Trash")).to_be_visible()
    expect(tabs.get_by_role("link", name="Backups")).to_be_hidden()


def test_no_page_asks_for_what_the_role_does_not_allow(ben: Any, service: RunningService) -> None:
    """A refused request would be an error in the console, which `open_page` reports."""
    for path in (
        "/jobs", "/duplicates", "/duplicates?by=name", "/review", "/schedules", "/lists",
        "/statistics", "/settings", "/settings/rules", "/settings/sources", "/system",
        "/system/trash", "/series?name=Tide",
    ):  # fmt: skip
        ben.goto(f"{service.url}{path}")
        expect(ben.get_by_text(LOOKING), path).to_be_visible()
        expect(ben.locator("button.primary:visible"), path).to_have_count(0)


def test_an_administrator_protects_a_folder_and_sees_it_in_the_audit_list(
    open_page: Any, service: RunningService
) -> None:
    page = open_page(service)
    page.goto(f"{service.url}/settings/rules")
    page.locator("#protect input").fill("Tide")
    page.get_by_role("button", name="Protect").click()
    page.get_by_role("button", name="Release").wait_for()
    page.goto(f"{service.url}/?view=table")
    page.locator("#files tr[data-key] a").first.click()
    page.get_by_text("This comic is never written").wait_for()
    page.goto(f"{service.url}/system/audit")
    page.locator("#entries", has_text="protected the folder").wait_for()
    page.locator("#action").select_option("user_added")
    page.locator("#entries tr", has_text="protected the folder").wait_for(state="detached")
    expect(page.locator("#entries tr", has_text=OTHER)).to_be_visible()
    page.set_viewport_size({"width": 390, "height": 800})
    row = page.locator("#entries tr", has_text=OTHER)
    expect(row.locator(".under")).to_be_visible()
    assert row.evaluate("(row) => row.getBoundingClientRect().right <= innerWidth")
