"""Forms in which a job is put together: rules field by field, and which files."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenPage
from tests.browser.running_service import RunningService, draw_comic

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def service(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    """A whole service over two scanned comics."""
    running = RunningService(tmp_path_factory.mktemp("forms"))
    for number in (1, 2):
        draw_comic(running.comics / "Tide" / f"Tide {number}.cbz", seed=number)
    running.start().add_user()
    running.scan()
    yield running
    running.stop()


def asked_for(page: Any, button: str, address: str = "/api/jobs", method: str = "POST") -> Any:
    """Press the button; return what the page then sends."""

    def is_it(request: Any) -> bool:
        return bool(request.method == method and address in request.url)

    with page.expect_request(is_it) as sent:
        page.get_by_role("button", name=button, exact=True).click()
    return json.loads(sent.value.post_data)


def open_new_job(page: Any, service: RunningService) -> None:
    page.goto(f"{service.url}/jobs")
    page.locator("#tabs a").first.wait_for()
    page.locator("#new-job").click()
    page.locator("dialog.sheet summary", has_text="More").click()
    page.locator("select[aria-label^='Add a rule'] option[value=series]").wait_for(state="attached")


def test_rules_are_edited_field_by_field(service: RunningService, open_page: OpenPage) -> None:
    page = open_page(service)
    open_new_job(page, service)
    add = page.get_by_label("Add a rule for a field")
    add.select_option("series")
    page.get_by_label("series comes from").select_option("folder,filename")
    add.select_option("publisher")
    page.get_by_label("publisher comes from").select_option("text")
    page.get_by_label("Text of publisher").fill("Own Press")
    page.locator(".rule", has_text="publisher").get_by_role("checkbox").check()
    add.select_option("title")
    page.get_by_label("title comes from").select_option("clear")
    add.select_option("year")
    page.get_by_label("year comes from").select_option("leave")
    add.select_option("month")
    page.get_by_role("button", name="Remove the rule of month").click()
    rules = asked_for(page, "Start")["params"]["rules"]
    assert rules == {
        "fields": {
            "series": {"sources": ["folder", "filename"]},
            "publisher": {"sources": ["text"], "text": "Own Press", "mode": "overwrite"},
            "title": {"mode": "clear"},
            "year": None,
        }
    }


def test_a_rule_without_its_text_is_not_sent(service: RunningService, open_page: OpenPage) -> None:
    page = open_page(service)
    open_new_job(page, service)
    page.get_by_label("Add a rule for a field").select_option("genres")
    page.get_by_role("button", name="Start", exact=True).click()
    page.get_by_role("alert").get_by_text("Enter the text for genres.").wait_for()


def test_a_preset_shows_its_name_template(service: RunningService, open_page: OpenPage) -> None:
    page = open_page(service)
    open_new_job(page, service)
    template = page.get_by_label("Name template")
    expect(template).to_have_attribute("placeholder", "")  # each folder has its own
    page.locator("[name=preset]").select_option("comics")
    expect(template).to_have_attribute(
        "placeholder", "{series}[ v{volume:2}][ #{issue}][ ({year})]"
    )
    page.locator("[name=preset]").select_option("manga")
    expect(template).to_have_attribute("placeholder", "{series}[ v{volume:2}] - Chapter {issue}")


def test_own_rules_are_offered_by_name(service: RunningService, open_page: OpenPage) -> None:
    page = open_page(service)
    saved = page.evaluate(
        """async () => (await fetch("/api/rules/own/Wide", {
            method: "PUT", body: JSON.stringify({ rules: { template: "{series}" } }),
            headers: { "Content-Type": "application/json" } })).status"""
    )
    assert saved == 200
    open_new_job(page, service)
    page.locator("[name=preset]").select_option("Wide")
    expect(page.get_by_label("Name template")).to_have_attribute("placeholder", "{series}")
    assert asked_for(page, "Start")["params"]["preset"] == "Wide"


def test_rules_of_a_saved_job_come_back_as_they_were(
    service: RunningService, open_page: OpenPage
) -> None:
    page = open_page(service)
    rules = {
        "fields": {"series": {"sources": ["folder"]}, "year": None, "title": {"mode": "clear"}},
        "formats": ["comicinfo", "metroninfo"],
        "on_malformed": "replace",
    }
    saved = {"name": "Mine", "kind": "process", "selection": {"all": True}}
    made = page.evaluate(
        """async (body) => (await fetch("/api/templates", {
            method: "POST", body: JSON.stringify(body),
            headers: { "Content-Type": "application/json" } })).status""",
        {**saved, "params": {"rules": rules}},
    )
    assert made == 201
    page.goto(f"{service.url}/schedules")
    page.locator("#templates > li", has_text="Mine").get_by_role("button").last.click()
    page.get_by_role("menuitem", name="Edit").click()
    page.get_by_label("series comes from").wait_for()
    assert asked_for(page, "Save", "/api/templates", "PATCH")["params"]["rules"] == rules


def test_tags_that_cannot_be_read_are_left_or_replaced_as_the_form_says(
    service: RunningService, open_page: OpenPage
) -> None:
    page = open_page(service)
    open_new_job(page, service)
    page.get_by_label("Tags that can't be read").select_option(label="Write new ones")
    assert asked_for(page, "Start")["params"]["rules"] == {"on_malformed": "replace"}
    page.locator("dialog.sheet").wait_for(state="detached")
    page.locator("#new-job").click()
    page.get_by_label("What to do").select_option("tag")
    page.locator("dialog.sheet summary", has_text="More").click()
    page.get_by_label("Tags that can't be read").select_option(label="Write new ones")
    page.get_by_role("textbox", name="series").fill("Mill")
    params = asked_for(page, "Start")["params"]
    assert (params["on_malformed"], params["set"]) == ("replace", {"series": "Mill"})
    page.locator("dialog.sheet").wait_for(state="detached")


def test_a_new_job_is_for_the_files_that_match(
    service: RunningService, open_page: OpenPage
) -> None:
    page = open_page(service)
    open_new_job(page, service)
    page.get_by_label("Which files").select_option("filter")
    page.get_by_role("button", name="Start", exact=True).click()
    page.get_by_role("alert").get_by_text("Choose which files match").wait_for()
    page.get_by_label("With these words").fill("no such comic")
    page.get_by_role("button", name="Start", exact=True).click()
    page.get_by_role("alert").get_by_text("No file matches. Nothing was queued.").wait_for()
    page.get_by_label("With these words").fill("")
    page.get_by_role("checkbox", name="CBZ").check()
    asked = asked_for(page, "Start")
    assert (asked["filter"], "all" in asked) == ({"formats": ["cbz"]}, False)


def test_a_menu_is_as_wide_as_its_words(service: RunningService, open_page: OpenPage) -> None:
    page = open_page(service, viewport={"width": 1280, "height": 800})
    page.goto(f"{service.url}/?view=table")
    page.locator("#files [data-key]").first.wait_for()
    page.keyboard.press("j")
    page.keyboard.press(".")
    assert page.locator(".menu").bounding_box()["width"] < 320


def test_what_is_wrong_with_a_form_is_seen_and_its_field_focused(
    service: RunningService, open_page: OpenPage
) -> None:
    page = open_page(service, viewport={"width": 1280, "height": 560})
    page.goto(f"{service.url}/schedules")
    page.get_by_role("button", name="New template").click()
    name = page.locator("dialog.sheet").get_by_label("Name", exact=True)
    name.wait_for()
    page.get_by_role("button", name="Save", exact=True).click()
    alert = page.get_by_role("alert")
    alert.get_by_text("Give the template a name.").wait_for()
    for seen in (alert, name):
        box = seen.bounding_box()
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= 560
    expect(name).to_have_attribute("aria-invalid", "true")
    assert name.evaluate("field => field === document.activeElement")
    page.keyboard.type("Mine too")
    alert.wait_for(state="hidden")
    expect(name).not_to_have_attribute("aria-invalid", re.compile(""))


def test_pages_are_counted_from_one(service: RunningService, open_page: OpenPage) -> None:
    page = open_page(service)
    open_new_job(page, service)
    page.get_by_label("What to do").select_option("remove-pages")
    pages = page.locator("input[name=pages]")
    pages.fill("0")
    page.get_by_role("button", name="Start", exact=True).click()
    page.get_by_role("alert").get_by_text("Enter page numbers").wait_for()
    pages.fill("1, 3")
    assert asked_for(page, "Start")["params"]["pages"] == [0, 2]
