"""Signing in with a provider by one click, with scripts and without them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser.conftest import OpenPage
from tests.browser.running_service import RunningService
from tests.kit.openid_provider import CLIENT_ID, CLIENT_SECRET, OpenIdProvider

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def service(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    with OpenIdProvider().running() as provider:
        provider.behaviour.person = {"sub": "7", "preferred_username": "Grace"}
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
def test_one_click_signs_in(service: RunningService, open_page: OpenPage, scripts: bool) -> None:
    page = open_page(java_script_enabled=scripts)
    page.goto(f"{service.url}/plain/jobs")
    page.get_by_role("link", name="Sign in with Harbour ID").click()
    page.wait_for_url(f"{service.url}/plain/jobs")
    answer = page.context.request.get(f"{service.url}/api/me")
    assert answer.json() == {"name": "Grace", "via": "session", "role": "look"}
