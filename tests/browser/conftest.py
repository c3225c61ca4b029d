"""One Chromium for all tests; skips where there is none."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.running_service import PASSWORD, USER, RunningService

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--lang=en-GB"]
WATCH_POLICY = """
    document.addEventListener("securitypolicyviolation", (event) =>
        console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`));
"""


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """A real browser without a window."""
    playwright = pytest.importorskip("playwright.sync_api")
    if not Path(CHROMIUM).exists():
        pytest.skip("There is no Chromium here.")
    with playwright.sync_playwright() as running:
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
            options["storage_state"] = _signed_in(browser, service)
        context = browser.new_context(locale="en-GB", **options)
        contexts.append(context)
        context.set_default_timeout(30_000)
        context.add_init_script(WATCH_POLICY)
        page = context.new_page()
        page.on("console", lambda said: problems.extend(_problem(said)))
        page.on("pageerror", lambda error: problems.append(f"{page.url}: {error}"))
        if service is not None:
            page.goto(f"{service.url}/")
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert problems == []


def _signed_in(browser: Any, service: RunningService) -> Any:
    """Return the cookies of USER, who signs in once per service."""
    if service.session is None:
        context = browser.new_context()
        page = context.new_page()
        page.goto(f"{service.url}/login")
        page.get_by_label("Name").fill(USER)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(f"{service.url}/")
        service.session = context.storage_state()
        context.close()
    return service.session


# A comic that changes while its pages are listed, or asked for by the version that the page has, is
# refused; the page then loads its list anew.
_STALE_PAGE = re.compile(r"/api/files/\d+/pages(/\d+\?\S*version=\S*)?: .* 409 ")
# What a form asks for may be refused, and an address may be of no job: the page then says so.
_REFUSED = re.compile(
    r"/api/(jobs|sources/\w+): .* 400 |/api/jobs/nope\?\S*: .* 404 "
    r"|/api/lists/import\?\S*: .* 4(00|09) "
)


def _problem(said: Any) -> list[str]:
    problem = f"{said.location.get('url', '')}: {said.text}"
    expected = _STALE_PAGE.search(problem) or _REFUSED.search(problem)
    return [problem] if said.type == "error" and not expected else []
