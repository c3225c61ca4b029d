"""Reports when this process waits long to write or to open the database, and for whom.

A process that is stopped in the middle of either (Ctrl-Z, SIGSTOP, a paused container) keeps all
others waiting without an error or a limit. Used by the command line and the worker process.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from comicmaintainer.database.interface import Database

LONG_S = 5.0
LOOK_S = 1.0


class TurnWatch:
    """Checks the waits of one Database in a separate thread, until `stop`."""

    def __init__(
        self, database: Database, report: Callable[[str], object], *, long_s: float = LONG_S
    ) -> None:
        self._database = database
        self._report = report
        self._long_s = long_s
        self._reported = ""
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="turn-watch", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self, timeout_s: float) -> None:
        """Stop the thread."""
        self._stopping.set()
        self._thread.join(timeout_s)

    def _watch(self) -> None:
        while not self._stopping.wait(min(LOOK_S, self._long_s)):
            if self._database.longest_wait_s() < self._long_s:
                self._reported = ""
                continue
            reason = self._reason()
            if reason != self._reported:
                self._report(reason)
            self._reported = reason

    def _reason(self) -> str:
        start = f"Waiting for the database {self._database.name}: "
        holders = self._database.holders()
        if not holders:
            return (
                f"{start}another process holds it for writing. If one is paused (Ctrl-Z, a paused "
                "container), continue it or end it."
            )
        holder = holders[0]
        who = f"process {holder.pid} ({holder.command}) holds it for writing"
        if holder.is_stopped:
            return (
                f"{start}{who}, and is stopped. Continue it with: kill -CONT {holder.pid}; or end "
                f"it with: kill -9 {holder.pid} (this loses no job and no comic)"
            )
        return f"{start}{who}. If it hangs, end it with: kill -9 {holder.pid}"
