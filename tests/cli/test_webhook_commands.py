"""`webhooks` on the command line."""

from __future__ import annotations

import json

from tests.cli.conftest import CommandLine
from tests.kit.webhook_receiver import WebhookReceiver

URL = "https://receiver.example/hook"


def test_a_webhook_is_added_with_its_secret_alone_on_standard_output(run: CommandLine) -> None:
    done = run("webhooks", "add", "Home", URL, "--events", "job.failed, disk.missing")
    assert done.code == 0
    assert done.out.startswith("whsec_")
    assert len(done.out.splitlines()) == 1
    (listed,) = json.loads(run("webhooks", "list", "--json").out)
    assert (listed["name"], listed["events"]) == ("Home", ["job.failed", "disk.missing"])
    table = run("webhooks", "list").out
    assert "job.failed, disk.missing" in table
    assert "whsec_" not in table


def test_it_is_changed_switched_and_removed(run: CommandLine) -> None:
    first = run("webhooks", "add", "Home", URL).out
    assert run("webhooks", "change", "Home", "--name", "House", "--url", f"{URL}/2").code == 0
    assert run("webhooks", "off", "House").code == 0
    assert " off " in run("webhooks", "list").out
    assert run("webhooks", "on", "House").code == 0
    renewed = run("webhooks", "secret", "House").out
    assert renewed.startswith("whsec_")
    assert renewed != first
    assert run("webhooks", "remove", "House").code == 0
    assert json.loads(run("webhooks", "list", "--json").out) == []


def test_mistakes_are_said_in_a_sentence(run: CommandLine) -> None:
    assert "There is no webhook called Home." in run("webhooks", "test", "Home").err
    unknown = run("webhooks", "add", "Home", URL, "--events", "job.begun")
    assert unknown.code != 0
    assert "There is no event job.begun." in unknown.err
    assert "http only in the local network" in run("webhooks", "add", "a", "http://x.org").err


def test_a_test_says_what_came_of_it(run: CommandLine) -> None:
    with WebhookReceiver() as receiver:
        run("webhooks", "add", "Home", receiver.url)
        done = run("webhooks", "test", "Home")
        assert (done.code, done.out) == (0, "delivered: HTTP 204 No Content\n")
        receiver.status = 500
        failed = run("webhooks", "test", "Home")
        assert (failed.code, failed.out) == (1, "failed: HTTP 500 Internal Server Error\n")
    (delivery,) = json.loads(run("webhooks", "deliveries", "--state", "failed", "--json").out)
    shown = json.loads(run("webhooks", "show", delivery["delivery_id"]).out)
    assert json.loads(shown["body"])["type"] == "webhook.test"
    assert run("webhooks", "retry", delivery["delivery_id"]).code == 0
    assert "waiting" in run("webhooks", "deliveries", "--webhook", "Home").out
    assert run("webhooks", "skip", delivery["delivery_id"]).code == 0
    assert run("webhooks", "skip", delivery["delivery_id"]).code != 0
