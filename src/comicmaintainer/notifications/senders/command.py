"""Runs the program that EVENT_COMMAND names, once for an event, with its JSON on standard input.

The program is started as it is named, never by a shell, with an environment of its own: no setting
and no secret of ours is in it. It is stopped after `TIME_LIMIT_S`, with what it has started.
"""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import tempfile
import threading
from collections.abc import Sequence
from contextlib import suppress
from typing import IO

from comicmaintainer.notifications.model import Answer, Receiver

logger = logging.getLogger(__name__)

TIME_LIMIT_S = 60.0
MOST_OUTPUT_BYTES = 8 << 10
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_CHUNK_BYTES = 64 << 10
_ENDED_WITHIN_S = 5.0


class CommandSender:
    """Runs the program. Thread-safe."""

    def __init__(self, argv: Sequence[str], *, time_limit_s: float = TIME_LIMIT_S) -> None:
        self._argv = list(argv)
        self._time_limit_s = time_limit_s

    def __call__(self, receiver: Receiver, event_id: str, body: str) -> Answer:  # noqa: ARG002 - the shape of a sender
        """Run the program for an event and return what came of it."""
        with tempfile.TemporaryFile() as given:
            given.write(body.encode())
            given.seek(0)
            try:
                process = subprocess.Popen(  # noqa: S603 - what the operator has set, without a shell
                    self._argv,
                    stdin=given,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    cwd="/",
                    env={"PATH": PATH, "LC_ALL": "C.UTF-8", "EVENT_ID": event_id},
                    start_new_session=True,
                )
            except (OSError, ValueError) as error:
                reason = getattr(error, "strerror", None) or type(error).__name__
                return Answer(False, f"The command could not be started: {reason}.")
        return self._outcome(process, event_id)

    def _outcome(self, process: subprocess.Popen[bytes], event_id: str) -> Answer:
        output = _Output(process.stdout)
        is_over_time = False
        try:
            process.wait(self._time_limit_s)
        except subprocess.TimeoutExpired:
            is_over_time = True
        finally:
            # Also what it left running: that would keep its output open.
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        text = output.text()
        if text:
            logger.info("EVENT_COMMAND for %s says: %s", event_id, text)
        if is_over_time:
            return Answer(False, f"The command took longer than {self._time_limit_s:.0f} s.")
        if process.returncode < 0:
            return Answer(False, f"The command was ended by signal {-process.returncode}.")
        if process.returncode:
            return Answer(False, f"The command ended with status {process.returncode}.")
        return Answer(True, "The command ended with status 0.")


class _Output:
    """Reads what a program writes, and keeps the start of it."""

    def __init__(self, stream: IO[bytes] | None) -> None:
        self._stream = stream
        self._kept = bytearray()
        self._thread = threading.Thread(target=self._read, name="command output", daemon=True)
        self._thread.start()

    def text(self) -> str:
        """Return the start of it, once it has ended."""
        self._thread.join(_ENDED_WITHIN_S)
        return bytes(self._kept).decode("utf-8", "replace").strip()

    def _read(self) -> None:
        if self._stream is None:
            return
        with self._stream as stream:
            while chunk := os.read(stream.fileno(), _CHUNK_BYTES):
                self._kept += chunk[: MOST_OUTPUT_BYTES - len(self._kept)]
