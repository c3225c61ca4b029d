"""What all worker processes have in common: how they start, run their parts, and end in order.

Used by worker and item_worker. Several of these processes may run, here or elsewhere: they share
only the database. A thread that dies of an unexpected error ends the process, so that it is
restarted as a whole instead of running with a part missing.
"""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Sequence
from types import FrameType
from typing import Protocol

from comicmaintainer import logs
from comicmaintainer.database import schema_check
from comicmaintainer.database.opening import open_database
from comicmaintainer.processes import database_start
from comicmaintainer.services import Services
from comicmaintainer.services.worker_tools import WorkerTools
from comicmaintainer.settings import Settings

logger = logging.getLogger(__name__)

STOP_WITHIN_S = 5.0
NICENESS = 5
"""Where cores are short, web workers go first: their work is small, and somebody waits for it."""
_STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class Part(Protocol):
    """A part of the worker process that runs in its own threads."""

    def start(self) -> None:
        """Start its threads."""

    def stop(self, timeout_s: float) -> None:
        """Start no more work, and end within about `timeout_s` seconds."""


class Loop:
    """A part that is one blocking function, run in a thread until the event it gets is set."""

    def __init__(self, name: str, run: Callable[[threading.Event], None]) -> None:
        self.name = name
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=run, args=(self._stopping,), name=name, daemon=True)

    def start(self) -> None:
        """See Part."""
        self._thread.start()

    def stop(self, timeout_s: float) -> None:
        """See Part."""
        self._stopping.set()
        self._thread.join(timeout_s)


Work = Callable[[Services, WorkerTools, threading.Event], None]
"""Runs the parts of a worker process until the event is set."""


def run(settings: Settings, name: str, work: Work) -> None:
    """Do `work` until told to stop by SIGTERM, SIGINT or SIGHUP; the log calls the process `name`.

    Raises:
        DatabaseError: the database can't be used.
        InvalidSetting: this host does not fit to others that share the database.
    """
    os.nice(NICENESS)
    logs.configure(settings, process=name)
    stopping = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopping.set()

    for number in _STOP_SIGNALS:
        signal.signal(number, stop)
    threading.excepthook = _end_process
    if settings.database_url is None:
        services = Services.build(settings)
        schema_check.require_whole(services.database)
    else:
        server = open_database(settings.database_path, settings.database_url)  # only to wait
        is_there = database_start.wait_for_server(server, stopping)
        server.close()
        if not is_there:
            return
        services = Services.build(settings)
    if services.host_roots is not None:
        services.host_roots.register()
    tools = WorkerTools.build(services)
    work(services, tools, stopping)
    tools.close()


def run_parts(all_parts: Sequence[Part], stopping: threading.Event) -> None:
    """Start the parts, wait for `stopping`, and stop them in the opposite order."""
    started: list[Part] = []
    try:
        for part in all_parts:
            part.start()
            started.append(part)
        stopping.wait()
    finally:
        deadline = time.monotonic() + STOP_WITHIN_S
        for part in reversed(started):
            part.stop(max(0.1, deadline - time.monotonic()))


def _end_process(failure: threading.ExceptHookArgs) -> None:
    name = failure.thread.name if failure.thread else "?"
    if failure.exc_value is not None:
        logger.critical("Thread %s died; ending the process", name, exc_info=failure.exc_value)
    os._exit(1)
