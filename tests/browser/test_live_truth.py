"""What pages say when the server is away, when events are missed, and when a disk is missing."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from comicmaintainer.jobs.model import Outcome
from comicmaintainer.services import Services
from comicmaintainer.settings import Settings
from tests.browser.conftest import OpenPage, opened_with_held_answer, until
from tests.browser.running_service import RunningService, draw_comic
from tests.browser.test_live import Hand
from tests.web.test_file_routes import catalogued

pytestmark = [pytest.mark.browser, pytest.mark.slow]

WITHOUT_EVENTS = "window.EventSource = class { addEventListener() {} }"


@pytest.fixture
def service(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    running = RunningService(tmp_path_factory.mktemp("away"))
    draw_comic(running.comics / "Tide" / "Tide 1.cbz")
    yield running.start("web").add_user()
    running.stop()


@pytest.fixture
def hand(service: RunningService) -> Iterator[Hand]:
    services = Services.build(Settings.from_environment(service.environment))
    yield Hand(services)
    services.database.close()


def test_a_page_says_that_the_server_is_away_and_catches_up_when_it_is_back(
    service: RunningService, hand: Hand, browser: Any, open_page: OpenPage
) -> None:
    signed_in = open_page(service)
    state = signed_in.context.storage_state()
    signed_in.context.close()
    # A context of its own: that the server can't be reached is an error in the console.
    page = browser.new_context(storage_state=state, locale="en-GB").new_page()
    job = hand.submit("verify", [f"/comics/{number}.cbz" for number in range(4)])
    hand.finish(hand.claim(1))
    page.goto(f"{service.url}/jobs/{job.job_id}")
    page.locator("#running", has_text="Verifying 1 of 4").wait_for()
    expect(page.locator("#offline")).to_be_hidden()

    service.stop()
    page.locator("#offline", has_text="Reconnecting").wait_for()
    page.wait_for_timeout(7000)  # three attempts to reconnect
    expect(page.locator("#offline")).to_be_visible()
    hand.finish(hand.claim(10))  # the rest is done meanwhile

    service.start("web")
    page.locator("#offline").wait_for(state="hidden")
    page.locator("#running").wait_for(state="hidden")
    page.locator("#sentence", has_text="Verified 4 files.").wait_for()
    page.context.close()


def test_lists_that_were_asked_for_meanwhile_come_when_the_server_is_back(
    service: RunningService, browser: Any, open_page: OpenPage
) -> None:
    services = Services.build(Settings.from_environment(service.environment))
    catalogued(services, service.comics / "Tide" / "Tide 1.cbz")
    services.database.close()
    signed_in = open_page(service)
    state = signed_in.context.storage_state()
    signed_in.context.close()
    context = browser.new_context(storage_state=state, locale="en-GB", service_workers="block")
    library, history = context.new_page(), context.new_page()
    library.goto(f"{service.url}/?view=table")
    library.locator("#files tr[data-key]").first.wait_for()
    history.goto(f"{service.url}/jobs/history")
    history.locator("#kind option").nth(1).wait_for(state="attached")

    service.stop()
    library.locator("#offline", has_text="Reconnecting").wait_for()
    library.locator("#view").get_by_role("button", name="Issues").click()
    library.get_by_text("The list comes when the server is back.").wait_for()
    history.locator("#kind").select_option("scan")
    history.get_by_text("The server can't be reached").wait_for()
    asked: list[str] = []
    history.on("request", lambda request: asked.append(request.url))

    service.start("web")
    library.locator("#issues li[data-key]").first.wait_for()
    expect(library.get_by_text("The list comes when the server is back.")).to_be_hidden()
    until(history, "() => !document.querySelector('#offline').offsetParent")
    for _ in range(200):
        if any("/history" in each and "kind=scan" in each for each in asked):
            break
        history.wait_for_timeout(50)
    assert any("kind=scan" in each for each in asked)
    context.close()


def test_an_answer_that_comes_late_does_not_bring_back_a_job_that_has_ended(
    service: RunningService, hand: Hand, open_page: OpenPage
) -> None:
    job = hand.submit("verify", ["/comics/1.cbz", "/comics/2.cbz"])
    page = open_page(service)
    route, early = opened_with_held_answer(
        page, f"{service.url}/statistics", "**/api/jobs?status=active&limit=100"
    )
    page.locator("#running", has_text="0 of 2").wait_for()
    hand.finish(hand.claim(2))
    page.locator("#running").wait_for(state="hidden")
    assert job.job_id in early.text()
    route.fulfill(response=early)
    page.wait_for_timeout(1000)
    expect(page.locator("#running")).to_be_hidden()


def test_a_message_follows_its_job_to_the_end(
    service: RunningService, hand: Hand, open_page: OpenPage
) -> None:
    page = open_page(service)
    page.goto(f"{service.url}/jobs")
    page.get_by_role("button", name="New job").first.click()
    page.get_by_label("What to do").select_option("verify")
    page.get_by_role("button", name="Start", exact=True).click()
    page.locator(".toast", has_text="1 file queued.").wait_for()
    hand.finish(hand.claim(1))
    page.locator(".toast", has_text="Verified 1 file.").wait_for()


def test_counts_are_right_as_soon_as_failed_files_are_queued_again(
    service: RunningService, hand: Hand, open_page: OpenPage
) -> None:
    job = hand.submit("verify", ["/comics/1.cbz", "/comics/2.cbz"])
    first, second = hand.claim(2)
    hand.finish([first])
    hand.finish([second], Outcome(False, None, "It is cut off.", "damaged_archive"))
    page = open_page(service)
    page.context.add_init_script(WITHOUT_EVENTS)
    page.goto(f"{service.url}/jobs/{job.job_id}")
    page.locator("#tabs a", has_text="Failed 1").wait_for()
    page.get_by_role("button", name="Retry failed").click()
    page.locator("#tabs a", has_text="Failed 0").wait_for()
    page.locator("#sentence", has_text="Verifying 1 of 2.").wait_for()


def test_the_library_says_that_a_disk_is_missing(
    service: RunningService, open_page: OpenPage
) -> None:
    page = open_page(service)
    moved = service.comics.with_name("unplugged")
    shutil.move(service.comics, moved)
    try:
        page.reload()
        page.locator("#disks", has_text="does not exist").wait_for()
    finally:
        shutil.move(moved, service.comics)
    page.reload()
    page.locator("#total", has_text="comic").wait_for()
    expect(page.locator("#disks .notice")).to_have_count(0)
