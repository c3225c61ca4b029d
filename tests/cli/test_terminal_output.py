"""What commands print on a terminal and in a pipe: colours, control signs, closed pipes."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.cli.conftest import CommandLine

HOSTILE = "Evil \x1b]0;pwned\x07 \x9b31m\u202e 1.cbz"
COLOURED = re.compile(rb"\x1b\[[0-9;]*m")
HELPS: list[list[str]] = []


@pytest.fixture
def hostile(run: CommandLine) -> CommandLine:
    """A library of one comic whose name, tags and pages try to steer a terminal."""
    run.comic(f"Folder \x1b[31m/{HOSTILE}")
    run.comic("Owl 2.cbz")
    (run.library / "broken \x1b[2J.cbz").write_bytes(b"no archive")
    return run


def calls(line: CommandLine) -> list[list[str]]:
    """Typical calls, those that fail among them."""
    comic = str(line.library / "Folder \x1b[31m" / HOSTILE)
    return [
        ["scan"],
        ["doctor"],
        ["files"],
        ["files", "--state", "failed"],
        ["series"],
        ["show", comic],
        ["pages", comic],
        ["parse", HOSTILE],
        ["verify", "--all"],
        ["tag", comic, "--set", "notes=\x1b[31mred"],
        ["rename", comic, "--to", "other \x1b[31m.cbz", "--preview"],
        ["process", "--all", "--preview", "--no-rename"],
        ["process", "--all", "--no-rename"],
        ["history", comic],
        ["undo", comic, "--preview"],
        ["duplicates", "--all"],
        ["convert", comic],
        ["compact", "--all"],
        ["delete", str(line.library / "Owl 2.cbz"), "--reason", "\x1b[31m"],
        ["trash", "list"],
        ["jobs", "list"],
        ["jobs", "overview"],
        ["jobs", "statistics"],
        ["jobs", "history"],
        ["templates", "list"],
        ["schedules", "list"],
        ["roots", "list"],
        ["notices", "list"],
        ["settings"],
        ["kinds"],
        ["backup"],
        ["backups"],
        ["user", "list"],
        ["token", "list"],
        ["show", "none \x1b[31m.cbz"],
        ["nope \x1b[31m"],
        ["files", "--state", "\x1b[31m"],
        ["jobs", "show", "\x1b[31m"],
    ]


def environment(line: CommandLine, variables: dict[str, str]) -> dict[str, str]:
    told = {name: value for name, value in os.environ.items() if not name.endswith("_COLOR")}
    told |= {"CONFIG_DIR": str(line.config), "WATCHED_DIR": str(line.library), "TERM": "xterm"}
    return told | variables


def piped(line: CommandLine, wanted: list[list[str]], **variables: str) -> bytes:
    """What calls print into a pipe, on both outputs."""
    return subprocess.run(
        [sys.executable, str(Path(__file__).with_name("every_call.py"))],
        input=json.dumps(wanted).encode(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=environment(line, variables),
        check=True,
        timeout=600,
    ).stdout


def on_terminal(line: CommandLine, wanted: list[list[str]], **variables: str) -> bytes:
    """What calls print on a terminal."""
    ours, theirs = pty.openpty()
    seen: list[bytes] = []

    def read() -> None:
        try:
            while chunk := os.read(ours, 65536):
                seen.append(chunk)
        except OSError:
            return  # the other side is closed

    reader = threading.Thread(target=read)
    reader.start()
    try:
        subprocess.run(
            [sys.executable, str(Path(__file__).with_name("every_call.py"))],
            input=json.dumps(wanted).encode(),
            stdout=theirs,
            stderr=theirs,
            env=environment(line, variables),
            check=True,
            timeout=600,
        )
    finally:
        os.close(theirs)
        reader.join()
        os.close(ours)
    return b"".join(seen)


def assert_nothing_steers(text: bytes) -> None:
    """Colours and the progress bar apart, nothing that a terminal obeys is in it."""
    ours = COLOURED.sub(b"", text.replace(b"\x1b[?25l", b"").replace(b"\x1b[?25h", b""))
    assert b"\x1b" not in ours, ours
    assert b"\x07" not in ours, ours
    assert "\x9b".encode() not in ours, ours
    assert "\u202e".encode() not in ours, ours


@pytest.mark.parametrize("variables", [{}, {"NO_COLOR": "1"}, {"FORCE_COLOR": "0"}])
def test_nothing_is_coloured_in_a_pipe(hostile: CommandLine, variables: dict[str, str]) -> None:
    for wanted in (HELPS, calls(hostile)):
        text = piped(hostile, wanted, **variables)
        assert b"\x1b" not in text, text
        assert b"\r" not in text, text
        assert b"\\x1b[32m" not in text
        assert b"Traceback" not in text, text
        assert_nothing_steers(text)


def test_terminal_gets_colours_and_escaped_control_characters(hostile: CommandLine) -> None:
    assert b"--help" in on_terminal(hostile, HELPS)
    text = on_terminal(hostile, calls(hostile))
    assert b"\x1b[32mok" in text
    assert b"\\x1b[32m" not in text
    # Red is what names here ask for, and what failures are shown in.
    assert b"\\x1b[31m" in text
    assert b"Evil \x1b" not in text
    assert_nothing_steers(text)


def test_a_long_series_is_cut_on_a_terminal_only(run: CommandLine) -> None:
    series = "A series with a name that is far longer than most of them"
    run.comic(f"{series} 1.cbz")
    run("scan")
    shown = on_terminal(run, [["files"]]).decode()
    assert " A series with a name that is far longer…  1 " in shown
    assert f"{series} 1.cbz" in shown
    assert f" {series}  1 " in piped(run, [["files"]]).decode()


@pytest.mark.parametrize("variables", [{"NO_COLOR": "1"}, {"NO_COLOR": "1", "FORCE_COLOR": "1"}])
def test_no_color_holds_on_a_terminal(hostile: CommandLine, variables: dict[str, str]) -> None:
    text = on_terminal(hostile, calls(hostile), **variables)
    assert COLOURED.search(text) is None, text
    assert b"Traceback" not in text, text


def test_dumb_terminal_gets_plain_lines(hostile: CommandLine) -> None:
    text = on_terminal(hostile, [["scan"], ["doctor"]], TERM="dumb")
    assert b"\x1b" not in text, text
    assert b"\r" not in text.replace(b"\r\n", b"\n"), text


def test_force_color_also_colours_a_pipe(run: CommandLine) -> None:
    assert b"\x1b[32mok" in piped(run, [["doctor"]], FORCE_COLOR="1")
    assert b"\x1b" not in piped(run, [["doctor"]], NO_COLOR="1", FORCE_COLOR="1")
    assert b"\x1b" not in piped(run, [["doctor", "--json"]], FORCE_COLOR="1")


@pytest.mark.parametrize(
    "arguments", [["settings"], ["kinds"], ["settings", "--json"], ["export", "-"]]
)
def test_closed_output_ends_the_command_quietly(run: CommandLine, arguments: list[str]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as closed:
        done = subprocess.run(
            [sys.executable, "-m", "comicmaintainer", *arguments],
            stdout=closed,
            stderr=subprocess.PIPE,
            env=environment(run, {}),
            check=False,
        )
    assert (done.returncode, done.stderr) == (141, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_output_to_a_full_disk_is_reported_in_one_line(run: CommandLine) -> None:
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "comicmaintainer", "settings"],
            stdout=full,
            stderr=subprocess.PIPE,
            env=environment(run, {}),
            check=False,
        )
    assert done.returncode == 5
    assert done.stderr == b"Error: Standard output can't be written: No space left on device.\n"


def test_characters_unknown_to_the_terminal_are_escaped(run: CommandLine) -> None:
    run.comic("Owl 1.cbz")
    done = run.process("process", "--all", "--preview", PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert done.code == 0, done.err
    assert r"\u2192" in done.out
    listed = run.process("files", "--json", PYTHONIOENCODING="ascii")
    assert json.loads(listed.out) == []


def test_the_progress_of_a_job_has_the_name_that_its_kind_declares(run: CommandLine) -> None:
    comic = run.comic("Tide 1.cbz")
    shown = on_terminal(run, [["tag", str(comic), "--set", "title=Low Tide"]]).decode()
    assert "Edit tags  [" in shown
