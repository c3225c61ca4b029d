"""The operator's program: no shell, no secret, bounded in time and output."""

from __future__ import annotations

import json
import logging
import sys
from pathlib import Path

import pytest

from comicmaintainer.notifications.model import Receiver, ReceiverKind
from comicmaintainer.notifications.senders.command import MOST_OUTPUT_BYTES, CommandSender
from tests.kit.processes import is_running
from tests.kit.waiting import wait_until

RECEIVER = Receiver(1, ReceiverKind.COMMAND, "EVENT_COMMAND", (), True, 0.0)


def program(*lines: str) -> list[str]:
    return [sys.executable, "-c", "\n".join(lines)]


def test_the_event_comes_on_standard_input_and_arguments_as_they_are(tmp_path: Path) -> None:
    out = tmp_path / "out"
    argv = program(
        "import json, os, sys",
        f"open({str(out)!r}, 'w').write(json.dumps("
        "[sys.stdin.read(), sys.argv[1:], dict(os.environ)]))",
    )
    answer = CommandSender([*argv, "$(id) ; *"])(RECEIVER, "evt_1", '{"type":"job.ended"}')
    assert (answer.delivered, answer.text) == (True, "The command ended with status 0.")
    given, arguments, environment = json.loads(out.read_text())
    assert given == '{"type":"job.ended"}'
    assert arguments == ["$(id) ; *"]
    assert environment["EVENT_ID"] == "evt_1"
    assert environment.keys() <= {"PATH", "LC_ALL", "LC_CTYPE", "EVENT_ID"}


def test_a_large_body_harms_nothing_if_it_is_not_read() -> None:
    assert CommandSender(program("pass"))(RECEIVER, "evt_1", "x" * (1 << 20)).delivered


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("raise SystemExit(3)", "The command ended with status 3."),
        ("import os; os.kill(os.getpid(), 9)", "The command was ended by signal 9."),
    ],
)
def test_failures_are_sentences(line: str, text: str) -> None:
    answer = CommandSender(program(line))(RECEIVER, "evt_1", "{}")
    assert (answer.delivered, answer.text) == (False, text)


def test_a_program_that_is_not_there_is_a_failure() -> None:
    answer = CommandSender(["/nonexistent/program", "s3cret"])(RECEIVER, "evt_1", "{}")
    assert answer.text == "The command could not be started: No such file or directory."


def test_output_is_logged_up_to_a_bound(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        answer = CommandSender(program("print('out' * 10**6)"))(RECEIVER, "evt_1", "{}")
    assert answer.delivered
    (record,) = caplog.records
    assert record.getMessage().startswith("EVENT_COMMAND for evt_1 says: outout")
    assert len(record.getMessage()) < MOST_OUTPUT_BYTES + 100


def test_a_program_that_does_not_end_is_stopped_with_what_it_started(tmp_path: Path) -> None:
    note = tmp_path / "child"
    argv = program(
        "import subprocess, sys, time",
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])",
        f"open({str(note)!r}, 'w').write(str(child.pid))",
        "time.sleep(600)",
    )
    answer = CommandSender(argv, time_limit_s=3.0)(RECEIVER, "evt_1", "{}")
    assert answer.text == "The command took longer than 3 s."
    child = int(note.read_text())
    wait_until(lambda: not is_running(child), "the end of what it started")
