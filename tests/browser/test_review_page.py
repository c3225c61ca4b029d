"""From a source that is off to tags that are written, reviewed by keyboard, and undone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenPage, until
from tests.browser.identified_library import AMBIGUOUS, CERTAIN, KEY, identified_library
from tests.browser.running_service import RunningService
from tests.kit.comics import digests
from tests.kit.replay_server import ReplayServer
from tests.kit.waiting import wait_until
from tests.operations.workbench import tags

pytestmark = [pytest.mark.browser, pytest.mark.slow]

Running = tuple[RunningService, ReplayServer]
FILES = 200
OF_CERTAIN, OF_AMBIGUOUS = 30, 22
LARGE = dict.fromkeys(CERTAIN, OF_CERTAIN) | dict.fromkeys(AMBIGUOUS, OF_AMBIGUOUS)
"""AniList allows 30 requests at once, which is enough: it has no details of single volumes."""
SMALL = dict.fromkeys(AMBIGUOUS[:2], 2)


@pytest.fixture
def running(browser: Any, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Running]:
    with identified_library(tmp_path, request.param) as both:
        yield both


def values(service: RunningService, series: str, name: str) -> set[Any]:
    return {getattr(tags(path), name) for path in (service.comics / series).glob("*.cbz")}


def switch_on(page: Any, service: RunningService, source: str, address: str, key: str = "") -> None:
    """From the empty review to a source that is on."""
    page.goto(f"{service.url}/review")
    page.get_by_role("link", name="Switch a source on").click()
    entry = page.locator(f'#source-list [data-source="{source}"]')
    entry.get_by_text("Key and address" if key else "Address", exact=True).click()
    if key:
        entry.get_by_label("API key").fill(key)
    entry.get_by_label("Another address").fill(address)
    entry.get_by_role("button", name="Save").click()
    page.get_by_text("are stored.").wait_for()
    entry.get_by_role("button", name="Switch on").click()
    entry.get_by_text("On", exact=True).wait_for()


def identify(page: Any, service: RunningService, files: int) -> None:
    """Identify all files without covers, and look at the job until it has ended."""
    page.goto(f"{service.url}/review")
    page.get_by_role("button", name="Identify files").last.click()
    sheet = page.get_by_role("dialog")
    sheet.get_by_text("More").first.click()
    sheet.get_by_label("Compare covers if in doubt").uncheck()
    sheet.get_by_role("button", name="Start").click()
    page.get_by_role("button", name="Show the job").click()
    page.locator("#sentence", has_text=f"Identified {files} files.").wait_for(timeout=120_000)


def until_equal(value: Callable[[], Any], wanted: Any, what: str) -> None:
    wait_until(lambda: value() == wanted, what)


def waits_for_focus(page: Any, row: str) -> None:
    until(page, "(name) => document.activeElement?.ariaLabel === name", row)


@pytest.mark.parametrize("running", [LARGE], indirect=True)
def test_200_files_are_identified_reviewed_by_keyboard_and_given_back_to_the_byte(
    running: Running, open_page: OpenPage
) -> None:
    service, server = running
    page = open_page(service)
    before = digests(service.comics)
    assert len(before) == FILES
    switch_on(page, service, "anilist", server.address("anilist"))
    identify(page, service, FILES)
    found = page.locator("#identified")
    found.get_by_text(re.compile("90 of 200 identified, 5 series wait for review")).wait_for()
    page.locator(".tabs").get_by_text("Unchanged").click()
    page.get_by_text("In review:").first.wait_for()
    for folder in CERTAIN:
        assert values(service, folder, "genres") == {("Drama",)}
    after_job = digests(service.comics)
    untouched = {path for path, digest in after_job.items() if before[path] == digest}
    assert len(untouched) == len(AMBIGUOUS) * OF_AMBIGUOUS

    found.get_by_role("link").click()
    page.locator("#total", has_text="5 series wait, 110 files").wait_for()
    rows = [page.get_by_role("region", name=name, exact=True) for name in AMBIGUOUS]
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    candidates = rows[0].locator(".candidate")
    candidates.nth(1).wait_for()
    texts = candidates.all_inner_texts()
    assert {"1974", "2011"} == {year for year in ("1974", "2011") if year in "".join(texts)}
    expect(rows[0]).to_contain_text("Copper Signal, #1, no year, 2 pages", use_inner_text=True)
    shown = "(images) => images.length === 2 && images.every((one) => one.naturalWidth > 0)"
    wait_until(
        lambda: rows[0].locator(".candidate > img").evaluate_all(shown),
        "the covers of candidates",
    )
    assert server.log("covers")  # our server asked, the browser did not: its policy forbids it
    assert "noopener" in candidates.first.get_by_role("link").get_attribute("rel")
    page.get_by_text("Data from AniList").wait_for()

    # Of the first an answer is taken back at once, and given again.
    wanted = next(place for place, text in enumerate(texts, 1) if "(1974)" in text)
    page.keyboard.press(str(wanted))
    page.get_by_text("Copper Signal is Copper Signal (1974).").wait_for()
    page.get_by_role("button", name="Undo").last.hover()  # a message stays under the pointer
    rows[0].wait_for(state="detached")
    waits_for_focus(page, AMBIGUOUS[1])
    address = ("https://anilist.co/manga/20",)
    wait_until(lambda: values(service, AMBIGUOUS[0], "web") == {address}, "its tags")
    page.get_by_role("button", name="Undo").last.click()
    rows[0].wait_for()
    wait_until(lambda: digests(service.comics) == after_job, "the files as before the answer")

    page.keyboard.press("j")
    for name, row in zip(AMBIGUOUS[:3], rows[:3], strict=True):
        waits_for_focus(page, name)
        page.keyboard.press("Enter")
        row.locator(".candidate").first.wait_for()
        page.keyboard.press("1")
        page.get_by_text(re.compile(rf"^{name} is {name}")).last.wait_for()
        row.wait_for(state="detached")
    waits_for_focus(page, AMBIGUOUS[3])
    page.keyboard.press("Enter")
    rows[3].locator(".candidate").first.wait_for()
    page.keyboard.press("n")
    page.get_by_text("Quiet Orbit will not be matched.").wait_for()
    waits_for_focus(page, AMBIGUOUS[4])
    page.keyboard.press("Enter")
    rows[4].locator(".candidate").first.wait_for()
    page.keyboard.press("s")
    page.get_by_text("Salt Lantern is skipped.").wait_for()
    for name in AMBIGUOUS[:3]:
        has_tags = partial(values, service, name, "genres")
        until_equal(has_tags, {("Drama",)}, f"the tags of {name}")

    # Look at two files, and take everything back.
    for name, why in (("Harbour Lights", "Certain"), ("Iron Meadow", "A person chose the series")):
        page.goto(f"{service.url}/?view=table&text={name.replace(' ', '%20')}")
        page.get_by_role("link", name=f"{name} 001.cbz").click()
        page.locator("#matched").get_by_text(why).wait_for()
    page.goto(f"{service.url}/review?show=decisions")
    for name in AMBIGUOUS[:4]:
        decision = page.get_by_role("region", name=name, exact=True)
        decision.get_by_role("button", name="Take back").click()
        decision.wait_for(state="detached")
    page.get_by_text("Nothing was decided yet.").wait_for()
    wait_until(lambda: digests(service.comics) == after_job, "the files as before all answers")
    page.get_by_role("link", name="Waiting").click()
    rows[3].wait_for()

    page.goto(f"{service.url}/jobs")
    page.get_by_role("link", name="Identify", exact=True).click()
    page.get_by_role("button", name="Undo all").click()
    wait_until(lambda: digests(service.comics) == before, "every file as it was, to the byte")
    assert server.paid_twice() == []


@pytest.mark.parametrize("running", [SMALL], indirect=True)
def test_another_series_is_found_by_other_words_or_by_its_address(
    running: Running, open_page: OpenPage
) -> None:
    service, server = running
    page = open_page(service)
    switch_on(page, service, "comicvine", server.address("comicvine"), KEY)
    identify(page, service, sum(SMALL.values()))
    page.goto(f"{service.url}/review")
    first, second = (page.get_by_role("region", name=name, exact=True) for name in AMBIGUOUS[:2])
    first.wait_for()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    first.locator(".candidate").first.wait_for()
    page.keyboard.press("f")
    page.keyboard.type("Night Atlas")
    page.keyboard.press("Enter")
    choose = first.get_by_role("button", name="Choose Night Atlas (1995), Lantern Comics")
    choose.wait_for()
    seen = "(image) => image.naturalWidth > 0"
    found = first.locator(".others .candidate > img")
    wait_until(lambda: found.count() == 1 and found.evaluate(seen), "the cover of the one found")
    choose.click()
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
    page.keyboard.press("Enter")
    pasted = second.locator(".others .candidate")
    wait_until(
        lambda: pasted.count() == 1 and pasted.locator("> img").evaluate(seen), "the pasted series"
    )
    until(
        page,
        "() => document.activeElement?.ariaLabel === 'Choose Velvet Orchard (2001), Tern Press'",
    )
    page.keyboard.press("Enter")
    page.get_by_text("Glass Parade is Velvet Orchard (2001).").wait_for()
    path = service.comics / "Glass Parade" / "Glass Parade 001.cbz"
    wait_until(lambda: tags(path).series == "Velvet Orchard", "the tags of the pasted series")

    page.goto(f"{service.url}/")
    page.get_by_role("link", name=path.name).click()
    matched = page.locator("#matched")
    matched.get_by_text("Velvet Orchard (2001) #1").wait_for()
    matched.get_by_text("Data from ComicVine").wait_for()
