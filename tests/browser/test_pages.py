"""Every page in both themes and on a phone: quiet consoles, nothing cut off, text never markup."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from comicmaintainer.jobs.model import JobRequest
from comicmaintainer.operations.declared.kinds import KINDS
from comicmaintainer.services import Services
from comicmaintainer.settings import Settings
from comicmaintainer.web.page_list import PLACES, SECTIONS
from tests.browser.conftest import OpenPage, until
from tests.browser.running_service import PASSWORD, USER, RunningService, draw_comic

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LONG = "Averyveryverylongnamewithoutanyspacewhereitmightbebrokenintolines" * 3 + " 001.cbz"
HOSTILE = "<img src=x onerror=alert(1)> & \"quotes\" 'too' 001.cbz"
PAGES = (
    *(place.path for place in PLACES),
    *(page.path for tabs in SECTIONS.values() for page in tabs.values()),
    "/?view=series",
    "/?view=issues",
    "/?view=table",
    "/?view=folders",
    "/files/1",
    "/series?name=Saltmarsh",
    "/jobs/history",
    "/statistics?of=jobs",
    "/duplicates?by=look",
    "/duplicates?by=name",
    "/duplicates?by=page",
    "/welcome",
)
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
DESK = {"viewport": {"width": 1280, "height": 800}}
MOST_SHIFT = 0.05
"""Of a page while it loads: half of what counts as good; see https://web.dev/articles/cls."""
APART = ["150 * number", "Math.max(0, 600 - 150 * number)"]
"""How long each answer of the service is held back, so that they come one by one."""
# Pages that wait for their data are shown after a second in any case; here they wait however long.
WATCH_SHIFTS = """
    window.shifts = [];
    new PerformanceObserver((list) => {
        for (const { value, hadRecentInput, sources } of list.getEntries())
            if (!hadRecentInput) window.shifts.push({ value, of: sources.map(({ node }) =>
                node?.id || node?.className || node?.nodeName) });
    }).observe({ type: "layout-shift", buffered: true });
    const patient = new CSSStyleSheet();
    patient.replaceSync("[data-awaiting] > * { animation: none !important }");
    document.adoptedStyleSheets = [patient];
    const send = window.fetch;
    let asked = 0;
    window.unanswered = 0;
    window.fetch = async (...asking) => {
        const number = asked++;
        window.unanswered++;
        try {
            const answer = await send(...asking);
            await new Promise((resolve) => setTimeout(resolve, APART));
            return answer;
        } finally {
            window.unanswered--;
        }
    };
"""


