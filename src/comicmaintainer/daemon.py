"""The worker process: builds its parts, runs them until told to stop, and ends them in order.

Used by `comicmaintainer worker`, which serve supervises. More of these processes may run, here or
elsewhere: all they share is in the database. A thread that dies of an error nobody expected ends
the process, so that it is started anew as a whole rather than going on with a part missing.
"""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from collections.abc import Sequence
from types import FrameType
from typing import Protocol

from comicmaintainer import logs
from comicmaintainer.maintenance import Maintenance, database_chores
from comicmaintainer.services import Services
from comicmaintainer.services.workshop import Workshop
from comicmaintainer.settings import Settings

logger = logging.getLogger(__name__)

STOP_WITHIN_S = 5.0
_STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class Part(Protocol):
    """Something that runs in threads of its own."""

    def start(self) -> None:
        """Begin."""

    def stop(self, timeout_s: float) -> None:
        """Begin nothing more, and end within about `timeout_s` seconds."""


def run(settings: Settings) -> None:
    """Work on jobs until told to stop by SIGTERM, SIGINT or SIGHUP.

    Raises:
        DatabaseError: the database can't be used.
    """
    logs.configure(settings, process="worker")
    stopping = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopping.set()

    for number in _STOP_SIGNALS:
        signal.signal(number, stop)
    threading.excepthook = _end_process
    services = Services.build(settings)
    workshop = Workshop.build(services)
    recovered = workshop.recover()
    if recovered:
        logger.info("Brought %d changes to their end that were left half done", recovered)
    services.manager.start_cleanup()
    run_parts(parts(services, workshop), stopping)
    services.manager.shutdown()


def parts(services: Services, workshop: Workshop) -> list[Part]:
    """Return what a worker process runs, in the order of its start."""
    return [workshop.worker(), Maintenance(database_chores(services))]


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
        logger.critical("Thread %s died; the process starts anew", name, exc_info=failure.exc_value)
    os._exit(1)
