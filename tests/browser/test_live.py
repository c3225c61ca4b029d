"""Jobs as a page shows them while they run. The worker is played by hand: nothing is up to pace."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from playwright.sync_api import expect

from comicmaintainer.jobs.engine.item_store import ItemStore
from comicmaintainer.jobs.engine.worker_store import WorkerStore
from comicmaintainer.jobs.job_manager import JobManager
from comicmaintainer.jobs.model import ClaimedItem, HandIn, Job, JobRequest, Outcome
from comicmaintainer.services import Services
from comicmaintainer.settings import Settings
from tests.browser.conftest import OpenPage, opened_with_held_answer, until
from tests.browser.running_service import RunningService, draw_comic

pytestmark = [pytest.mark.browser, pytest.mark.slow]

WITHOUT_LOCKS = "Object.defineProperty(Navigator.prototype, 'locks', { value: undefined })"
DONE = Outcome(True, {"changes": [], "unchanged": True})


class Hand:
    """A worker that does only what a test tells it."""

    def __init__(self, services: Services) -> None:
        self.manager: JobManager = services.manager
        self._items = ItemStore(services.database)
        self._workers = WorkerStore(services.database)
        self._worker_id = uuid.uuid4().hex
        self._workers.register(self._worker_id, "workshop", 1, 1, time.time())

    def submit(self, kind: str, items: Sequence[str]) -> Job:
        return self.manager.submit(JobRequest(kind, items))

    def claim(self, wanted: int) -> list[ClaimedItem]:
        self._workers.heartbeat(self._worker_id, (), time.time())
        return self._items.exchange(
            self._worker_id, (), wanted, ("process", "verify"), time.time()
        )[1]

    def finish(self, claims: Sequence[ClaimedItem], outcome: Outcome = DONE) -> None:
        done = [HandIn(claim, outcome, 0.25) for claim in claims]
        self._items.exchange(self._worker_id, done, 0, (), time.time())


@pytest.fixture(scope="module")
def service(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    """The web server alone."""
    running = RunningService(tmp_path_factory.mktemp("live"))
    draw_comic(running.comics / "Tide" / "Tide 1.cbz")
    yield running.start("web").add_user()
    running.stop()


@pytest.fixture
def hand(service: RunningService) -> Iterator[Hand]:
    services = Services.build(Settings.from_environment(service.environment))
    played = Hand(services)
    yield played
    for job in services.manager.jobs.page(limit=100):
        services.manager.delete_job(job.job_id)
    services.database.close()


def test_progress_moves_without_reloading(
    service: RunningService, hand: Hand, open_page: OpenPage
) -> None:
    page = open_page(service)
    page.goto(f"{service.url}/jobs")
    page.get_by_text("No jobs here").wait_for()
    job = hand.submit("verify", [f"/comics/{number}.cbz" for number in range(1000)])
    row = page.locator(f'[data-key="{job.job_id}"]')
    row.get_by_text("1,000 files waiting.").wait_for()

    claims = hand.claim(412)
    hand.finish(claims[:411])
    hand.finish(claims[411:], Outcome(False, None, "The page is damaged.", "damaged_archive"))
    row.get_by_text("Verifying 412 of 1,000. 1 failed.").wait_for()
    page.locator("#running", has_text="Verifying 412 of 1,000").click()
    page.locator("#drawer").get_by_text("Verifying 412 of 1,000. 1 failed.").wait_for()
    page.set_viewport_size({"width": 390, "height": 800})
    until(page, "() => drawer.getBoundingClientRect().left >= 0")
    page.set_viewport_size({"width": 1280, "height": 720})

    while claims := hand.claim(500):
        hand.finish(claims)
    row.get_by_text("Verified 999 files. 1 failed.").wait_for()
    page.locator("#running").wait_for(state="hidden")


@pytest.mark.parametrize("has_locks", [True, False], ids=["by a lock", "by a lease"])
def test_every_tab_of_a_browser_is_updated_by_one_stream(
    service: RunningService, hand: Hand, open_page: OpenPage, has_locks: bool
) -> None:
    page = open_page(service)
    if not has_locks:
        page.context.add_init_script(WITHOUT_LOCKS)
    page.goto(f"{service.url}/jobs")
    other = page.context.new_page()
    streams: list[str] = []
    third = page.context.new_page()
    for tab in (other, third):
        tab.on("request", lambda asked: streams.append(asked.url))
    other.goto(f"{service.url}/")
    third.goto(f"{service.url}/statistics")
    hand.submit("verify", ["/comics/1.cbz", "/comics/2.cbz"])
    for tab in (page, other, third):
        tab.locator("#running", has_text="0 of 2").wait_for()
    assert [url for url in streams if "/api/events" in url] == []

    page.close()
    hand.finish(hand.claim(1))
    for tab in (other, third):
        tab.locator("#running", has_text="1 of 2").wait_for()


def test_a_job_is_paused_resumed_and_cancelled_from_its_page(
    service: RunningService, hand: Hand, open_page: OpenPage
) -> None:
    job = hand.submit("process", [f"/comics/{number}.cbz" for number in range(20)])
    hand.finish(hand.claim(5))
    page = open_page(service)
    page.goto(f"{service.url}/jobs/{job.job_id}")
    page.get_by_role("button", name="Pause").click()
    page.locator("#sentence", has_text="Paused at 5 of 20.").wait_for()
    assert hand.claim(5) == []
    page.get_by_role("button", name="Resume").click()
    page.locator("#sentence", has_text="Processing 5 of 20.").wait_for()
    page.get_by_label("Priority").select_option("urgent")
    page.get_by_role("button", name="Cancel").click()
    page.locator("#sentence", has_text="Cancelled at 5 of 20.").wait_for()
    assert hand.claim(5) == []
    assert hand.manager.get(job.job_id).priority.name == "URGENT"


def test_failures_are_grouped_and_one_group_is_retried(
    service: RunningService, hand: Hand, open_page: OpenPage
) -> None:
    job = hand.submit("process", [f"/comics/{number}.cbz" for number in range(6)])
    claims = hand.claim(6)
    hand.finish(claims[:1])
    for claim in claims[1:4]:
        why = f"{claim.item}: the archive is cut off"
        hand.finish([claim], Outcome(False, None, why, "damaged_archive"))
    for claim in claims[4:]:
        why = f"{claim.item}: it needs a password"
        hand.finish([claim], Outcome(False, None, why, "encrypted_archive"))
    page = open_page(service)
    page.goto(f"{service.url}/jobs/{job.job_id}")
    groups = page.locator("#groups > *")
    groups.nth(1).wait_for()
    expect(groups).to_have_count(2)
    expect(groups.nth(0)).to_contain_text("3 files: The archive is cut off", use_inner_text=True)
    expect(groups.nth(1)).to_contain_text("2 files: It needs a password", use_inner_text=True)

    groups.nth(0).get_by_role("button", name="Retry these").click()
    page.get_by_text("3 files queued again.").wait_for()
    retried = hand.claim(10)
    assert [claim.item for claim in retried] == ["/comics/1.cbz", "/comics/2.cbz", "/comics/3.cbz"]
    hand.finish(retried)
    page.locator("#sentence", has_text="Processed 4 files. 2 failed.").wait_for()
    page.locator("#groups > *").nth(1).wait_for(state="detached")
    page.locator("#tabs a", has_text="Failed").click()
    until(page, "document.querySelectorAll('#results tr').length === 2")
    expect(page.locator("#results tr", has_text="It needs a password")).to_have_count(2)


def test_a_preview_shows_old_and_new_with_the_difference_marked(
    service: RunningService, hand: Hand, open_page: OpenPage
) -> None:
    hand.submit("process", ["/comics/a 1.cbz"])
    changes = [
        {
            "type": "tags",
            "fields": [{"field": "series", "before": "Saga", "after": "Saga <i>& more</i>"}],
            "unchanged": 3,
        },
        {"type": "rename", "from": "/comics/a 1.cbz", "to": "/comics/a #0001.cbz"},
    ]
    (claim,) = hand.claim(1)
    hand.finish([claim], Outcome(True, {"changes": changes, "path": "/comics/a #0001.cbz"}))
    page = open_page(service)
    page.goto(f"{service.url}/jobs/{claim.job_id}")
    page.locator(".diff").wait_for()
    expect(page.locator(".diff .fields ins")).to_have_text([" <i>& more</i>"], use_inner_text=True)
    expect(page.locator(".diff .rename del")).to_have_text([], use_inner_text=True)
    expect(page.locator(".diff .rename ins")).to_have_text(["#000"], use_inner_text=True)
    expect(page.locator(".diff .rest")).to_have_text("+3 unchanged", use_inner_text=True)
    expect(page.locator(".diff i")).to_have_count(0)


def test_a_job_that_ends_while_its_page_opens_is_shown_as_ended(
    service: RunningService, hand: Hand, open_page: OpenPage
) -> None:
    job = hand.submit("verify", ["/comics/1.cbz", "/comics/2.cbz"])
    page = open_page(service)
    route, early = opened_with_held_answer(
        page, f"{service.url}/jobs/{job.job_id}", f"**/api/jobs/{job.job_id}?results=0"
    )
    hand.finish(hand.claim(2))
    page.wait_for_timeout(1500)  # the stream opens, and tells of no job that has ended
    route.fulfill(response=early)
    page.locator("#sentence", has_text="Verified 2 files.").wait_for()
    expect(page.locator("#progress")).to_be_hidden()


def test_rows_of_jobs_keep_their_height_whatever_can_be_done_about_them(
    service: RunningService, hand: Hand, open_page: OpenPage
) -> None:
    job = hand.submit("verify", [f"/comics/{number}.cbz" for number in range(3)])
    hand.finish(hand.claim(1))
    page = open_page(service, viewport={"width": 1280, "height": 800})
    page.goto(f"{service.url}/jobs")
    row = page.locator(f'[data-key="{job.job_id}"]')
    row.get_by_role("button", name="Pause").wait_for()
    actions = row.locator(".row-actions")
    height, width = row.bounding_box()["height"], actions.bounding_box()["width"]
    assert height <= 40
    row.get_by_role("button", name="Cancel").click()
    row.get_by_text("Cancelled at 1 of 3.").wait_for()
    expect(row.get_by_role("button")).to_have_count(0)
    assert row.bounding_box()["height"] <= height
    assert abs(actions.bounding_box()["width"] - width) <= 1
    page.locator("#tabs a", has_text="Active 0").wait_for()
    page.locator("#tabs a", has_text="Cancelled 1").wait_for()


def test_an_address_of_an_unknown_job_says_so_and_links_to_the_jobs(
    service: RunningService, open_page: OpenPage
) -> None:
    page = open_page(service)
    page.goto(f"{service.url}/jobs/nope")
    page.get_by_text("There is no job nope.").wait_for()
    expect(page.locator("#results")).to_have_count(0)
    page.get_by_role("link", name="See the jobs").click()
    page.wait_for_url(f"{service.url}/jobs")


def test_files_that_failed_have_a_tab_of_their_own(
    service: RunningService, hand: Hand, open_page: OpenPage
) -> None:
    job = hand.submit("verify", ["/comics/1.cbz", "/comics/2.cbz"])
    first, second = hand.claim(2)
    hand.finish([first])
    hand.finish([second], Outcome(False, None, "It is cut off.", "damaged_archive"))
    page = open_page(service)
    page.goto(f"{service.url}/jobs")
    page.locator("#tabs a", has_text="Could not run 0").wait_for()
    page.locator("#tabs a", has_text="With failed files 1").click()
    page.locator(f'[data-key="{job.job_id}"]').wait_for()
