"""One helper process, seen from its parent: starts it, sends requests, ends it.

Used by `pool`, which lends it to one thread at a time. A process that exceeds its limits ends, and
its exit status says why. After an error of the class TooCostly it must not be used again.
"""

from __future__ import annotations

import fcntl
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, cast

from comicmaintainer.errors import StorageFailed, StrPath, TooCostly, error_of
from comicmaintainer.filesystem.readiness import is_ready
from comicmaintainer.filesystem.resident_memory import resident_bytes
from comicmaintainer.isolation.frames import (
    DATA_BYTES,
    STATUS_NO_MEMORY,
    FrameKind,
    FrameReader,
    OutOfStep,
    frame,
    value_frame,
    value_of,
)

PROGRAM = "comicmaintainer.isolation.helper"
END_WITHIN_S = 5.0
START_WITHIN_S = 60.0
PIPE_BYTES = 256 << 10
MEBIBYTE = 1 << 20


@dataclass(frozen=True, slots=True)
class HelperLimits:
    """The limits of every helper of a pool; `memory_bytes` is for all of its data."""

    memory_bytes: int
    niceness: int = 0


@dataclass(frozen=True, slots=True)
class Allowance:
    """The limits of one request: processor time, and the time that the parent waits."""

    processor_s: float
    waiting_s: float


class HelperProcess:
    """A running helper process."""

    def __init__(self, tasks: str, limits: HelperLimits) -> None:
        """Start a process for the tasks of the module `tasks`.

        Raises:
            StorageFailed: the process can't be started now.
        """
        self._limits = limits
        # -P: don't import modules from the current folder.
        argv = [sys.executable, "-P", "-m", PROGRAM, tasks]
        argv += [str(limits.memory_bytes), str(limits.niceness)]
        try:
            # A separate process group, so that its children end with it.
            self._process = subprocess.Popen(  # noqa: S603 - our own program
                argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
            )
        except OSError as error:
            raise StorageFailed(
                f"The process that reads comics could not be started ({error})"
            ) from error
        self._input = cast("Any", self._process.stdin)
        self._output = cast("Any", self._process.stdout)
        os.set_blocking(self._input.fileno(), False)
        with suppress(OSError):  # the size may not be allowed, and only makes it faster
            fcntl.fcntl(self._output.fileno(), fcntl.F_SETPIPE_SZ, PIPE_BYTES)
        self._deadline_at = 0.0
        self._left_s = 0.0
        self._reader = FrameReader(self._output.fileno(), self._await_output)
        self.is_usable = True
        self._is_ready = False

    @property
    def is_alive(self) -> bool:
        return self._process.poll() is None

    @property
    def resident_bytes(self) -> int:
        """The memory it uses now; 0 if that is unknown."""
        return resident_bytes(self._process.pid)

    def ask(
        self, request: Mapping[str, Any], content: bytes, allowance: Allowance, file: StrPath
    ) -> Iterator[Any]:
        """Send a request and yield the parts of its answer; `file` is the file that it reads.

        The caller's time between two parts is not counted. The process is usable again only after
        the last part, or after an error of another class than TooCostly.

        Raises:
            TooCostly: it exceeds the limits or the allowance, or ended the helper.
            StorageFailed: the helper process can't be started.
            ComicMaintainerError: the error that the task raised.
        """
        self.is_usable = False
        self._await_ready()
        self._left_s = allowance.waiting_s
        try:
            self._send({**request, "processor_s": allowance.processor_s}, content)
            while True:
                self._deadline_at = time.monotonic() + self._left_s
                message = self._reader.read()
                self._left_s = self._deadline_at - time.monotonic()
                if message is None:
                    raise self._ending(file)
                kind, payload = message
                if kind is FrameKind.VALUE:
                    yield value_of(payload)
                elif kind is FrameKind.DATA:
                    yield payload
                else:
                    break
        except TimeoutError:
            raise TooCostly(
                f"reading it takes more than {allowance.waiting_s:.0f} s", path=file
            ) from None
        except (OutOfStep, BrokenPipeError, ConnectionResetError) as error:
            raise self._ending(file) from error
        if kind is FrameKind.NO_MEMORY:
            raise self._too_large(file)
        self.is_usable = True
        if kind is FrameKind.ERROR:
            raise error_of(value_of(payload))

    def end(self) -> None:
        """End the process, at once if it is working, and wait for its end."""
        if self.is_usable:
            self._input.close()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(END_WITHIN_S)
        if self._process.poll() is None:
            self.kill()
        self._process.wait()
        self._input.close()
        self._output.close()

    def kill(self) -> None:
        """Kill the process; `end` must still be called."""
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except ProcessLookupError:
            self._process.kill()

    def _await_ready(self) -> None:
        """Wait for the start, whose failure is not the fault of a file.

        Raises:
            StorageFailed: the helper process can't be started.
        """
        if self._is_ready:
            return
        self._deadline_at = time.monotonic() + START_WITHIN_S
        try:
            message = self._reader.read()
        except (TimeoutError, OutOfStep):
            message = None
        if message is None or message[0] is not FrameKind.READY:
            raise StorageFailed("The process that reads comics could not be started; see the log")
        self._is_ready = True

    def _send(self, request: Mapping[str, Any], content: bytes) -> None:
        self._deadline_at = time.monotonic() + self._left_s
        self._write(value_frame(request))
        for at in range(0, len(content), DATA_BYTES):
            self._write(frame(FrameKind.DATA, content[at : at + DATA_BYTES]))
        self._write(frame(FrameKind.END))
        self._left_s = self._deadline_at - time.monotonic()

    def _write(self, message: bytes) -> None:
        left = memoryview(message)
        descriptor = self._input.fileno()
        while left:
            if not is_ready(descriptor, select.POLLOUT, self._remaining_s()):
                raise TimeoutError
            left = left[os.write(descriptor, left) :]

    def _await_output(self) -> None:
        if not is_ready(self._output.fileno(), select.POLLIN, self._remaining_s()):
            raise TimeoutError

    def _remaining_s(self) -> float:
        return max(0.0, self._deadline_at - time.monotonic())

    def _ending(self, file: StrPath) -> TooCostly:
        """The reason why the helper process ended, or sent an invalid answer."""
        try:
            status = self._process.wait(END_WITHIN_S)
        except subprocess.TimeoutExpired:
            return TooCostly("the process that reads it sent an invalid answer", path=file)
        if status == -signal.SIGXCPU:
            return TooCostly("reading it takes too much processor time", path=file)
        if status in (STATUS_NO_MEMORY, -signal.SIGKILL):  # the latter by the kernel
            return self._too_large(file)
        manner = signal.Signals(-status).name if status < 0 else f"exit status {status}"
        crash = f"reading it crashed the process that reads it ({manner})"
        if status == -signal.SIGABRT:  # what libraries do that get no memory
            crash += f"; it probably takes more than {self._most_mebibytes} MiB of memory"
        return TooCostly(crash, path=file)

    def _too_large(self, file: StrPath) -> TooCostly:
        most = self._most_mebibytes
        return TooCostly(f"reading it takes more than {most} MiB of memory", path=file)

    @property
    def _most_mebibytes(self) -> int:
        return self._limits.memory_bytes // MEBIBYTE
