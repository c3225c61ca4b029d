"""Reading lists in a real browser: imported, shown with what is missing, exported, removed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from comicmaintainer.library.reading_lists.cbl import read_cbl, write_cbl
from comicmaintainer.library.reading_lists.model import ListEntry
from tests.browser.conftest import OpenPage
from tests.browser.running_service import RunningService, draw_comic

pytestmark = [pytest.mark.browser, pytest.mark.slow]

OWLS = tuple(ListEntry("Owl", str(number), 2016, 2016) for number in (2, 1, 9))
"""A list of which the library has two."""


@pytest.fixture
def service(browser: Any, tmp_path: Path) -> Iterator[RunningService]:
    """A service whose library has two issues of a series."""
    running = RunningService(tmp_path)
    for number in (1, 2):
        draw_comic(running.comics / "Owl" / f"Owl {number} (2016).cbz", seed=number)
    running.start().add_user().scan()
    yield running
    running.stop()


def lists_page(service: RunningService, open_page: OpenPage, **options: Any) -> Any:
    page = open_page(service, **options)
    page.goto(f"{service.url}/lists")
    return page


def import_file(page: Any, name: str, data: bytes) -> None:
    file = {"name": name, "mimeType": "application/xml", "buffer": data}
    with page.expect_file_chooser() as chosen:
        page.get_by_role("button", name="Import").first.click()
    chosen.value.set_files([file])


def test_a_list_is_imported_and_shows_what_is_here_and_what_is_missing(
    service: RunningService, open_page: OpenPage
) -> None:
    page = lists_page(service, open_page)
    page.get_by_text("No reading lists yet.").wait_for()
    import_file(page, "owls.cbl", write_cbl("Night owls", OWLS))
    page.get_by_text("Night owls: 2 of 3 here.").wait_for()
    row = page.locator("tbody tr")
    row.get_by_role("link", name="Night owls").click()
    page.get_by_role("heading", name="Night owls").wait_for()
    expect(page.locator("#total")).to_have_text("2 of 3 here, 1 missing", use_inner_text=True)
    titles = [each.split("\t") for each in page.locator("tbody tr").all_inner_texts()]
    assert [(each[1].strip(), each[2].strip()) for each in titles] == [
        ("Owl #2 (2016)", "Here"),
        ("Owl #1 (2016)", "Here"),
        ("Owl #9 (2016)", "Missing"),
    ]
    page.get_by_label("Shown entries").select_option("missing")
    page.get_by_text("Owl #2 (2016)").wait_for(state="detached")
    expect(page.locator("tbody tr")).to_have_count(1)
    page.get_by_label("Shown entries").select_option("")
    page.get_by_role("link", name="Owl 2 (2016).cbz").first.click()
    page.wait_for_url("**/files/*")


def test_a_file_that_is_no_list_is_refused_and_a_taken_name_can_be_replaced(
    service: RunningService, open_page: OpenPage
) -> None:
    page = lists_page(service, open_page)
    import_file(page, "odd.cbl", b"<Odd/>")
    page.get_by_text("odd.cbl: This is not a reading list").wait_for()
    import_file(page, "Owls.cbl", write_cbl("", OWLS))
    page.get_by_text("Owls: 2 of 3 here.").wait_for()
    import_file(page, "Owls.cbl", write_cbl("", OWLS[:1]))
    page.get_by_role("button", name="Replace").click()
    page.get_by_text("Owls: All 1 here.").wait_for()


def test_a_list_is_exported_removed_and_brought_back(
    service: RunningService, open_page: OpenPage
) -> None:
    page = lists_page(service, open_page)
    import_file(page, "owls.cbl", write_cbl("Night owls", OWLS))
    page.get_by_role("button", name="More about Night owls").click()
    with page.expect_download() as download:
        page.get_by_role("menuitem", name="Export as CBL").click()
    assert read_cbl(Path(download.value.path()).read_bytes()) == ("Night owls", OWLS)
    page.get_by_role("button", name="More about Night owls").click()
    page.get_by_role("menuitem", name="Remove").click()
    page.get_by_text("No reading lists yet.").wait_for()
    page.get_by_role("button", name="Undo").click()
    page.get_by_role("link", name="Night owls").wait_for()


def test_a_list_follows_the_library(service: RunningService, open_page: OpenPage) -> None:
    page = lists_page(service, open_page)
    import_file(page, "owls.cbl", write_cbl("Night owls", OWLS))
    page.get_by_text("2 of 3 here", exact=True).wait_for()
    draw_comic(service.comics / "Owl" / "Owl 9 (2016).cbz", seed=9)
    service.scan()
    page.get_by_text("All 3 here", exact=True).wait_for()


def test_a_list_that_is_unknown_is_said_to_be(service: RunningService, open_page: OpenPage) -> None:
    page = open_page(service)
    page.goto(f"{service.url}/lists?list=nope")
    page.get_by_text("There is no such reading list.").wait_for()
    expect(page.locator("#filters")).to_be_hidden()
    page.get_by_role("link", name="All lists").click()
    page.get_by_text("No reading lists yet.").wait_for()
