"""The commands that the documentation shows: those that can, run over drawn comics; all exist.

The blocks of a page run in order, each command by itself, with what the page has exported. JOB is
the id that a command before it named for `undo` or `jobs apply`. A block of output (`text`) has
lines that the commands of the block before it printed.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import click
import pytest

from comicmaintainer.cli.exit_codes import ExitCode
from comicmaintainer.cli.main import comicmaintainer_command
from comicmaintainer.demo import make_library
from tests.kit.command_tree import commands_of

ROOT = Path(__file__).parents[2]
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "RELEASING.md", "SECURITY.md")),
    *(ROOT / "deploy").glob("*.md"),
    *sorted((ROOT / "docs").glob("*.md")),
]
RUN = ("first-library", "next-to-komga", "on-a-nas", "coming-from", "when-something-is-wrong")
BLOCK = re.compile(r"^ *```(sh|text)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
NAMED_JOB = re.compile(r"comicmaintainer (undo|jobs apply) ([0-9a-f]{8}-\S*)")
PLACEHOLDER = re.compile(r"[A-Z]+")
TOP = commands_of(comicmaintainer_command)


@pytest.mark.slow
@pytest.mark.parametrize("name", RUN)
def test_commands_of_a_page_run_and_print_what_it_says(name: str, tmp_path: Path) -> None:
    text = (ROOT / "docs" / f"{name}.md").read_text("utf-8")
    make_library(tmp_path / "demo")
    (tmp_path / "config").mkdir()
    session = Session(tmp_path)
    for language, block in BLOCK.findall(text):
        lines = [line.strip() for line in block.splitlines() if line.strip()]
        if language == "text":
            assert [line for line in lines if line not in session.printed] == [], session.printed
        else:
            session.printed = ""
            for line in lines:
                session.run(line)


class Session:
    """A terminal in `home`: remembers what was exported and printed, and jobs that it named."""

    def __init__(self, home: Path) -> None:
        self.environment = {
            "HOME": str(home),
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "WATCHED_DIR": str(home / "demo"),
            "CONFIG_DIR": str(home / "config"),
            "COLUMNS": "200",
        }
        self.printed = ""
        self.jobs: dict[str, str] = {}

    def run(self, line: str) -> None:
        """Run one command. It may only fail for the comic of the demo that is cut off."""
        command = line
        for verb, job in self.jobs.items():
            command = command.replace(f"{verb} JOB", f"{verb} {job}")
        if command.startswith("export "):
            for word in shlex.split(command.removeprefix("export ")):
                name, _, value = word.partition("=")
                self.environment[name] = value.replace("~", self.environment["HOME"])
            return
        done = subprocess.run(
            ["bash", "-c", command],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        failed = done.returncode == ExitCode.SOME_FAILED and "is cut off" in done.stdout
        assert done.returncode == 0 or failed, f"{command}\n{done.stdout}"
        self.printed += done.stdout
        self.jobs |= dict(NAMED_JOB.findall(done.stdout))


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.stem)
def test_commands_that_a_page_names_exist(page: Path) -> None:
    wrong = [text for text in _named_commands(page.read_text("utf-8")) if _problem(text)]
    assert wrong == []


def test_a_command_that_is_not_there_is_noticed() -> None:
    assert _problem("comicmaintainer process --al")
    assert _problem("comicmaintainer jobs aply JOB")
    assert _problem("comicmaintainer renaem FILE")
    assert not _problem("comicmaintainer tag FILE --set number=71.4")


def _named_commands(text: str) -> Iterator[str]:
    """Yield the commands in lines of blocks and in code; those of docs/cli.md lack the name."""
    yield from re.findall(r"^ *(comicmaintainer .*)$", text, re.MULTILINE)
    yield from re.findall(r"`(?:docker exec \S+ )?(comicmaintainer [^`\n]+)`", text)
    if text.startswith("# The command line"):
        for row in re.findall(r"^\| .* \|$", text, re.MULTILINE):
            yield from _commands_of_row(row)


def _commands_of_row(row: str) -> Iterator[str]:
    """Yield the commands of a row; behind `jobs list`, `show` is `jobs show`."""
    group = ""
    for code in re.findall(r"`([^`]+)`", row):
        first = code.partition(" ")[0]
        if first in _below(group):
            yield f"comicmaintainer {group} {code}"
        elif first in TOP:
            group = first
            yield f"comicmaintainer {code}"


def _below(name: str) -> Mapping[str, click.Command]:
    command = TOP.get(name)
    return commands_of(command) if isinstance(command, click.Group) else {}


def _problem(line: str) -> str | None:
    """Return the first word that is neither a command nor an option of it."""
    # Optional parts, what follows in a pipe, and a list of commands ("list, show") are cut off.
    words = re.split(r"[|#…;]| \(", line)[0].replace("'", " ").replace('"', " ").split()[1:]
    command: click.Command = comicmaintainer_command
    options = {"--help", "-h"}
    for word in words:
        if word.startswith("-") and word != "-":
            options |= {name for each in command.params for name in each.opts}
            if word.partition("=")[0] not in options:
                return word
        elif isinstance(command, click.Group) and not PLACEHOLDER.fullmatch(word):
            if word not in commands_of(command):
                return word
            command = commands_of(command)[word]
    return None
