"""The worker process: builds its parts, runs them until told to stop, and ends them in order.

Used by `comicmaintainer worker`, which serve supervises. Several of these processes may run, here
or elsewhere: they share only the database. A thread that dies of an unexpected error ends the
process, so that it is restarted as a whole instead of running with a part missing.
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
from comicmaintainer.database.turn_watch import TurnWatch
from comicmaintainer.jobs.model import JobRequest, Trigger
from comicmaintainer.jobs.notifications import AppriseSender, Notifier
from comicmaintainer.jobs.saved.scheduler import Scheduler
from comicmaintainer.operations.declared.kinds import validated_params
from comicmaintainer.processes.maintenance import (
    CHECK,
    Chore,
    Maintenance,
    database_chores,
    library_chores,
)
from comicmaintainer.processes.memory_keeper import MemoryKeeper
from comicmaintainer.services import Services
from comicmaintainer.services.builtins import BUILTIN_TEMPLATES
from comicmaintainer.services.worker_tools import WorkerTools, awaited_files
from comicmaintainer.settings import NotifyOn, Settings, WatchMode
from comicmaintainer.watcher.coverage import Shortfall
from comicmaintainer.watcher.coverage_store import CoverageStore
from comicmaintainer.watcher.events import EventSource, KernelSource, PollingSource
from comicmaintainer.watcher.leader import LeaderLock
from comicmaintainer.watcher.watcher import Watcher, WatchPolicy

logger = logging.getLogger(__name__)

STOP_WITHIN_S = 5.0
MINUTE_S = 60.0
RECOVERING = "Finishing interrupted changes of stopped jobs"
_STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class Part(Protocol):
    """A part of the worker process that runs in its own threads."""

    def start(self) -> None:
        """Start its threads."""

    def stop(self, timeout_s: float) -> None:
        """Start no more work, and end within about `timeout_s` seconds."""


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
    schema_check.require_whole(services.database)
    tools = WorkerTools.build(services)
    tools.recover()
    unreadable = services.manager.jobs.end_unreadable(services.now())
    if unreadable:
        logger.warning("%d jobs could not be read and are marked as failed", unreadable)
    services.templates.install(BUILTIN_TEMPLATES)
    services.manager.start_cleanup()
    run_parts(build_parts(services, tools), stopping)
    services.manager.shutdown()
    tools.close()


def build_parts(services: Services, tools: WorkerTools) -> list[Part]:
    """Return the parts of a worker process, in the order they start."""
    maintenance = Maintenance(chores(services, tools))
    worker = tools.worker(on_damage=lambda: maintenance.do_soon(CHECK))
    parts: list[Part] = [TurnWatch(services.database, logger.warning), worker, scheduler(services)]
    if services.settings.is_watching:
        parts.append(Loop("watcher", watcher(tools).run))
    if services.settings.notify_urls:
        parts.append(notifier(services))
    parts += [maintenance, Loop("memory", MemoryKeeper().run)]
    return parts


def chores(services: Services, tools: WorkerTools) -> tuple[Chore, ...]:
    """Return everything that a worker process does from time to time."""
    recovering = Chore(RECOVERING, MINUTE_S, tools.recovery.finish_stopped)
    return (recovering, *database_chores(services), *library_chores(services))


def scheduler(services: Services) -> Scheduler:
    """Return the scheduler of the saved templates."""
    return Scheduler(services.database, services.manager, services.templates, now=services.now)


def notifier(services: Services) -> Notifier:
    """Return the notifier, which reports ended jobs to the addresses of NOTIFY_URLS."""
    settings = services.settings
    return Notifier(
        services.database,
        AppriseSender(settings.notify_urls),
        only_failures=settings.notify_on is NotifyOn.FAILURE,
        now=services.now,
    )


def watcher(tools: WorkerTools) -> Watcher:
    """Return the watcher of the watched folders; files at rest become `process` jobs."""
    services = tools.services
    settings = services.settings
    interval_s = float(settings.poll_interval_s)
    source: EventSource
    if settings.watch_mode is WatchMode.POLLING:
        source = PollingSource(services.roots.paths, interval_s)
    else:
        source = KernelSource(services.roots.paths, interval_s)

    def submit(paths: Sequence[str]) -> None:
        services.manager.submit(
            JobRequest(
                kind="process",
                items=paths,
                params=validated_params("process", {}),
                trigger=Trigger.WATCHER,
            )
        )

    def on_shortfall(shortfall: Shortfall | None) -> None:
        CoverageStore(services.database).save(shortfall, services.now())

    return Watcher(
        roots=services.roots,
        catalogue=services.catalogue,
        listing=services.listing,
        awaited=awaited_files(services),
        scan=tools.context.scan,
        source=source,
        leader=LeaderLock(settings.config_dir / "watcher.lock"),
        submit=submit,
        policy=WatchPolicy(
            stable_after_s=settings.stable_after_s,
            left_alone=(settings.duplicate_dir,) if settings.duplicate_dir else (),
        ),
        on_shortfall=on_shortfall,
        now=services.now,
    )


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
