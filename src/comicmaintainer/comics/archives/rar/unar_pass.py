"""Runs the program `unar` over an archive that libarchive can't read.

unar (LGPL, Debian package `unar`) is optional and runs as a separate process. It receives the
open file and writes the requested members one after another to its standard output. It creates no
file, so no name from inside the archive is ever used. Its memory and processor time are limited,
and it is killed if it makes no progress. Its output is split by the sizes in the archive's
headers; the caller compares it with their checksums.
"""

from __future__ import annotations

import os
import select
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from comicmaintainer.errors import DamagedArchive, StorageFailed
from comicmaintainer.filesystem.readiness import is_ready

PROGRAM = "unar"
LIMITER = "prlimit"
ADVICE = "install unar (Debian and Ubuntu: apt-get install unar)"
MEMORY_BYTES = 160 << 20
ADDRESS_BYTES = 1 << 30
PROCESSOR_S = 600
STANDSTILL_S = 120.0
CHUNK_BYTES = 256 << 10
ASK_WITHIN_S = 10


def is_available() -> bool:
    """Whether the program is installed, and the one that limits its resources."""
    return shutil.which(PROGRAM) is not None and shutil.which(LIMITER) is not None


def version() -> str | None:
    """The version that the program prints, None if it is not installed or does not start."""
    if not is_available():
        return None
    try:
        done = subprocess.run(  # noqa: S603 - a fixed program and option
            [*_limited(), "-version"],
            env=_environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=True,
            timeout=ASK_WITHIN_S,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.decode("ascii", "replace").strip().lstrip("v")


class UnarPass:
    """The output of a running pass. Members follow each other without a separator."""

    def __init__(self, output: IO[bytes], path: Path, standstill_s: float) -> None:
        self._output = output
        self._path = path
        self._standstill_s = standstill_s

    def take(self, length: int) -> Iterator[bytes]:
        """The next `length` bytes, or fewer if the program ends before.

        Raises:
            DamagedArchive: nothing came for too long.
        """
        while length > 0:
            chunk = self._some(min(length, CHUNK_BYTES))
            if not chunk:
                return
            length -= len(chunk)
            yield chunk

    def _some(self, most: int) -> bytes:
        if not is_ready(self._output.fileno(), select.POLLIN, self._standstill_s):
            raise DamagedArchive(
                f"it can't be read: {PROGRAM} made no progress for {self._standstill_s:.0f} s",
                path=self._path,
            )
        return os.read(self._output.fileno(), most)


@contextmanager
def unar_pass(
    descriptor: int, path: Path, ordinals: Iterable[int], *, standstill_s: float = STANDSTILL_S
) -> Iterator[UnarPass]:
    """Start a pass over the open file that writes the members with these ordinals, in order.

    The process ends with the block at the latest.

    Raises:
        StorageFailed: the program could not be started.
    """
    command = [
        *_limited(), "-no-recursion", "-forks", "skip", "-output-directory", "-", "-indexes",
        f"/dev/fd/{descriptor}", *map(str, ordinals),
    ]  # fmt: skip
    try:
        process = subprocess.Popen(  # noqa: S603 - a fixed program; only numbers vary
            command,
            env=_environment(),
            pass_fds=(descriptor,),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
    except OSError as error:
        raise StorageFailed(f"{PROGRAM} could not be started ({error})", path=path) from error
    with process:
        output = process.stdout
        if output is None:
            raise StorageFailed(f"{PROGRAM} has no output", path=path)
        try:
            yield UnarPass(output, path, standstill_s)
        finally:
            process.kill()


def _limited() -> list[str]:
    return [
        shutil.which(LIMITER) or LIMITER,
        f"--data={MEMORY_BYTES}",
        f"--as={ADDRESS_BYTES}",
        f"--cpu={PROCESSOR_S}",
        "--fsize=0",
        "--core=0",
        "--",
        shutil.which(PROGRAM) or PROGRAM,
    ]


def _environment() -> dict[str, str]:
    return {"LC_ALL": "C.UTF-8", "HOME": "/nonexistent"}
