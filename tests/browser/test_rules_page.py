"""Rules on a page: given to a folder in few clicks, made with examples, wrong where it is wrong."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from comicmaintainer.library.rule_book import FolderChoice
from comicmaintainer.services import Services
from comicmaintainer.settings import NewFiles, Settings
from tests.browser.conftest import OpenPage, signed_in
from tests.browser.running_service import RunningService, draw_comic
from tests.kit.waiting import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


class Clicks:
    """Clicks in a page, counted; choosing in a list is two, one opens it."""

    def __init__(self, page: Any) -> None:
        self._page = page
        self.count = 0

    def click(self, role: str, name: str) -> None:
        self._page.get_by_role(role, name=name, exact=True).click()
        self.count += 1

    def choose(self, label: str, value: str) -> None:
        self._page.get_by_label(label, exact=True).select_option(value)
        self.count += 2


@pytest.fixture(scope="module")
def service(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    """A service over a folder of comics and one of manga."""
    running = RunningService(tmp_path_factory.mktemp("rules"), IDENTIFY_NEW="decided")
    for number in range(1, 4):
        draw_comic(running.comics / "Comics" / f"Saltmarsh {number:03}.cbz", seed=number)
        draw_comic(running.comics / "Manga" / "Night Owls" / f"c{number:03}.cbz", seed=number + 9)
    running.start().add_user().scan()
    yield running
    running.stop()


@pytest.fixture
def services(service: RunningService) -> Iterator[Services]:
    """The services over the database of the running service; no folder has rules."""
    services = Services.build(Settings.from_environment(service.environment))
    yield services
    for entry in services.rule_book.entries():
        services.rule_book.assign(FolderChoice(entry.folder))
    for name in services.rule_book.own():
        services.rule_book.remove(name)
    services.database.close()


def test_a_manga_folder_gets_the_rules_for_manga_in_four_clicks(
    service: RunningService, services: Services, open_page: OpenPage
) -> None:
    page = open_page(service)
    clicks = Clicks(page)
    clicks.click("link", "Settings")
    clicks.click("link", "Rules")
    clicks.choose("Rules of Manga", "manga")
    page.get_by_role("button", name="Preview the changes").wait_for()
    assert clicks.count <= 4
    (entry,) = services.rule_book.entries()
    assert (entry.folder, entry.rules) == (str(service.comics / "Manga"), "manga")
    page.get_by_role("button", name="Preview the changes").click()
    page.wait_for_url("**/jobs/*")
    page.get_by_text("Night Owls - Chapter 0001.cbz").first.wait_for()
    page.get_by_text("rules for comics, but manga in Manga").first.wait_for()


def test_a_choice_that_could_not_be_stored_is_not_shown_as_if_it_were(
    service: RunningService, services: Services, browser: Any
) -> None:
    # A context of its own: that the server can't be reached is an error in the console.
    context = browser.new_context(storage_state=signed_in(browser, service), locale="en-GB")
    page = context.new_page()
    thrown: list[Any] = []
    page.on("pageerror", lambda error: thrown.append(error))
    page.goto(f"{service.url}/settings/rules")
    rules = page.locator("select[aria-label='Rules of Manga']")
    before = rules.input_value()
    page.route("**/api/rules**", lambda route: route.abort("connectionrefused"))
    rules.select_option("manga")
    page.get_by_text("The server can't be reached.").wait_for()
    assert (rules.input_value(), len(services.rule_book.entries())) == (before, 0)
    page.unroute("**/api/rules**")
    rules.select_option("manga")
    page.get_by_role("button", name="Preview the changes").wait_for()
    assert (rules.input_value(), len(services.rule_book.entries())) == ("manga", 1)
    assert thrown == []
    context.close()


def test_new_files_of_a_folder_wait_for_a_person(
    service: RunningService, services: Services, open_page: OpenPage
) -> None:
    page = open_page(service)
    page.goto(f"{service.url}/settings/rules")
    page.get_by_label("New files in Comics").select_option("ask")
    page.get_by_label("Remove the rules of Comics", exact=True).wait_for()
    (entry,) = services.rule_book.entries()
    assert entry.new_files is NewFiles.ASK
    page.get_by_label("Remove the rules of Comics", exact=True).click()
    page.get_by_role("button", name="Undo").click()
    page.get_by_label("Remove the rules of Comics", exact=True).wait_for()
    assert services.rule_book.entries() == [entry]


def test_own_rules_are_made_with_examples_of_the_library(
    service: RunningService, services: Services, open_page: OpenPage
) -> None:
    page = open_page(service)
    page.goto(f"{service.url}/settings/rules")
    page.get_by_label("Copy Comics").click()
    sheet = page.get_by_role("dialog")
    sheet.get_by_label("Name", exact=True).fill("Short")
    sheet.get_by_label("Name template").fill("")
    for chip in ("Series", "Number"):
        sheet.get_by_role("button", name=chip, exact=True).click()
    sheet.get_by_label("Digits of the number").select_option("2")
    sheet.get_by_text("Saltmarsh01.cbz").first.wait_for()
    sheet.get_by_role("button", name="Save").click()
    sheet.wait_for(state="detached")
    own = services.rule_book.own()["Short"]
    assert (own.template, own.padding) == ("{series}{issue}", 2)
    page.get_by_label("Edit Short").click()
    page.get_by_role("dialog").get_by_label("Name", exact=True).fill("Shorter")
    page.get_by_role("dialog").get_by_role("button", name="Save").click()
    page.get_by_label("Edit Shorter").wait_for()
    assert list(services.rule_book.own()) == ["Shorter"]


def test_a_mistake_in_the_template_is_shown_at_its_place(
    service: RunningService, open_page: OpenPage
) -> None:
    page = open_page(service)
    page.goto(f"{service.url}/settings/rules")
    page.get_by_label("Copy Comics").click()
    template = page.get_by_label("Name template")
    template.fill("{series} {nope} 1")
    problem = page.locator(".template-problem")
    problem.locator("mark", has_text="{nope}").wait_for()
    expect(template).to_have_attribute("aria-invalid", "true")
    assert template.get_attribute("aria-describedby") == problem.get_attribute("id")
    expect(problem).to_contain_text("There is no such field", use_inner_text=True)
    template.fill("{series} 1")
    problem.wait_for(state="hidden")
    expect(template).not_to_have_attribute("aria-invalid", re.compile(""))


def test_three_digits_are_one_click(
    service: RunningService, services: Services, open_page: OpenPage
) -> None:
    page = open_page(service, **PHONE)
    page.goto(f"{service.url}/settings/rules")
    page.get_by_role("button", name="Use three digits").click()
    page.get_by_role("button", name="Use three digits").wait_for(state="detached")
    rules = services.rule_book.folder_rules()
    assert rules is not None
    assert rules.of(service.comics / "Comics" / "x.cbz").rules.padding == 3
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_what_the_environment_sets_can_not_be_chosen(
    service: RunningService, services: Services, open_page: OpenPage
) -> None:
    page = open_page(service)
    page.goto(f"{service.url}/settings/rules")
    online = page.get_by_label("New files are looked up online")
    online.wait_for()
    assert (online.is_disabled(), online.input_value()) == (True, "decided")
    page.get_by_text("Set by the environment variable IDENTIFY_NEW").wait_for()
    page.get_by_label("New files in the whole library").select_option("tag")
    page.goto(f"{service.url}/system/variables")
    page.get_by_role("row", name="NEW_FILES").get_by_text("chosen under").wait_for()
    services.chosen_settings.choose("NEW_FILES", "")


def test_an_address_leads_to_a_folder_that_has_no_rules_yet(
    service: RunningService, services: Services, open_page: OpenPage
) -> None:
    page = open_page(service)
    page.goto(f"{service.url}/settings/rules?folder=Manga/Night%20Owls")
    page.get_by_label("Rules of Manga/Night Owls").wait_for()
    page.get_by_label("Another folder").fill("/etc")
    page.get_by_role("button", name="Add").click()
    page.get_by_role("alert").filter(has_text="outside the watched folders").wait_for()


def test_a_folder_becomes_an_inbox_with_examples_of_the_library(
    service: RunningService, services: Services, open_page: OpenPage
) -> None:
    inbox = service.comics / "New"
    inbox.mkdir(exist_ok=True)
    page = open_page(service)
    page.goto(f"{service.url}/settings/rules?folder=New")
    page.get_by_label("New files in New", exact=True).select_option("inbox")
    sheet = page.get_by_role("dialog")
    sheet.get_by_role("button", name="Save").click()
    sheet.get_by_role("alert").filter(has_text="Choose the folder").wait_for()
    sheet.get_by_label("File in").fill("Comics")
    sheet.get_by_text("if comics of the library arrived here").wait_for()
    sheet.locator(".rename", has_text="Comics/Saltmarsh/Saltmarsh #0001.cbz").wait_for()
    folders = sheet.get_by_label("Folders in it")
    folders.fill("{nope}")
    sheet.locator(".template-problem mark", has_text="{nope}").wait_for()
    folders.fill("{series}/Issues")
    sheet.locator(".rename", has_text="Comics/Saltmarsh/Issues/Saltmarsh #0001.cbz").wait_for()
    sheet.get_by_role("button", name="Save").click()
    sheet.wait_for(state="detached")
    (entry,) = services.rule_book.entries()
    assert (entry.folder, entry.target) == (str(inbox), str(service.comics / "Comics"))
    assert entry.folders == "{series}/Issues"
    draw_comic(inbox / "Saltmarsh 009.cbz", seed=99)
    service.scan()
    page.get_by_role("button", name="Preview the changes").click()
    page.wait_for_url("**/jobs/*")
    page.get_by_text("Saltmarsh #0009.cbz").first.wait_for()
    page.get_by_role("button", name="Apply").first.click()
    filed = service.comics / "Comics" / "Saltmarsh" / "Issues" / "Saltmarsh #0009.cbz"
    wait_until(filed.exists)
    page.get_by_role("button", name="Undo").first.wait_for()
    assert not (inbox / "Saltmarsh 009.cbz").exists()


def test_a_case_is_made_with_examples_and_its_mistakes_are_at_their_place(
    service: RunningService, services: Services, open_page: OpenPage
) -> None:
    page = open_page(service)
    page.goto(f"{service.url}/settings/rules")
    page.get_by_label("Copy Comics").click()
    sheet = page.get_by_role("dialog")
    sheet.get_by_label("Name", exact=True).fill("By series")
    sheet.get_by_text("What differs for some comics").first.click()
    sheet.get_by_role("button", name="Add a case").click()
    case = sheet.get_by_role("group", name="Case 1", exact=True)
    case.get_by_label("Case 1: field", exact=True).select_option("series")
    case.get_by_label("Case 1: text", exact=True).fill("Salt*; Pepper")
    template = case.get_by_label("Then the name template")
    template.fill("{nope}")
    case.get_by_role("alert").filter(has_text="no such field").wait_for()
    expect(template).to_have_attribute("aria-invalid", "true")
    template.fill("{series} no. {issue:2}")
    sheet.locator(".rename", has_text="Saltmarsh no. 01.cbz").wait_for()
    sheet.get_by_role("button", name="Save").click()
    sheet.wait_for(state="detached")
    (case_stored,) = services.rule_book.own()["By series"].cases
    assert case_stored.to_dict() == {
        "if": {"series": ["Salt*", "Pepper"]},
        "rules": {"template": "{series} no. {issue:2}"},
    }
    page.get_by_label("Edit By series").click()
    kept = page.get_by_role("dialog").get_by_label("Case 1: text", exact=True)
    expect(kept).to_have_value("Salt*; Pepper")
