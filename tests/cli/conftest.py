"""The command line as a user runs it: a real process over a library of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

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


@dataclass(frozen=True)
class CommandLine:
    """Runs commands over `library` with a configuration of its own."""

    library: Path
    config: Path

    def __call__(self, *arguments: object, cwd: Path | None = None, **variables: str) -> Ran:
        environment = {
            **os.environ,
            "CONFIG_DIR": str(self.config),
            "WATCHED_DIR": str(self.library),
            **variables,
        }
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