@pytest.fixture(scope="module")
def service(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    """A whole service over a scanned library with a hostile name, a copy and a broken file."""
    running = RunningService(tmp_path_factory.mktemp("pages"))
    for number in range(1, 9):
        draw_comic(running.comics / "Saltmarsh" / f"Saltmarsh {number:03}.cbz", seed=number)
    first = running.comics / "Saltmarsh" / "Saltmarsh 001.cbz"
    (running.comics / "Saltmarsh" / "Saltmarsh 001 copy.cbz").write_bytes(first.read_bytes())
    (running.comics / "Broken 1.cbz").write_bytes(first.read_bytes()[:200])
    draw_comic(running.comics / LONG, seed=3)
    draw_comic(running.comics / HOSTILE, tags="<Title>&lt;b&gt;bold&lt;/b&gt;</Title>")
    running.start().add_user()
    services = Services.build(Settings.from_environment(running.environment))
    scan = services.manager.submit(JobRequest("scan", [str(running.comics)]))
    services.manager.submit(
        JobRequest("process", services.selections.files({"all": True}), preview=True)
    )
    running.wait_for_job(services.manager, scan.job_id)
    services.database.close()
    yield running
    running.stop()


def open_quietly(page: Any, url: str) -> None:
    """Go there and wait until everything that the page asks for at first has come."""
    page.goto(url, wait_until="domcontentloaded")
    until(
        page,
        "() => document.querySelector('main').textContent.trim().length > 40"
        " && ![...document.querySelectorAll('main .skeleton')].some((one) => one.offsetParent)"
        " && !document.querySelector('[data-awaiting]')",
    )
    page.wait_for_load_state("load")


@pytest.mark.parametrize(("theme", "size"), [("light", DESK), ("dark", PHONE)])
@pytest.mark.parametrize("apart", APART, ids=["in order", "in reverse"])
def test_every_page_is_quiet_and_nothing_jumps_or_is_cut_off(
    service: RunningService, open_page: OpenPage, theme: str, size: dict[str, Any], apart: str
) -> None:
    page = open_page(service, color_scheme=theme, **size)
    page.add_init_script(WATCH_SHIFTS.replace("APART", apart))
    for path in PAGES:
        open_quietly(page, service.url + path)
        until(page, "() => window.unanswered === 0")
        shifts = page.evaluate("window.shifts")
        assert sum(shift["value"] for shift in shifts) <= MOST_SHIFT, f"{path} jumps: {shifts}"
        too_wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert too_wide <= 0, f"{path} is {too_wide} px wider than the window"
    expect(page.locator("[style]:not(.virtual-space)")).to_have_count(0)


def test_long_paths_in_the_checks_of_the_system_are_broken_on_a_phone(
    service: RunningService, open_page: OpenPage
) -> None:
    page = open_page(service, **PHONE)
    page.goto(f"{service.url}/system")
    page.get_by_text("Show them").or_(page.get_by_text("more are fine")).click()
    page.locator("#fine-checks li", has_text="ComicMaintainer.log").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_row_of_filters_fades_out_on_a_phone_where_it_goes_on(
    service: RunningService, open_page: OpenPage
) -> None:
    page = open_page(service, **PHONE)
    row = page.locator(".toolbar")
    assert row.evaluate("(one) => one.scrollWidth > one.clientWidth")
    assert "linear-gradient" in row.evaluate("(one) => getComputedStyle(one).maskImage")
    row.evaluate("(one) => one.scrollTo(one.scrollWidth, 0)")
    fade = row.evaluate("(one) => parseFloat(getComputedStyle(one).paddingRight)")
    right = page.locator("#cover-size").evaluate("(one) => one.getBoundingClientRect().right")
    assert right <= page.viewport_size["width"] - fade + 1


def test_names_and_tags_are_never_markup(service: RunningService, open_page: OpenPage) -> None:
    page = open_page(service)
    dialogs: list[str] = []

    def dismiss(dialog: Any) -> None:
        dialogs.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", dismiss)
    page.goto(f"{service.url}/?view=table")
    page.get_by_role("link", name=HOSTILE).click()
    page.locator("#path", has_text=HOSTILE).wait_for()
    page.locator("#name", has_text="<b>bold</b>").wait_for()
    expect(page.locator("#tags [name=title]")).to_have_value("<b>bold</b>")
    page.goto(f"{service.url}/?text=%22%3E%3Cscript%3Ealert(1)%3C/script%3E")
    page.get_by_text("No comics match.").wait_for()
    expect(page.locator("#search")).to_have_value('"><script>alert(1)</script>')
    page.goto(f"{service.url}/?series=%3Cscript%3Ealert(1)%3C/script%3E")
    page.locator("#chosen", has_text="<script>alert(1)</script>").wait_for()
    assert dialogs == []


def test_search_and_filters_are_kept_in_the_address(
    service: RunningService, open_page: OpenPage
) -> None:
    page = open_page(service)
    page.goto(f"{service.url}/?view=table")
    page.locator("#files [data-key]").first.wait_for()
    page.keyboard.press("/")
    page.keyboard.type("saltmarsh 001")
    page.locator("#total", has_text="2 comics").wait_for()
    page.locator("#state").select_option("failed")
    page.get_by_text("No comics match.").wait_for()
    assert "text=saltmarsh+001&state=failed" in page.url
    page.reload()
    page.get_by_text("No comics match.").wait_for()
    expect(page.locator("#state")).to_have_value("failed")
    page.get_by_role("button", name="Show all").click()
    page.locator("#total", has_text="12 comics").wait_for()


def test_keyboard_moves_selects_extends_and_opens(
    service: RunningService, open_page: OpenPage
) -> None:
    page = open_page(service)
    page.goto(f"{service.url}/?view=table")
    page.locator("#files [data-key]").nth(3).wait_for()
    for key in ("j", "j", "x", "Shift+J", "Shift+J"):
        page.keyboard.press(key)
    page.get_by_text("3 files selected").wait_for()
    expect(page.locator('#files [aria-selected="true"]')).to_have_count(3)
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid", "the row with the focus is outlined"

    page.keyboard.press(".")
    menu = page.get_by_role("menu")
    menu.wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Escape")
    menu.wait_for(state="detached")
    page.keyboard.press("?")
    page.get_by_role("dialog", name="Keyboard").wait_for()
    page.keyboard.press("Escape")
    page.keyboard.press("k")
    name = page.locator(":focus a").first.inner_text()
    page.keyboard.press("Enter")
    page.locator("#path", has_text=name).wait_for()


def test_all_that_match_are_selected_beyond_the_page(
    service: RunningService, open_page: OpenPage
) -> None:
    page = open_page(service)
    page.route("**/api/files?*", lambda route: route.continue_(url=_short(route.request.url)))
    page.goto(f"{service.url}/?view=table")
    page.locator("#total", has_text="12 comics").wait_for()
    page.get_by_label("Select Saltmarsh 002.cbz").check()
    page.get_by_role("button", name="Select all 12 matching").click()
    page.get_by_text("All 12 matching selected").wait_for()
    page.get_by_label("Select Saltmarsh 003.cbz").uncheck()
    page.get_by_text("All 12 matching selected, but 1 not").wait_for()
    with page.expect_request("**/api/jobs") as asked:
        page.get_by_role("button", name="Preview", exact=True).click()
    left_out = str(service.comics / "Saltmarsh" / "Saltmarsh 003.cbz")
    assert asked.value.post_data_json == {
        "kind": "process", "all": True, "without": [left_out], "preview": True
    }  # fmt: skip


def test_new_job_sheet_shows_what_the_rules_make_of_a_name(
    service: RunningService, open_page: OpenPage
) -> None:
    page = open_page(service)
    page.goto(f"{service.url}/?view=table")
    page.get_by_label("Select Saltmarsh 002.cbz").check()
    page.get_by_role("button", name="More").last.click()
    page.get_by_role("menuitem", name="Rename").click()
    page.get_by_label("Name template").fill("{series} no {issue_no_pad}")
    page.locator(".name-example", has_text="Saltmarsh no 2.cbz").wait_for()
    kinds = [one for one in KINDS.values() if one.items == "file" and one.name != "rehearse"]
    for kind in kinds:
        page.get_by_label("What to do").select_option(kind.name)
        page.get_by_text(kind.description).wait_for()
    page.get_by_role("button", name="Close").last.click()
    page.get_by_role("dialog").wait_for(state="detached")


def test_the_theme_that_was_chosen_stays(service: RunningService, open_page: OpenPage) -> None:
    page = open_page(service, color_scheme="light")
    page.goto(f"{service.url}/settings")
    page.get_by_role("button", name="Dark").click()
    page.goto(f"{service.url}/jobs")
    scheme = page.evaluate("getComputedStyle(document.documentElement).colorScheme")
    assert scheme == "dark"


def test_on_a_phone_the_rail_is_a_bar_below_with_the_rest_behind_more(
    service: RunningService, open_page: OpenPage
) -> None:
    page = open_page(service, **PHONE)
    bar = page.locator(".rail").bounding_box()
    assert bar["y"] + bar["height"] == pytest.approx(844, abs=1)
    page.get_by_role("button", name="More").first.click()
    page.get_by_role("link", name="System").click()
    page.get_by_role("heading", name="System").wait_for()


def test_a_phone_signs_out_behind_more(service: RunningService, open_page: OpenPage) -> None:
    page = open_page(**PHONE)
    page.goto(f"{service.url}/login")
    page.get_by_label("Name").fill(USER)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{service.url}/")
    page.goto(f"{service.url}/system/variables")  # no covers that would still be asked for
    page.locator("#settings tr").first.wait_for()
    page.get_by_role("button", name="More").first.click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(f"{service.url}/login")


@pytest.mark.parametrize("width", [390, 820, 1024, 1280])
def test_every_row_shows_its_state_however_long_the_names_are(
    service: RunningService, open_page: OpenPage, width: int
) -> None:
    page = open_page(service, viewport={"width": width, "height": 800})
    page.goto(f"{service.url}/?view=table")
    page.locator("#files [data-key]").first.wait_for()
    hidden = page.evaluate(
        """() => {
            const list = document.querySelector("#table");
            const edge = list.getBoundingClientRect().right;
            const states = [...list.querySelectorAll("#files .state")];
            return [list.scrollWidth - list.clientWidth,
                ...states.map((state) => state.getBoundingClientRect().right - edge)]
                .filter((beyond) => beyond > 0);
        }"""
    )
    assert hidden == []


def test_filters_apply_to_series_comics_and_table_alike(
    service: RunningService, open_page: OpenPage
) -> None:
    page = open_page(service)
    page.goto(f"{service.url}/?state=duplicate&text=salt&view=series")
    page.get_by_text("No series match.").wait_for()
    page.get_by_role("button", name="Duplicates (take off)").click()
    page.locator("#series .title", has_text="Saltmarsh").wait_for()
    assert page.url == f"{service.url}/?text=salt&view=series"
    page.get_by_label("Size", exact=True).select_option("0-10")
    page.locator("#series .title", has_text="Saltmarsh").wait_for()
    for view in ("Issues", "Table"):
        page.get_by_role("button", name=view).click()
        page.locator("#total", has_text="9 comics").wait_for()
    page.get_by_label("Size", exact=True).select_option("500-")
    page.get_by_text("No comics match.").wait_for()
    box = page.locator("#empty").bounding_box()
    assert box["width"] > 900, "what says that nothing matches has the whole width"
    assert "size=500-&view=table" in page.url


def test_enter_in_the_search_leads_to_the_results(
    service: RunningService, open_page: OpenPage
) -> None:
    page = open_page(service)
    page.goto(f"{service.url}/?view=issues")
    page.locator("#issues [data-key]").first.wait_for()
    page.keyboard.press("/")
    page.keyboard.type("s")
    page.locator("#total", has_text="9 comics").wait_for()
    page.keyboard.type("altmarsh 00")
    page.keyboard.press("Enter")
    until(page, "document.activeElement.matches('#issues li')")
    first = page.locator(":focus").get_attribute("data-key")
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.get_by_text("1 file selected").wait_for()
    assert page.locator(":focus").get_attribute("data-key") != first
    expect(page.locator("#search")).to_have_value("saltmarsh 00")


def test_folders_are_opened_down_to_their_comics(
    service: RunningService, open_page: OpenPage
) -> None:
    page = open_page(service)
    page.get_by_role("button", name="Folders").click()
    page.get_by_role("link", name="Saltmarsh").click()
    page.locator("#issues .title", has_text="Saltmarsh").nth(8).wait_for()
    assert page.locator("#chosen").inner_text().startswith("Saltmarsh")


def test_columns_are_chosen_and_sorted_by_and_both_are_kept(
    service: RunningService, open_page: OpenPage
) -> None:
    page = open_page(service)
    page.goto(f"{service.url}/?view=table")
    page.get_by_role("button", name="Columns").click()
    page.get_by_role("checkbox", name="Folder").check()
    page.get_by_role("checkbox", name="Pages").uncheck()
    page.get_by_role("button", name="Show", exact=True).click()
    page.get_by_role("button", name="Size", exact=True).click()
    page.get_by_role("columnheader", name="Folder").wait_for()
    page.reload()
    page.get_by_role("columnheader", name="Folder").wait_for()
    expect(page.get_by_role("columnheader", name="Pages")).to_have_count(0)
    expect(page.locator('th[aria-sort="ascending"]')).to_have_text("Size", use_inner_text=True)
    folders = page.locator("#files td").filter(has_text=str(service.comics))
    expect(folders, "folders are shown below the watched folder").to_have_count(0)


def test_a_letter_leads_to_the_names_that_begin_with_it(
    service: RunningService, open_page: OpenPage
) -> None:
    page = open_page(service, viewport={"width": 390, "height": 500})
    page.goto(f"{service.url}/?view=issues")
    page.locator("#issues [data-key]").first.wait_for()
    with page.expect_response("**/api/files?*before=*"):  # what comes before can be scrolled to
        page.get_by_role("button", name="From S").click()
    until(
        page,
        """() => [...document.querySelectorAll("#issues li:not(.virtual-space)")]
            .find((one) => one.getBoundingClientRect().top > 0)
            ?.textContent.startsWith("Saltmarsh")""",
    )


def test_letters_that_lead_nowhere_are_not_offered(
    service: RunningService, open_page: OpenPage
) -> None:
    page = open_page(service)
    page.goto(f"{service.url}/?view=issues&text=broken")
    page.locator("#issues [data-key]").first.wait_for()
    before = page.locator("#issues [data-key]").count()
    letter = page.get_by_role("button", name="From S")
    letter.click()
    page.get_by_text("Nothing that matches is at S or after it.").wait_for()
    assert page.locator("#issues [data-key]").count() == before  # not an empty list
    expect(letter).to_have_attribute("aria-disabled", "true")
    expect(letter).to_be_focused()
    page.locator("#search").fill("nothing is called so")
    page.get_by_text("No comics match.").wait_for()
    expect(page.locator("#letters")).to_be_hidden()
    page.locator("#search").fill("")
    page.locator("#issues [data-key]").first.wait_for()
    expect(letter).not_to_have_attribute("aria-disabled", "true")


def test_the_only_user_stays_and_a_new_password_is_typed_twice(
    service: RunningService, open_page: OpenPage
) -> None:
    page = open_page(service)
    page.goto(f"{service.url}/settings/access")
    page.get_by_text(
        "The only administrator stays one. Make another user an administrator first."
    ).wait_for()
    expect(page.get_by_role("button", name=f"Remove {USER}")).to_be_disabled()
    page.goto(f"{service.url}/settings")
    page.get_by_label("Current password").fill(PASSWORD)
    page.get_by_label("New password", exact=True).fill("a lantern further out")
    again = page.get_by_label("New password again")
    again.fill("a lantern farther out")
    page.get_by_role("button", name="Change", exact=True).click()
    assert again.evaluate("(field) => field.validationMessage") == "The two new passwords differ."


def test_motion_is_left_out_where_it_is_not_wanted(
    service: RunningService, open_page: OpenPage
) -> None:
    page = open_page(service, reduced_motion="reduce")
    moving = page.evaluate(
        "[...document.querySelectorAll('*')].filter((one) => {"
        " const style = getComputedStyle(one);"
        " return style.animationName !== 'none' || style.transitionDuration !== '0s'; }).length"
    )
    assert moving == 0


def test_an_unknown_address_is_answered_with_a_page(
    service: RunningService, browser: Any, open_page: OpenPage
) -> None:
    page = open_page(service)
    cookies = page.context.storage_state()
    context = browser.new_context(storage_state=cookies)
    lost = context.new_page()
    answer = lost.goto(f"{service.url}/files/987654")
    assert answer.status == 404
    lost.get_by_text("This comic is not in the library.").wait_for()
    assert lost.goto(f"{service.url}/nowhere").status == 404
    lost.get_by_role("link", name="Go to the library").wait_for()
    context.close()


def _short(url: str) -> str:
    return url.replace("limit=100", "limit=4")
