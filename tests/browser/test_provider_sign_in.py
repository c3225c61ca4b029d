"""Signing in with a provider by one click, with scripts and without them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser.conftest import OpenPage
from tests.browser.running_service import PASSWORD, USER, RunningService
from tests.kit.openid_provider import CLIENT_ID, CLIENT_SECRET, OpenIdProvider

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def provider() -> Iterator[OpenIdProvider]:
    with OpenIdProvider().running() as running:
        yield running


@pytest.fixture(scope="module")
def service(
    browser: Any, provider: OpenIdProvider, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningService]:
    running = RunningService(
        tmp_path_factory.mktemp("provider"),
        base_path="/comics",
        OIDC_ISSUER=provider.issuer,
        OIDC_CLIENT_ID=CLIENT_ID,
        OIDC_CLIENT_SECRET=CLIENT_SECRET,
        OIDC_NAME="Harbour ID",
    )
    running.add_user().start("web")
    yield running
    running.stop()


@pytest.mark.parametrize("scripts", [True, False])
def test_one_click_signs_in(
    service: RunningService, provider: OpenIdProvider, open_page: OpenPage, scripts: bool
) -> None:
    provider.behaviour.person = {"sub": "7", "preferred_username": "Grace"}
    page = open_page(java_script_enabled=scripts)
    page.goto(f"{service.url}/plain/jobs")
    page.get_by_role("link", name="Sign in with Harbour ID").click()
    page.wait_for_url(f"{service.url}/plain/jobs")
    answer = page.context.request.get(f"{service.url}/api/me")
    assert answer.json() == {"name": "Grace", "via": "session", "role": "look"}


def test_a_user_is_linked_and_unlinked_on_the_page_of_users(
    service: RunningService, provider: OpenIdProvider, open_page: OpenPage
) -> None:
    provider.behaviour.person = {"sub": "8", "preferred_username": "ada lovelace"}
    page = open_page(service)
    page.goto(f"{service.url}/settings/access")
    page.get_by_role("button", name="Link to Harbour ID").click()
    page.get_by_text("You can also sign in with Harbour ID, as ada lovelace.").wait_for()
    assert page.url == f"{service.url}/settings/access"
    page.locator("#users").get_by_role("button", name="Unlink ada").wait_for()
    page.get_by_role("button", name="Unlink from Harbour ID").click()
    page.get_by_role("button", name="Link to Harbour ID").wait_for()


def test_every_tab_leads_to_the_sign_in_page_and_back_once_the_sign_in_has_ended(
    service: RunningService, browser: Any
) -> None:
    # A context of its own: that somebody is not signed in is an error in the console.
    context = browser.new_context(locale="en-GB")
    context.set_default_timeout(60_000)
    first = context.new_page()
    first.goto(f"{service.url}/jobs?status=failed")
    sign_in(first)
    first.wait_for_url(f"{service.url}/jobs?status=failed")
    second = context.new_page()
    second.goto(f"{service.url}/schedules")
    second.locator(".rail .foot").get_by_role("button", name="Sign out").click()
    second.wait_for_url(f"{service.url}/login")
    first.wait_for_url(f"{service.url}/login?next=%2Fjobs%3Fstatus%3Dfailed")
    typing = context.new_page()
    typing.goto(f"{service.url}/login?next=%2Fstatistics")
    typing.get_by_label("Password").fill("half of it")
    sign_in(second)
    second.wait_for_url(f"{service.url}/")
    first.wait_for_url(f"{service.url}/jobs?status=failed")
    # What somebody has begun to type is not taken away.
    assert typing.url == f"{service.url}/login?next=%2Fstatistics"
    context.close()


def sign_in(page: Any) -> None:
    page.get_by_label("Name").fill(USER)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
