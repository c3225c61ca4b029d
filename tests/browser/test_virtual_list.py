"""Long lists of which only the part in view is in the page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser.conftest import OpenPage, until
from tests.browser.running_service import RunningService

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ITEMS = 100_000
MAKE = """async ([kind, items]) => {
    const address = document.querySelector('script[type="module"]').src;
    const { VirtualList } = await import(new URL("../base/virtual-list.js", address).href);
    const main = document.querySelector("main");
    const tag = (name, text, inside) => {
        const one = document.createElement(name);
        if (text) one.textContent = text;
        if (inside) one.append(inside);
        return one;
    };
    const place = tag(kind === "table" ? "tbody" : "ul");
    main.replaceChildren(kind === "table" ? tag("table", "", place) : place);
    if (kind === "grid") {
        place.style.display = "grid";
        place.style.gridTemplateColumns = "repeat(auto-fill, minmax(10rem, 1fr))";
    }
    const draw = (index) => {
        const input = tag("input");
        input.type = "text";
        const one = kind === "table"
            ? tag("tr", "", tag("td", `Row ${window.named(index)}`)) : tag("li", `Tile ${index}`);
        (kind === "table" ? one.firstChild : one).append(input);
        return one;
    };
    window.named = (index) => index;
    window.list = new VirtualList(place, { draw, seen: (...range) => { window.range = range; } });
    list.length = items;
}"""
COUNT = "document.querySelectorAll('main *').length"


@pytest.fixture(scope="module")
def service(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    """The web server alone."""
    running = RunningService(tmp_path_factory.mktemp("long"))
    yield running.start("web").add_user()
    running.stop()


def _opened(service: RunningService, open_page: OpenPage, kind: str, **options: Any) -> Any:
    page = open_page(service, **options)
    page.goto(f"{service.url}/system/variables")  # a page without a long list of its own
    page.locator("#settings tr").first.wait_for()
    page.evaluate(MAKE, [kind, ITEMS])
    return page


def _is_seen(page: Any, text: str) -> None:
    until(
        page,
        """(text) => [...document.querySelectorAll("main tr, main li")].some((one) => {
            const box = one.getBoundingClientRect();
            return one.textContent === text && box.top >= 0 && box.bottom <= innerHeight; })""",
        text,
    )


@pytest.mark.parametrize(("kind", "name"), [("table", "Row"), ("grid", "Tile")])
def test_a_long_list_has_few_elements_wherever_it_is_scrolled(
    service: RunningService, open_page: OpenPage, kind: str, name: str
) -> None:
    page = _opened(service, open_page, kind, viewport={"width": 1440, "height": 900})
    _is_seen(page, f"{name} 0")
    assert page.evaluate(COUNT) < 1_000
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    _is_seen(page, f"{name} {ITEMS - 1}")
    assert page.evaluate(COUNT) < 1_000
    page.evaluate("scrollTo(0, 0)")
    _is_seen(page, f"{name} 0")
    assert page.evaluate("range[0]") == 0


def test_an_item_can_be_shown_from_anywhere(service: RunningService, open_page: OpenPage) -> None:
    page = _opened(service, open_page, "table")
    for index in (54_321, 54_330, 99_999, 3):
        page.evaluate("(index) => { list.show(index); }", index)
        _is_seen(page, f"Row {index}")
    assert page.evaluate("list.show(100000)") is None


def test_what_is_typed_stays_when_it_is_scrolled_away(
    service: RunningService, open_page: OpenPage
) -> None:
    page = _opened(service, open_page, "table")
    page.locator("main tr", has_text="Row 7").first.locator("input").fill("half a na")
    page.evaluate("() => { list.show(60000); }")
    _is_seen(page, "Row 60000")
    page.keyboard.type("me")
    page.evaluate("() => { list.show(7); }")
    _is_seen(page, "Row 7")
    assert page.evaluate("list.element(7).querySelector('input').value") == "half a name"
    assert page.evaluate("list.indexOf(document.activeElement)") == 7


def test_columns_follow_the_width_and_all_items_stay_in_order(
    service: RunningService, open_page: OpenPage
) -> None:
    page = _opened(service, open_page, "grid", viewport={"width": 2560, "height": 1000})
    wide = page.evaluate("list.columns")
    page.set_viewport_size({"width": 800, "height": 900})
    until(page, "(wide) => list.columns < wide && list.columns > 1", wide)
    texts = page.locator("main li:not(.virtual-space)").all_inner_texts()
    assert texts == [f"Tile {number}" for number in range(len(texts))]


def test_items_inserted_before_the_first_leave_the_view_as_it_is(
    service: RunningService, open_page: OpenPage
) -> None:
    page = _opened(service, open_page, "table")
    page.evaluate("() => { list.show(500); }")
    _is_seen(page, "Row 500")
    top = "list.element({}).getBoundingClientRect().top"
    before = page.evaluate(top.format(500))
    page.evaluate("() => { window.named = (index) => index - 200; list.prepend(200); }")
    assert page.evaluate(top.format(700)) == pytest.approx(before, abs=1)
    _is_seen(page, "Row 500")
    assert page.evaluate("list.element(700).getAttribute('aria-rowindex')") == "702"
    assert page.evaluate("list.place.closest('table').getAttribute('aria-rowcount')") == "100201"


def test_content_is_drawn_anew_on_request_only(
    service: RunningService, open_page: OpenPage
) -> None:
    page = _opened(service, open_page, "table")
    page.evaluate("() => { window.named = (index) => `${index} anew`; list.update(2); }")
    texts = page.locator("main tr").all_inner_texts()
    assert [text.strip() for text in texts[:4]] == ["Row 0", "Row 1", "Row 2 anew", "Row 3"]
    page.evaluate("() => { list.length = 5; list.redraw(); }")
    texts = page.locator("main tr").all_inner_texts()
    assert [text.strip() for text in texts] == [f"Row {number} anew" for number in range(5)]


def test_image_of_a_tile_that_is_scrolled_away_is_no_longer_waited_for(service, open_page):
    page = _opened(service, open_page, "grid")
    page.route("**/held/*", lambda _: None)  # never answered
    page.evaluate(
        """() => {
            list.draw = (index) => {
                const one = document.createElement("li");
                const image = document.createElement("img");
                image.src = `/held/${index}`;
                image.height = 80;
                one.append(image);
                return one;
            };
            list.redraw();
            window.first = list.element(0).firstChild;
        }"""
    )
    assert page.evaluate("!window.first.complete")
    page.evaluate("scrollTo(0, 500000)")
    until(page, "!list.element(0) && !window.first.hasAttribute('src')")
    assert page.evaluate("[...list.place.querySelectorAll('img')].every((image) => image.src)")
