"""Webhooks on their page: a secret that is shown once, a test, deliveries, retry and skip."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from comicmaintainer.notifications import receiver_host_store
from comicmaintainer.notifications.given_receivers import GivenReceiver, GivenReceivers
from comicmaintainer.notifications.model import ReceiverKind
from comicmaintainer.services import Services
from comicmaintainer.settings import Settings
from tests.browser.conftest import OpenPage
from tests.browser.running_service import RunningService
from tests.kit.webhook_receiver import WebhookReceiver

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def service(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    """The web pages alone, so that what waits goes on waiting; NOTIFY_URLS is set."""
    running = RunningService(tmp_path_factory.mktemp("webhooks"))
    services = Services.build(Settings.from_environment(running.environment))
    given = [GivenReceiver(ReceiverKind.APPRISE, "json://127.0.0.1:9", ())]
    GivenReceivers(services.database, given, now=services.now).announce()
    (receiver,) = services.receivers.all()
    with services.database.transaction() as transaction:
        receiver_host_store.store(transaction, receiver.receiver_id, "nas", (), services.now())
    services.database.close()
    running.start("web").add_user()
    yield running
    running.stop()


@pytest.fixture
def receiver() -> Iterator[WebhookReceiver]:
    with WebhookReceiver() as running:
        yield running


def test_a_webhook_is_added_tried_changed_and_removed(
    service: RunningService, receiver: WebhookReceiver, open_page: OpenPage
) -> None:
    page = open_page(service)
    page.goto(f"{service.url}/settings/webhooks")
    page.get_by_role("button", name="Add a webhook").click()
    sheet = page.get_by_role("dialog")
    sheet.get_by_label("Name", exact=True).fill("House")
    sheet.get_by_label("Address").fill("http://example.org/")
    sheet.get_by_role("checkbox", name="Comics can't be read").uncheck()
    sheet.get_by_role("button", name="Save").click()
    sheet.get_by_text("This address is not allowed").wait_for()
    sheet.get_by_label("Address").fill(receiver.url)
    sheet.get_by_role("button", name="Save").click()

    secret = page.locator("#new-secret code").inner_text()
    house = page.locator("#webhooks li", has_text="House")
    expect(house).to_contain_text("Job ended, Job failed, Conflict found")
    house.get_by_role("button", name="Send a test").click()
    page.get_by_text("House has taken the test.").wait_for()
    assert receiver.requests[0].is_signed_with(secret)
    page.locator("#deliveries tr", has_text="Delivered").wait_for()
    page.reload()
    house.get_by_text("1 delivered").wait_for()
    assert secret not in page.content()

    house.get_by_role("button", name="Switch off").click()
    house.get_by_text("Off", exact=True).wait_for()
    house.get_by_role("button", name="Change").click()
    sheet.get_by_role("button", name="New secret").click()
    expect(page.locator("#new-secret code")).not_to_have_text(secret)
    house.get_by_role("button", name="Change").click()
    sheet.get_by_role("button", name="Remove").click()
    expect(house).to_have_count(0)


def test_failed_deliveries_are_shown_retried_and_skipped(
    service: RunningService, receiver: WebhookReceiver, open_page: OpenPage
) -> None:
    services = Services.build(Settings.from_environment(service.environment))
    added, _ = services.receivers.add("Kitchen", receiver.url)
    receiver.status, receiver.answer = 500, b"out of order"
    services.receivers.test(added.receiver_id)
    services.database.close()
    page = open_page(service)
    page.goto(f"{service.url}/settings/webhooks")
    row = page.locator("#deliveries tr", has_text="Kitchen")
    expect(row).to_contain_text("Given up")
    expect(row).to_contain_text("HTTP 500 Internal Server Error: out of order")
    row.get_by_role("button", name="Show Test").click()
    sheet = page.get_by_role("dialog")
    expect(sheet.locator("pre")).to_contain_text('"webhook": "Kitchen"')
    sheet.get_by_role("button", name="Close").click()

    row.get_by_role("button", name="Try").click()
    expect(row).to_contain_text("Waiting")
    page.locator("#webhooks li", has_text="Kitchen").get_by_text("1 waiting").wait_for()
    row.get_by_role("button", name="Skip").click()
    expect(row).to_contain_text("Skipped")
    page.locator("#in-state").select_option("delivered")
    expect(row).to_have_count(0)


def test_what_the_environment_names_is_only_shown(
    service: RunningService, open_page: OpenPage
) -> None:
    page = open_page(service)
    page.goto(f"{service.url}/settings/webhooks")
    given = page.locator("#webhooks li", has_text="NOTIFY_URLS")
    given.get_by_text("Set by the environment").wait_for()
    expect(given).to_contain_text("Hostsnas")
    assert given.get_by_role("button").all_inner_texts() == ["Send a test"]
