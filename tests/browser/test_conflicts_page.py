"""Conflicts in a real browser: shown beside the comic that has the name, on both pages."""

from __future__ import annotations

import io
import random
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.browser.conftest import OpenPage
from tests.browser.running_service import RunningService
from tests.kit.waiting import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def comic(path: Path, story: str, pages: int) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(pages):
            small = Image.frombytes(
                "RGB", (8, 8), random.Random(f"{story} {number}").randbytes(192)
            )
            content = io.BytesIO()
            small.resize((120, 180), Image.Resampling.BICUBIC).save(content, "PNG")
            archive.writestr(f"{number:02}.png", content.getvalue())
    return path


@pytest.fixture(scope="module")
def service(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    """A service whose library has two different comics that the rules give one name."""
    service = RunningService(tmp_path_factory.mktemp("conflicts"))
    comic(service.comics / "Saga" / "Saga 01 (2012).cbz", "one", 4)
    comic(service.comics / "Saga" / "Saga 1 (2012) (Annual).cbz", "two", 6)
    service.start().add_user()
    for command in (["scan"], ["process", "--all", "--wait"]):
        subprocess.run(
            [sys.executable, "-m", "comicmaintainer", *command],
            env=service.environment,
            check=True,
        )
    yield service
    service.stop()


def files(service: RunningService, page: Any) -> dict[str, dict[str, Any]]:
    found = page.request.get(f"{service.url}/api/files").json()["files"]
    return {file["name"]: file for file in found}


def test_both_comics_are_shown_side_by_side_with_what_tells_them_apart(
    service: RunningService, open_page: OpenPage
) -> None:
    page = open_page(service)
    page.goto(f"{service.url}/duplicates")
    page.get_by_role("link", name="Same name").click()
    group = page.get_by_role("region", name="Saga #0001 (2012).cbz")
    group.wait_for()
    expect(page.locator("#total")).to_have_text("1 name, 1 file in conflict", use_inner_text=True)
    columns = group.locator(".copy")
    expect(columns).to_have_count(2)
    expect(columns.nth(0)).to_contain_text("Has the name", use_inner_text=True)
    mine = columns.nth(1).inner_text()
    assert "Keeps its own name" in mine
    assert "Annual" in mine
    assert "6 pages" in mine
    expect(group).to_contain_text("{format}", use_inner_text=True)


def test_the_library_filters_by_conflict_and_the_comic_s_page_leads_to_the_other(
    service: RunningService, open_page: OpenPage
) -> None:
    page = open_page(service)
    page.goto(f"{service.url}/?view=table")
    page.get_by_label("State", exact=True).select_option("conflict")
    row = page.locator("#files [data-key]")
    wait_until(lambda: row.count() == 1, "one file is listed")
    expect(row).to_contain_text("Conflict", use_inner_text=True)
    row.get_by_role("link").first.click()
    notice = page.locator("#problem")
    notice.get_by_text("Another comic has the name Saga #0001 (2012).cbz.").wait_for()
    expect(notice).to_contain_text("Format: Annual here, none there", use_inner_text=True)
    notice.get_by_role("link", name="Compare").click()
    page.get_by_role("region", name="Saga #0001 (2012).cbz").wait_for()
    page.get_by_role("link", name="Show all conflicts").wait_for()


def test_the_list_follows_when_a_conflict_ends(
    service: RunningService, open_page: OpenPage
) -> None:
    page = open_page(service)
    page.goto(f"{service.url}/duplicates?by=name")
    page.get_by_role("region", name="Saga #0001 (2012).cbz").wait_for()
    subprocess.run(
        [
            sys.executable,
            "-m",
            "comicmaintainer",
            "rename",
            str(service.comics / "Saga" / "Saga 1 (2012) (Annual).cbz"),
            "--to",
            "Saga Annual 1 (2012).cbz",
            "--wait",
        ],
        env=service.environment,
        check=True,
    )
    page.get_by_text("No two different comics would get the same name.").wait_for()
    assert files(service, page)["Saga Annual 1 (2012).cbz"]["state"] == "unprocessed"
