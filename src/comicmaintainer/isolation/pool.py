"""A pool of running helper processes, each lent to one thread at a time.

Used wherever comics are decoded: by the worker, the command line, and the web's images. A process
is started on demand, ended after `IDLE_S` without work, and replaced after it exceeded a limit,
has grown, or has run many tasks.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from comicmaintainer.errors import StorageFailed, StrPath, TooCostly
from comicmaintainer.isolation.helper_process import Allowance, HelperLimits, HelperProcess

LOGGER = logging.getLogger(__name__)

IDLE_S = 30.0
MAX_TASKS = 1_000
MAX_RESIDENT_SHARE = 0.4
"""Of the memory limit: a process that uses more has too little left for the next task."""


@dataclass(slots=True)
class _Warm:
    """An idle process."""

    helper: HelperProcess
    tasks: int
    since: float


class HelperPool:
    """The helper processes for the tasks of one module. Safe to share between threads."""

    def __init__(self, tasks: str, limits: HelperLimits, *, idle_s: float = IDLE_S) -> None:
        """`tasks` is the name of the module with `TASKS`; see helper.py."""
        self._tasks = tasks
        self._limits = limits
        self._idle_s = idle_s
        self._lock = threading.Lock()
        self._warm: list[_Warm] = []
        self._lent_out: set[HelperProcess] = set()
        self._timer: threading.Timer | None = None
        self._is_closed = False

    def ask(
        self, task: str, allowance: Allowance, file: StrPath, content: bytes = b"", **request: Any
    ) -> Any:
        """Return the only value of a task's answer, or None if it has no value.

        Raises:
            TooCostly: it exceeds its limits, or ended the helper.
            StorageFailed: no helper can be started now.
            ComicMaintainerError: the error that the task raised.
        """
        return next(iter([*self.stream(task, allowance, file, content, **request)]), None)

    def stream(
        self, task: str, allowance: Allowance, file: StrPath, content: bytes = b"", **request: Any
    ) -> Generator[Any, None, None]:
        """Yield the parts of a task's answer, bytes and JSON values, as they arrive.

        Stopping in the middle ends the helper.

        Raises:
            As `ask`.
        """
        with self._lent() as helper:
            try:
                yield from helper.ask({"task": task, **request}, content, allowance, file)
            except TooCostly as error:
                if self._is_closed:  # `close` ended it
                    raise StorageFailed("reading it was stopped", path=file) from error
                raise

    def close(self) -> None:
        """End all processes, also working ones, whose callers get an error."""
        with self._lock:
            self._is_closed = True
            warm, self._warm = self._warm, []
            lent = list(self._lent_out)
            if self._timer is not None:
                self._timer.cancel()
        for helper in lent:
            helper.kill()
        for each in warm:
            each.helper.end()

    @contextmanager
    def _lent(self) -> Iterator[HelperProcess]:
        lent = self._take()
        self._lent_out.add(lent.helper)
        try:
            yield lent.helper
        finally:
            self._lent_out.discard(lent.helper)
            lent.tasks += 1
            if lent.helper.is_usable and self._is_worth_keeping(lent):
                self._give_back(lent)
            else:
                lent.helper.end()

    def _take(self) -> _Warm:
        with self._lock:
            while self._warm:
                warm = self._warm.pop()
                if warm.helper.is_alive:
                    return warm
                warm.helper.end()
        return _Warm(HelperProcess(self._tasks, self._limits), 0, 0.0)

    def _is_worth_keeping(self, lent: _Warm) -> bool:
        most = self._limits.memory_bytes * MAX_RESIDENT_SHARE
        return not self._is_closed and lent.tasks < MAX_TASKS and lent.helper.resident_bytes < most

    def _give_back(self, lent: _Warm) -> None:
        lent.since = time.monotonic()
        with self._lock:
            self._warm.append(lent)
            if self._timer is None:
                self._wait_for_idle(self._idle_s)

    def _wait_for_idle(self, seconds: float) -> None:
        self._timer = threading.Timer(seconds, self._end_idle)
        self._timer.daemon = True
        self._timer.start()

    def _end_idle(self) -> None:
        before = time.monotonic() - self._idle_s
        with self._lock:
            idle = [each for each in self._warm if each.since <= before]
            self._warm = [each for each in self._warm if each.since > before]
            self._timer = None
            if self._warm and not self._is_closed:
                oldest = min(each.since for each in self._warm)
                self._wait_for_idle(max(0.1, oldest - before))
        for each in idle:
            each.helper.end()
