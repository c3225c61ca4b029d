"""An engine under measurement: a process that says when it is ready, works when told to, and ends.

Used by slow_disk.py and process_library.py. Times begin when the engine is told to work and end
when it says that it is done; processor time is that of the engine and all processes under it.
"""

from __future__ import annotations

import os
import select
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

TICK_S = 1 / os.sysconf("SC_CLK_TCK")
END_WITHIN_S = 30.0
SHOWN_CHARACTERS = 2_000


class EngineFailed(Exception):
    """The engine ended early or took too long; says which, and what it wrote last."""


class EngineProcess:
    """A started engine, which writes errors to `log`. `limit_s` bounds preparation and work."""

    def __init__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        log: IO[str],
        *,
        limit_s: float,
    ) -> None:
        self._limit_s = limit_s
        self._log = log
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            env={**os.environ, **environment},
            start_new_session=True,
        )

    def wait_until_ready(self) -> None:
        """Wait until it has prepared itself.

        Raises:
            EngineFailed.
        """
        self._expect(b"ready\n")

    def work(self) -> tuple[float, float]:
        """Let it work; return the seconds it took, and those of processors.

        Raises:
            EngineFailed.
        """
        processor_s = processor_s_under(self._process.pid)
        begun = time.perf_counter()
        with suppress(BrokenPipeError):  # it has ended, which is reported below
            self._go_on()
        self._expect(b"done\n")
        seconds = time.perf_counter() - begun
        return seconds, processor_s_under(self._process.pid) - processor_s

    def end(self) -> None:
        """End it in order, or by force if it does not end."""
        try:
            self._go_on()
            self._process.communicate(timeout=END_WITHIN_S)
        except (OSError, subprocess.TimeoutExpired):
            self.kill()

    def kill(self) -> None:
        """End it by force, with its children."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.communicate(timeout=END_WITHIN_S)

    def _go_on(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(b"\n")
        self._process.stdin.flush()

    def _expect(self, line: bytes) -> None:
        assert self._process.stdout is not None
        ready, _, _ = select.select([self._process.stdout], [], [], self._limit_s)
        if not ready:
            raise EngineFailed(self._with_log(f"took more than {self._limit_s:g} s"))
        if self._process.stdout.readline() != line:
            raise EngineFailed(self._with_log("ended early"))

    def _with_log(self, what: str) -> str:
        self._log.seek(0)
        return f"{what}:\n{self._log.read()[-SHOWN_CHARACTERS:]}"


@contextmanager
def started(
    command: Sequence[str], environment: Mapping[str, str], *, limit_s: float
) -> Iterator[EngineProcess]:
    """Start an engine, and end it after the block, by force if the block fails."""
    with tempfile.TemporaryFile("w+", errors="replace") as log:
        engine = EngineProcess(command, environment, log, limit_s=limit_s)
        try:
            yield engine
        except BaseException:
            engine.kill()
            raise
        engine.end()


def processor_s_under(pid: int) -> float:
    """Return the processor seconds of a process and all under it, those that ended included."""
    ticks: dict[int, int] = {}
    children: dict[int, list[int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text("utf-8", "replace").rpartition(")")[2].split()
        except OSError:
            continue  # it has just ended
        number = int(path.parent.name)
        children.setdefault(int(fields[1]), []).append(number)
        ticks[number] = sum(int(field) for field in fields[11:15])
    total, rest = 0, [pid]
    while rest:
        number = rest.pop()
        total += ticks.get(number, 0)
        rest += children.get(number, [])
    return total * TICK_S
