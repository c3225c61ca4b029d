"""What the whole service tells others: a webhook, and the operator's command."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from tests.integration.service import comic
from tests.kit.service import ServiceProcess
from tests.kit.waiting import wait_until
from tests.kit.webhook_receiver import WebhookReceiver

pytestmark = pytest.mark.slow


def test_a_comic_that_comes_is_told_to_a_webhook_and_to_the_command(tmp_path: Path) -> None:
    told, program = tmp_path / "told", tmp_path / "program"
    program.write_text(f"#!/bin/sh\ncat >> {told}\necho >> {told}\necho heard\n", "utf-8")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    command = {
        "EVENT_COMMAND": json.dumps([str(program)]),
        "STABLE_AFTER_S": "1",
        "WATCH_EXISTING": "process",  # the comic may come before the first scan has begun
    }
    service = ServiceProcess(tmp_path, variables=command)
    with WebhookReceiver() as receiver:
        added = service.run("webhooks", "add", "House", receiver.url, "--events", "job.ended")
        secret = added.stdout.strip()
        try:
            service.launch()
            service.wait_until_ready()
            comic(service.library / "Mark" / "Mark 001 (2020).cbz")

            def kinds() -> list[str]:
                return [each.value["data"]["kind"] for each in receiver.requests]

            wait_until(lambda: "process" in kinds(), "the end of the job")
            wait_until(lambda: told.exists() and '"process"' in told.read_text("utf-8"))
        finally:
            service.stop()
        assert all(each.is_signed_with(secret) for each in receiver.requests)
    bodies = [json.loads(line) for line in told.read_text("utf-8").splitlines() if line]
    assert {each["type"] for each in bodies} == {"job.ended"}
    assert "says: heard" in (service.config / "Log" / "ComicMaintainer.log").read_text("utf-8")
    listed = service.run("webhooks", "list", "--json").stdout
    assert {each["name"]: each["failed"] for each in json.loads(listed)} == {
        "EVENT_COMMAND": 0,
        "House": 0,
    }
