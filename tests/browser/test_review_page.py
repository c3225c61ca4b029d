"""From a source that is off to tags that are written, reviewed by keyboard, and undone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import OpenPage, until
from tests.browser.identified_library import AMBIGUOUS, FILES, KEY, identified_library
from tests.browser.running_service import RunningService
from tests.kit.replay_server import ReplayServer
from tests.kit.waiting import wait_until
from tests.operations.workbench import sha256, tags

pytestmark = [pytest.mark.browser, pytest.mark.slow]

Running = tuple[RunningService, ReplayServer]


@pytest.fixture
def running(browser: Any, tmp_path: Path) -> Iterator[Running]:
    with identified_library(tmp_path) as both:
        yield both


def digests(service: RunningService) -> dict[str, str]:
    return {str(path): sha256(path) for path in sorted(service.comics.rglob("*.cbz"))}


def publishers(service: RunningService, series: str) -> set[str | None]:
    return {tags(path).publisher for path in (service.comics / series).glob("*.cbz")}


def switch_on(page: Any, service: RunningService, server: ReplayServer) -> None:
    """From the empty review to a source that is on."""
    page.goto(f"{service.url}/review")
    page.get_by_role("link", name="Switch a source on").click()
    comicvine = page.locator('#source-list [data-source="comicvine"]')
    comicvine.get_by_text("Key and address").click()
    comicvine.get_by_label("API key").fill(KEY)
    comicvine.get_by_label("Another address").fill(server.address("comicvine"))
    comicvine.get_by_role("button", name="Save").click()
    page.get_by_text("The settings of ComicVine are stored.").wait_for()
    comicvine.get_by_role("button", name="Switch ComicVine on").click()
    comicvine.get_by_text("On", exact=True).wait_for()


def identify(page: Any, service: RunningService) -> None:
    """Identify all files without covers, and look at the job until it has ended."""
    page.goto(f"{service.url}/review")
    page.get_by_role("button", name="Identify files").last.click()
    sheet = page.get_by_role("dialog")
    sheet.get_by_text("More").first.click()
    sheet.get_by_label("Compare covers if in doubt").uncheck()
    sheet.get_by_role("button", name="Start").click()
    page.get_by_role("button", name="Show the job").click()
    page.locator("#sentence", has_text=f"Identified {FILES} files.").wait_for(timeout=120_000)


def test_files_are_identified_reviewed_by_keyboard_and_given_back_to_the_byte(
    running: Running, open_page: OpenPage
) -> None:
    service, server = running
    page = open_page(service)
    before = digests(service)
    switch_on(page, service, server)
    identify(page, service)
    found = page.locator("#identified")
    found.get_by_text(re.compile("12 of 20 identified, 2 series wait for review")).wait_for()
    page.get_by_text("Certain: Harbour Lights (2016) #1.").wait_for()
    page.get_by_text("In review:").first.wait_for()
    assert publishers(service, "Harbour Lights (2016)") == {"Tern Press"}
    after_job = digests(service)
    untouched = {path for path, digest in after_job.items() if before[path] == digest}
    assert len(untouched) == 8

    found.get_by_role("link").click()
    page.locator("#total", has_text="2 series, 8 files wait").wait_for()
    first, second = (page.get_by_role("region", name=name, exact=True) for name in AMBIGUOUS)
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    candidates = first.locator(".candidate")
    candidates.nth(1).wait_for()
    texts = candidates.all_inner_texts()
    assert any("year" in text and "1974" in text for text in texts)
    assert "Copper Signal, #1, no year, 2 pages" in first.inner_text()
    shown = "(images) => images.length === 2 && images.every((one) => one.naturalWidth > 0)"
    wait_until(
        lambda: first.locator(".candidate > img").evaluate_all(shown), "the covers of candidates"
    )
    assert server.log("covers")  # our server asked, the browser did not: its policy forbids it
    link = candidates.first.get_by_role("link")
    assert "noopener" in link.get_attribute("rel")
    page.get_by_text("Data from ComicVine").wait_for()

    wanted = next(place for place, text in enumerate(texts, 1) if "Lantern Comics" in text)
    page.keyboard.press(str(wanted))
    page.get_by_text("Copper Signal is Copper Signal (1974).").wait_for()
    page.get_by_role("button", name="Undo").last.hover()  # a message stays under the pointer
    first.wait_for(state="detached")
    until(page, "(name) => document.activeElement?.ariaLabel === name", AMBIGUOUS[1])
    wait_until(lambda: publishers(service, "Copper Signal") == {"Lantern Comics"}, "tags")
    page.get_by_role("button", name="Undo").last.click()
    first.wait_for()
    wait_until(lambda: digests(service) == after_job, "the files as they were before the answer")

    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    second.locator(".candidate").first.wait_for()
    page.keyboard.press("n")
    page.get_by_text("Glass Parade will not be matched.").wait_for()
    page.get_by_role("link", name="Decisions").click()
    decision = page.get_by_role("region", name="Glass Parade")
    assert "is never matched" in decision.inner_text()
    decision.get_by_role("button", name="Take back").click()
    page.get_by_text("Nothing was decided yet.").wait_for()
    page.get_by_role("link", name="Waiting").click()
    second.wait_for()

    page.goto(f"{service.url}/jobs")
    page.get_by_role("link", name="Identify", exact=True).click()
    page.get_by_role("button", name="Undo", exact=True).click()
    wait_until(lambda: digests(service) == before, "every file as it was, to the byte")
    assert server.paid_twice() == []


def test_another_series_is_found_by_other_words_or_by_its_address(
    running: Running, open_page: OpenPage
) -> None:
    service, server = running
    page = open_page(service)
    switch_on(page, service, server)
    identify(page, service)
    page.goto(f"{service.url}/review")
    first, second = (page.get_by_role("region", name=name, exact=True) for name in AMBIGUOUS)
    first.wait_for()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    first.locator(".candidate").first.wait_for()
    page.keyboard.press("f")
    page.keyboard.type("Night Atlas")
    page.keyboard.press("Enter")
    first.get_by_role("button", name="Choose Night Atlas (1995), Lantern Comics").click()
    wait_until(
        lambda: (
            {tags(path).series for path in (service.comics / "Copper Signal").iterdir()}
            == {"Night Atlas"}
        ),
        "the tags of the series that was found by its words",
    )

    second.get_by_role("button", name="Glass Parade").click()
    second.get_by_text("Another series").click()
    second.get_by_label("address of its page").fill(
        "https://comicvine.gamespot.com/velvet-orchard/4050-11/"
    )
    second.get_by_role("button", name="Use it").click()
    page.get_by_text("Glass Parade is Velvet Orchard (2001).").wait_for()
    path = service.comics / "Glass Parade" / "Glass Parade 001.cbz"
    wait_until(lambda: tags(path).series == "Velvet Orchard", "the tags of the pasted series")

    page.goto(f"{service.url}/")
    page.get_by_role("link", name=path.name).click()
    matched = page.locator("#matched")
    matched.get_by_text("Velvet Orchard (2001) #1").wait_for()
    matched.get_by_text("Data from ComicVine").wait_for()
