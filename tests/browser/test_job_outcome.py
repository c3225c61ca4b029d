"""What a preview would do and what a job did, as its page shows it, and undoing one file of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from comicmaintainer.jobs.model import JobRequest, Outcome
from comicmaintainer.services import Services
from comicmaintainer.settings import Settings
from tests.browser.conftest import OpenPage, until
from tests.browser.running_service import RunningService, draw_comic
from tests.browser.test_live import Hand
from tests.kit.waiting import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.slow]

FILES = 842
YEAR = {
    "type": "tags",
    "fields": [{"field": "year", "before": None, "after": 2021}],
    "unchanged": 4,
}


def outcome(seq: int, path: str) -> Outcome:
    """Of 842 files 12 go to the trash, 3 get a year and one a name; 73 are damaged."""
    if seq % 70 == 1 and seq < 800:
        return Outcome(True, {"changes": [{"type": "trash", "from": path, "reason": "by request"}]})
    if seq in (2, 3, 4):
        return Outcome(True, {"changes": [YEAR]})
    if seq == 5:
        change = {"type": "rename", "from": path, "to": path.replace("tide", "The Tide")}
        return Outcome(True, {"changes": [change]})
    if 100 < seq <= 175 and seq % 70 != 1:
        error = f"{path}: page {seq} ({seq}.jpg) is cut off at byte {seq * 7}"
        return Outcome(False, None, error, "damaged_archive")
    return Outcome(True, {"changes": [], "unchanged": True})


@pytest.fixture(scope="module")
def service(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    """The web server alone; the worker is played by hand."""
    running = RunningService(tmp_path_factory.mktemp("outcome"))
    draw_comic(running.comics / "Tide" / "Tide 1.cbz")
    yield running.start("web").add_user()
    running.stop()


@pytest.fixture(scope="module")
def preview(service: RunningService) -> str:
    """A preview of 842 files, whose results came in another order than the files."""
    services = Services.build(Settings.from_environment(service.environment))
    hand = Hand(services)
    items = [f"/comics/Tide/tide {number:03}.cbz" for number in range(FILES)]
    job = services.manager.submit(JobRequest("process", items, preview=True))
    for claim in reversed(hand.claim(1000)):
        hand.finish([claim], outcome(claim.seq, claim.item))
    services.database.close()
    return job.job_id


def test_a_preview_of_842_files_says_in_one_line_what_it_would_do(
    service: RunningService, preview: str, open_page: OpenPage
) -> None:
    page = open_page(service)
    page.goto(f"{service.url}/jobs/{preview}")
    page.locator("#sentence").get_by_text(
        "12 would go to the trash, 1 would be renamed, 3 would get other tags, "
        "752 stay as they are, 74 refused.",
        exact=True,
    ).wait_for()
    page.get_by_role("button", name="Apply to 16 files", exact=True).wait_for()
    tabs = page.locator("#tabs a")
    assert [" ".join(text.split()) for text in tabs.all_inner_texts()] == [
        "Changes 16",
        "Unchanged 752",
        "Refused 74",
    ]


def test_what_many_files_get_is_shown_once_and_a_new_name_in_one_line(
    service: RunningService, preview: str, open_page: OpenPage
) -> None:
    page = open_page(service)
    page.goto(f"{service.url}/jobs/{preview}")
    groups = page.locator(".alike")
    groups.nth(1).wait_for()
    assert groups.locator("h3").all_inner_texts() == [
        "12 files, all the same",
        "3 files, all the same",
    ]
    groups.nth(1).locator("summary").click()
    until(page, "document.querySelectorAll('.alike .names .clip').length === 3")
    assert page.locator(".alike .names .clip").all_inner_texts() == [
        "tide 002.cbz",
        "tide 003.cbz",
        "tide 004.cbz",
    ]
    (row,) = page.locator("#results tr").all()
    assert row.locator(".rename").inner_text().split(" becomes ")[0].startswith("tide 005.cbz")
    assert row.bounding_box()["height"] < 60

    page.get_by_role("button", name="12 would go to the trash").click()
    until(page, "document.querySelectorAll('.alike').length === 1")
    page.get_by_text("To the trash: by request").wait_for()


def test_equal_failures_are_one_box_and_files_come_in_their_order(
    service: RunningService, preview: str, open_page: OpenPage
) -> None:
    page = open_page(service)
    page.goto(f"{service.url}/jobs/{preview}")
    page.locator("#tabs a", has_text="Refused").click()
    page.locator("#groups > *").first.wait_for()
    expect(page.locator("#groups > *")).to_have_count(1)
    expect(page.locator("#groups")).to_contain_text("74 files", use_inner_text=True)
    until(page, "document.querySelectorAll('#results tr').length >= 50")
    names = page.locator("#results .of").all_inner_texts()[:50]
    assert names == sorted(names)
    page.locator("#tabs a", has_text="Unchanged").click()
    page.locator("#results tr", has_text="tide 000.cbz").wait_for()


def test_one_file_of_yesterdays_job_is_undone_with_three_clicks(
    browser: Any, open_page: OpenPage, tmp_path: Path
) -> None:
    service = RunningService(tmp_path, JOB_RETENTION_SECONDS="1", JOB_CLEANUP_INTERVAL_SECONDS="1")
    comics = [draw_comic(service.comics / "Owls" / f"Owls {n}.cbz", seed=n) for n in (1, 2)]
    before = [comic.read_bytes() for comic in comics]
    service.start().add_user()
    services = Services.build(Settings.from_environment(service.environment))
    try:
        job = services.manager.submit(
            JobRequest("tag", [str(comic) for comic in comics], {"set": {"title": "Low Water"}})
        )
        wait_until(lambda: services.manager.get(job.job_id).archived, "the job's cleanup")
        assert all(comic.read_bytes() != old for comic, old in zip(comics, before, strict=True))
        page = open_page(service)

        page.get_by_role("link", name="Jobs", exact=True).click()
        page.locator(f'[data-key="{job.job_id}"] a').click()
        row = page.locator("#results tr", has_text="Owls 2.cbz")
        row.get_by_role("button", name="Undo").click()

        row.get_by_text("Undone").wait_for()
        wait_until(lambda: comics[1].read_bytes() == before[1], "the old bytes")
        assert comics[0].read_bytes() != before[0]
        page.context.close()
    finally:
        services.database.close()
        service.stop()
