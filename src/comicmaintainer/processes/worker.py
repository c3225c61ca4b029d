"""The main worker process, which also watches, fires schedules, sends messages and does chores.

Used by `comicmaintainer worker`, which serve supervises. Several may run, here or elsewhere: one of
them watches, and the database decides who does each of the other things.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from comicmaintainer.database.leases import Lease
from comicmaintainer.database.turn_watch import TurnWatch
from comicmaintainer.filesystem.disks import DiskProblem
from comicmaintainer.jobs.saved.scheduler import Scheduler
from comicmaintainer.library.host_roots import HostRoots
from comicmaintainer.library.roots import LibraryRoots
from comicmaintainer.notifications.disk_watch import DiskWatch
from comicmaintainer.processes import worker_process
from comicmaintainer.processes.maintenance import (
    CHECK,
    Chore,
    Maintenance,
    database_chores,
    library_chores,
    of_all_hosts,
)
from comicmaintainer.processes.memory_keeper import MemoryKeeper
from comicmaintainer.processes.worker_process import Loop, Part, run_parts
from comicmaintainer.services import Services
from comicmaintainer.services.arrivals import Arrivals
from comicmaintainer.services.builtins import BUILTIN_TEMPLATES
from comicmaintainer.services.event_senders import dispatcher, naming
from comicmaintainer.services.media_bridge import holder_name, media_bridge
from comicmaintainer.services.worker_tools import WorkerTools, awaited_files
from comicmaintainer.settings import Settings, WatchMode
from comicmaintainer.watcher.coverage import Shortfall
from comicmaintainer.watcher.coverage_store import CoverageStore
from comicmaintainer.watcher.events import EventSource, KernelSource, PollingSource
from comicmaintainer.watcher.leader import Leader, LeaderLock, LeaseLeader
from comicmaintainer.watcher.watcher import Watcher, WatchPolicy

logger = logging.getLogger(__name__)

MINUTE_S = 60.0
HOUR_S = 3600.0
RECOVERING = "Finishing interrupted changes of stopped jobs"


def run(settings: Settings) -> None:
    """Work until told to stop.

    Raises:
        DatabaseError: the database can't be used.
    """
    worker_process.run(settings, "worker", _work)


def _work(services: Services, tools: WorkerTools, stopping: threading.Event) -> None:
    tools.recover()
    unreadable = services.manager.jobs.end_unreadable(services.now())
    if unreadable:
        logger.warning("%d jobs could not be read and are marked as failed", unreadable)
    services.templates.install(BUILTIN_TEMPLATES)
    services.manager.start_cleanup()
    run_parts(build_parts(services, tools), stopping)
    services.manager.shutdown()


def build_parts(services: Services, tools: WorkerTools) -> list[Part]:
    """Return the parts of the process, in the order they start."""
    maintenance = Maintenance(chores(services, tools))
    worker = tools.worker(on_damage=lambda: maintenance.do_soon(CHECK))
    parts: list[Part] = [TurnWatch(services.database, logger.warning), worker, scheduler(services)]
    if services.settings.is_watching:
        parts += watchers(tools)
    parts += [dispatcher(services), Loop("disk watch", disk_watch(services).run)]
    parts.append(Loop("media servers", media_bridge(services).run))
    parts += [maintenance, Loop("memory", MemoryKeeper().run)]
    return parts


def chores(services: Services, tools: WorkerTools) -> tuple[Chore, ...]:
    """Return everything that a worker process does from time to time."""
    recovering = Chore(RECOVERING, MINUTE_S, tools.recovery.finish_stopped)
    renewing = Chore("Naming who gets events from here", HOUR_S, naming(services).renew)
    shared = (*database_chores(services), *library_chores(services))
    return (recovering, renewing, *of_all_hosts(services, shared))


def scheduler(services: Services) -> Scheduler:
    """Return the scheduler of the saved templates."""
    return Scheduler(services.database, services.manager, services.templates, now=services.now)


def disk_watch(services: Services) -> DiskWatch:
    """Return what notes that the disk of a watched folder is missing."""

    def missing() -> list[str]:
        found = services.disks.library()
        return [each.folder for each in found if each.problem is DiskProblem.MISSING]

    return DiskWatch(services.database, missing, now=services.now, host=services.database.host)


def watchers(tools: WorkerTools) -> list[Part]:
    """Return the watcher of all folders, or one for each if several hosts share the library."""
    services = tools.services
    hosts = services.host_roots
    if hosts is None:
        lock = LeaderLock(services.settings.config_dir / "watcher.lock")
        return [Loop("watcher", watcher(tools, services.roots, lock).run)]
    parts: list[Part] = []
    for root in services.roots.paths:
        one = watcher(tools, LibraryRoots([root]), leader(services, hosts, root))
        parts.append(Loop(f"watcher {root}", one.run))
    return parts


def leader(services: Services, hosts: HostRoots, root: Path) -> LeaseLeader:
    """Return what decides whether this process watches a root that several hosts may have."""
    lease = Lease(services.database, f"watch {root}", holder_name(services), now=services.now)
    return LeaseLeader(lease, partial(hosts.should_watch, root))


def watcher(tools: WorkerTools, roots: LibraryRoots, leads: Leader) -> Watcher:
    """Return the watcher of `roots`; files at rest become jobs."""
    services = tools.services
    settings = services.settings
    interval_s = float(settings.poll_interval_s)
    source: EventSource
    if settings.watch_mode is WatchMode.POLLING:
        source = PollingSource(roots.paths, interval_s)
    else:
        source = KernelSource(roots.paths, interval_s)

    arrivals = Arrivals(
        services.chosen_settings, services.rule_book, services.sources, services.decisions
    )

    def submit(paths: Sequence[str]) -> None:
        for request in arrivals.requests(paths):
            services.manager.submit(request)

    def on_shortfall(shortfall: Shortfall | None) -> None:
        CoverageStore(services.database).save(shortfall, services.now())

    return Watcher(
        roots=roots,
        catalogue=services.catalogue,
        listing=services.listing,
        awaited=awaited_files(services),
        scan=tools.context.scan,
        source=source,
        leader=leads,
        submit=submit,
        policy=WatchPolicy(
            stable_after_s=settings.stable_after_s,
            left_alone=(settings.duplicate_dir,) if settings.duplicate_dir else (),
        ),
        is_of_others=lambda path: services.database.is_shared and roots.root_of(path) is None,
        on_shortfall=on_shortfall,
        now=services.now,
    )
