"""Without a source that is switched on, nothing is sent, opened or loaded."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = """
import socket, sys

def refuse(*arguments, **named):
    raise AssertionError("a socket was opened")

socket.socket.connect = socket.socket.connect_ex = socket.getaddrinfo = refuse

from comicmaintainer.errors import SourceOff
from comicmaintainer.matching.questions import CoverHash, SeriesSearch
from comicmaintainer.services import Services
from comicmaintainer.settings import Settings

services = Services(Settings.from_environment({"CONFIG_DIR": sys.argv[1], **dict(
    pair.split("=") for pair in sys.argv[2:])}))
sources = services.sources
assert sources.active() == ()
for state in sources.status():
    for ask in (
        lambda: sources.answer(state.info.name, SeriesSearch("Harbour Lights")),
        lambda: sources.answer(state.info.name, CoverHash("https://comicvine.com/x.jpg")),
        lambda: sources.details(state.info.name, "1"),
        lambda: sources.test(state.info.name),
    ):
        try:
            ask()
        except SourceOff:
            continue
        raise AssertionError("asked")
heavy = {"httpx2", "httpcore2", "ssl", "PIL", "lxml", "pypdfium2", "libarchive"}
print(sorted(heavy & set(sys.modules)))
"""


@pytest.mark.parametrize("variables", [(), ("COMICVINE_KEY=abc",)])
def test_a_key_alone_switches_nothing_on(tmp_path: Path, variables: tuple[str, ...]) -> None:
    command = [sys.executable, "-c", SCRIPT, str(tmp_path / "config"), *variables]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("[]\n", "")
