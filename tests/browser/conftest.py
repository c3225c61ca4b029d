"""One Chromium for all tests; skips where there is none."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import expect, sync_playwright

from tests.browser.running_service import PASSWORD, USER, RunningService

expect.set_options(timeout=30_000)
CHROMIUM = shutil.which("chromium-headless-shell") or shutil.which("chromium")
"""The one without windows needs a third less of the processor."""
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--lang=en-GB"]
WATCH_POLICY = """
    document.addEventListener("securitypolicyviolation", (event) =>
        console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`));
"""


def opened_with_held_answer(page: Any, address: str, asked: str) -> tuple[Any, Any]:
    """Open a page, and hold the answer to its first request for `asked`.

    Return the route, which is to be fulfilled, and the answer of the service.
    """
    held: list[tuple[Any, Any]] = []

    def hold_first(route: Any) -> None:
        if held:
            route.continue_()
        else:
            held.append((route, route.fetch()))

    page.route(asked, hold_first)
    page.goto(address, wait_until="commit")
    while not held:
        page.wait_for_timeout(20)
    return held[0]


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """A real browser without a window."""
    if CHROMIUM is None:
        pytest.skip("There is no Chromium here.")
    with sync_playwright() as running:
        chromium = running.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


OpenPage = Callable[..., Any]


def until(page: Any, predicate: str, arg: Any = None, timeout_s: float = 30) -> None:
    """Wait until the JavaScript predicate holds in the page.

    `page.wait_for_function` would keep looking from inside the page, where the product's policy
    forbids it to evaluate text.
    """
    deadline = time.monotonic() + timeout_s
    while not page.evaluate(predicate, arg):
        assert time.monotonic() < deadline, f"{page.url}: never true: {predicate}"
        page.wait_for_timeout(50)


@pytest.fixture
def open_page(browser: Any) -> Iterator[OpenPage]:
    """Return a function that opens a page in a fresh profile, signed in where a service is given.

    At the end of the test, an error in any page's console or of its policy fails it.
    """
    contexts: list[Any] = []
    problems: list[str] = []

    def open_one(service: RunningService | None = None, **options: Any) -> Any:
        if service is not None:
            options["storage_state"] = signed_in(browser, service)
        # The service worker would come between the page and what a test does to its requests.
        options = {"service_workers": "block", **options}
        context = browser.new_context(locale="en-GB", **options)
        contexts.append(context)
        context.set_default_timeout(30_000)
        context.add_init_script(WATCH_POLICY)
        page = context.new_page()
        page.on("console", lambda said: problems.extend(_problem(said)))
        page.on("pageerror", lambda error: problems.append(f"{page.url}: {error}"))
        if service is not None:
            page.goto(f"{service.url}/?view=table")
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert problems == []


def signed_in(browser: Any, service: RunningService) -> Any:
    """Return the cookies of USER, who signs in once per service."""
    if service.session is None:
        context = browser.new_context()
        values = {"name": USER, "password": PASSWORD}
        answer = context.request.post(
            f"{service.url}/api/login", data=values, headers={"Origin": service.origin}
        )
        assert answer.ok, answer.text()
        service.session = context.storage_state()
        context.close()
    return service.session


# A comic that changes while its pages are listed, or asked for by the version that the page has, is
# refused; the page then loads its list anew.
_STALE_PAGE = re.compile(r"/api/files/\d+/pages(/\d+\?\S*version=\S*)?: .* 409 ")
# Images are refused while many are being made, and the server may be away; they come later.
_LATE_IMAGE = re.compile(r"/api/files/\d+/(cover|pages/\S*): .*( 503 |ERR_CONNECTION_REFUSED)")
# What a form asks for may be refused, an address may be of no job, and the file of an example may
# have got another name meanwhile: the page then says so.
_REFUSED = re.compile(
    r"/api/(jobs|sources/\w+|webhooks|media-servers): .* 400 |/api/rules/of\?\S*: .* 400 "
    r"|/api/jobs/nope\?\S*: .* 404 |/api/rules/example: .* 404 "
    r"|/api/lists/import\?\S*: .* 4(00|09) "
    r"|/api/lists/nope\?\S*: .* 404 "
)


def _problem(said: Any) -> list[str]:
    problem = f"{said.location.get('url', '')}: {said.text}"
    expected = any(allowed.search(problem) for allowed in (_STALE_PAGE, _LATE_IMAGE, _REFUSED))
    return [problem] if said.type == "error" and not expected else []
