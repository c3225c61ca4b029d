"""Images that the server could not give yet come later, without a new look at the page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser.conftest import OpenPage, until
from tests.browser.running_service import RunningService, draw_comic

pytestmark = [pytest.mark.browser, pytest.mark.slow]

COMICS = 12
BUSY = {"error": {"code": "busy", "message": "Many images are being made."}}
ALL_SHOWN = """() => {
    const covers = [...document.querySelectorAll("#issues li[data-key] img")];
    return covers.length === COMICS && covers.every((one) => one.complete && one.naturalWidth); }
""".replace("COMICS", str(COMICS))
COVERS = "**/api/files/*/cover"


@pytest.fixture(scope="module")
def service(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    """A service over a dozen comics."""
    running = RunningService(tmp_path_factory.mktemp("late"))
    for number in range(COMICS):
        draw_comic(running.comics / f"Heron {number + 1:03}.cbz", seed=number)
    yield running.start().add_user().scan()
    running.stop()


def _refuse(page: Any, times: int, answer: dict[str, Any]) -> list[str]:
    """Refuse the first requests for covers; return the list to which all that are asked for go."""
    asked: list[str] = []

    def refuse_first(route: Any) -> None:
        asked.append(route.request.url)
        if len(asked) <= times:
            route.fulfill(**answer)
        else:
            route.continue_()

    page.route(COVERS, refuse_first)
    return asked


def test_covers_that_a_busy_server_refuses_come_when_it_has_time(
    service: RunningService, open_page: OpenPage
) -> None:
    page = open_page(service)
    busy = {"status": 503, "headers": {"Retry-After": "1"}, "json": BUSY}
    asked = _refuse(page, COMICS + 3, busy)
    page.goto(f"{service.url}/?view=issues")
    until(page, ALL_SHOWN)
    # Each was refused, then one of them three times more, one question after the other.
    assert asked[COMICS : COMICS + 4] == [asked[COMICS]] * 4
    # None is asked for again once it is there.
    assert len(set(asked)) == COMICS
    before = len(asked)
    page.wait_for_timeout(1500)
    assert len(asked) == before


def test_an_image_that_can_t_be_shown_is_not_asked_for_for_ever(
    service: RunningService, open_page: OpenPage
) -> None:
    page = open_page(service)
    nothing = {"status": 200, "headers": {"Content-Type": "image/webp"}, "body": "no image"}
    asked = _refuse(page, 1000, nothing)
    page.goto(f"{service.url}/?view=issues")
    page.evaluate("""() => {
        window.lost = 0;
        document.addEventListener("lost", () => { window.lost += 1; }, true);
    }""")
    until(page, f"() => window.lost >= {COMICS}")
    assert max(asked.count(each) for each in asked) <= 8
    before = len(asked)
    page.wait_for_timeout(1000)
    assert len(asked) == before


def test_covers_come_once_the_server_is_back(service: RunningService, open_page: OpenPage) -> None:
    page = open_page(service)
    page.goto(f"{service.url}/?view=table")
    page.locator("#files tr[data-key]").nth(COMICS - 1).wait_for()
    page.route(COVERS, lambda route: route.abort("connectionrefused"))
    page.get_by_role("button", name="Issues").click()
    until(page, "() => [...document.querySelectorAll('#issues img')].every((one) => one.complete)")
    assert not page.evaluate(ALL_SHOWN)
    page.unroute(COVERS)
    until(page, ALL_SHOWN)


def test_a_page_that_a_busy_server_refuses_is_shown_when_it_comes(
    service: RunningService, open_page: OpenPage
) -> None:
    page = open_page(service)
    refused: list[str] = []

    def refuse_each_once(route: Any) -> None:
        address = route.request.url
        if address in refused:
            route.continue_()
        else:
            refused.append(address)
            route.fulfill(status=503, headers={"Retry-After": "1"}, json=BUSY)

    page.route("**/api/files/*/pages/*", refuse_each_once)
    page.goto(f"{service.url}/files/1")
    page.locator(".page-grid li").first.wait_for()
    until(
        page,
        "() => [...document.querySelectorAll('.page-grid img')].filter((one) => one.naturalWidth)"
        ".length === 2",
    )
    page.get_by_role("button", name="Page 1", exact=True).click()
    # Not its thumbnail, but the page itself.
    until(
        page,
        """() => {
            const shown = document.querySelector(".viewer .view img");
            return shown && shown.naturalWidth && !shown.src.includes("width="); }""",
    )
    assert any("width" not in each for each in refused)
    assert page.get_by_text("Can't be shown").count() == 0
