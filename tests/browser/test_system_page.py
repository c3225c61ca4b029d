"""The System page says what is wrong, and what to do about it, once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from comicmaintainer.services import Services
from comicmaintainer.settings import Settings
from comicmaintainer.watcher.coverage import Limit, Shortfall, shortfall
from comicmaintainer.watcher.coverage_store import CoverageStore
from tests.browser.conftest import OpenPage
from tests.browser.running_service import RunningService, draw_comic

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LACK = shortfall(Limit.OPEN_FILES, watched=3, scanned=18, interval_s=60, detail="")


def store_shortfall(service: RunningService, lack: Shortfall | None) -> None:
    services = Services.build(Settings.from_environment(service.environment))
    CoverageStore(services.database).save(lack, services.now())
    services.database.close()


def store_hosts(service: RunningService) -> None:
    """Store what two hosts would report."""
    services = Services.build(Settings.from_environment(service.environment))
    now = services.now()
    with services.database.transaction() as transaction:
        for name, ahead_s in (("nas", 300.0), ("pc", 0.2)):
            transaction.execute(
                "INSERT INTO hosts (host, uid, seen_at, version, clock_ahead_s)"
                " VALUES (?, ?, ?, ?, ?)",
                (name, name, now, "1.0", ahead_s),
            )
        transaction.execute(
            "INSERT INTO root_mounts (root_id, host, filesystem, writable, seen_at)"
            " SELECT root_id, 'nas', 'network', 0, ? FROM roots WHERE path = ?",
            (now, str(service.comics)),
        )
    services.database.close()


@pytest.fixture(scope="module")
def service(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    """A service that watches two folders, one of which is missing."""
    folder = tmp_path_factory.mktemp("system")
    folders = f"{folder / 'comics'}:{folder / 'share'}"
    running = RunningService(folder, WATCH_MODE="polling", WATCHED_DIR=folders)
    draw_comic(running.comics / "Saltmarsh 001.cbz")
    running.start().add_user()
    yield running
    running.stop()


def test_advice_about_watching_is_shown_once_and_ends_with_its_cause(
    service: RunningService, open_page: OpenPage
) -> None:
    store_shortfall(service, LACK)
    page = open_page(service)
    page.goto(f"{service.url}/system")
    page.locator("#checks li", has_text=LACK.finding).wait_for()
    assert page.locator("main").inner_text().count(LACK.advice) == 1
    store_shortfall(service, None)
    page.locator("#fine-checks li", has_text="Folders are scanned every").wait_for(state="attached")
    assert LACK.advice not in page.locator("main").inner_text()


def test_advice_about_a_missing_disk_is_shown_once(
    service: RunningService, open_page: OpenPage
) -> None:
    page = open_page(service)
    page.goto(f"{service.url}/system")
    page.locator("#checks li", has_text="share does not exist").wait_for()
    page.locator("#notices", has_text="share does not exist").wait_for()
    assert page.locator("main").inner_text().count("Check the name, and whether the disk") == 1


def test_log_is_filtered_and_followed(service: RunningService, open_page: OpenPage) -> None:
    page = open_page(service)
    page.goto(f"{service.url}/system/log")
    page.locator("#records li", has_text="Started").first.wait_for()
    page.get_by_label("Least serious").select_option("error")
    page.get_by_label("Words").fill("disk")
    page.get_by_text("Nothing in the log matches.").wait_for()
    assert "level=error&words=disk" in page.url
    line = "2026-11-30T10:00:00.000+00:00 ERROR worker[7] cm.jobs: The disk is full\n"
    with (service.config / "Log" / "ComicMaintainer.log").open("a", encoding="utf-8") as log:
        log.write(line)
    page.locator("#records li", has_text="The disk is full").wait_for()
    page.locator("#shown", has_text="1 record").wait_for()


def test_support_bundle_is_downloaded(service: RunningService, open_page: OpenPage) -> None:
    page = open_page(service)
    page.goto(f"{service.url}/system")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download").click()
    assert download.value.suggested_filename.startswith("comicmaintainer-support-")


def test_hosts_that_share_the_library_are_listed(
    service: RunningService, open_page: OpenPage
) -> None:
    page = open_page(service)
    page.goto(f"{service.url}/system")
    page.locator("#roots li").first.wait_for()
    assert not page.locator("#hosts-section").is_visible()
    store_hosts(service)
    page.locator("#hosts li", has_text="nas").wait_for()
    nas, pc = page.locator("#hosts li").all_inner_texts()
    assert str(service.comics) in nas
    assert "read-only" in nas
    assert "its clock is 5 minutes ahead" in nas
    assert "no worker" in pc
    assert "ahead" not in pc
