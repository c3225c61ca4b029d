"""The command line over a library of its own, in this process or in one of its own."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from comicmaintainer.cli.main import main

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489"
    "0000000d49444154789c63f8cfc0f01f0005000201a5f645400000000049454e44ae426082"
)


@dataclass(frozen=True)
class Ran:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def value(self) -> Any:
        return json.loads(self.out)


@contextmanager
def as_in_a_process_of_its_own(arguments: Sequence[str], cwd: Path) -> Iterator[None]:
    """Give `main` what a process has to itself: arguments, folder, log and hook of threads."""
    root = logging.getLogger()
    before = sys.argv, root.handlers, root.level, threading.excepthook
    sys.argv, root.handlers = ["comicmaintainer", *arguments], []
    try:
        with contextlib.chdir(cwd):
            yield
    finally:
        sys.argv, root.handlers, root.level, threading.excepthook = before


@dataclass(frozen=True)
class CommandLine:
    """Runs commands over `library` with a configuration of its own."""

    library: Path
    config: Path

    def environment(self, variables: Mapping[str, str]) -> dict[str, str]:
        return {
            **os.environ,
            "CONFIG_DIR": str(self.config),
            "WATCHED_DIR": str(self.library),
            **variables,
        }

    def __call__(
        self, *arguments: object, cwd: Path | None = None, stdin: str = "", **variables: str
    ) -> Ran:
        """Run a command in this process, which spares the start of Python and of the product.

        It reads `stdin` as from a pipe.
        """
        words = [str(argument) for argument in arguments]
        code: Any = 0
        with (
            CliRunner().isolation(stdin, env=self.environment(variables)) as (out, err, _),
            as_in_a_process_of_its_own(words, cwd or Path.cwd()),
        ):
            try:
                main()
            except SystemExit as end:
                code = end.code or 0
            sys.stdout.flush()
            sys.stderr.flush()
        return Ran(int(code), out.getvalue().decode(), err.getvalue().decode())

    def process(self, *arguments: object, cwd: Path | None = None, **variables: str) -> Ran:
        """Run a command in a process of its own."""
        environment = self.environment(variables)
        done = subprocess.run(
            [sys.executable, "-m", "comicmaintainer", *map(str, arguments)],
            env=environment,
            cwd=cwd,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    def comic(self, name: str, pages: int = 2) -> Path:
        path = self.library / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(path, "w") as archive:
            for number in range(pages):
                archive.writestr(f"{number:03}.png", PNG)
        return path


@pytest.fixture
def run(tmp_path: Path) -> CommandLine:
    library = tmp_path / "library"
    library.mkdir()
    return CommandLine(library, tmp_path / "config")
