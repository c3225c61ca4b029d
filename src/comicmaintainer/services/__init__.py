"""The composition root: builds everything that shares one database from the settings.

`Services` is what every process needs (web worker, worker process, command line) and loads no image
or XML library, so that a web worker stays small. `worker_tools` holds what only workers need.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from comicmaintainer.accounts import Accounts
from comicmaintainer.database import Database
from comicmaintainer.jobs.job_manager import JobManager, Retention
from comicmaintainer.jobs.notifications import TOO_OLD_S
from comicmaintainer.jobs.saved.schedule_store import ScheduleStore
from comicmaintainer.jobs.saved.schedules import Schedules
from comicmaintainer.jobs.saved.template_store import TemplateStore
from comicmaintainer.jobs.saved.templates import Templates
from comicmaintainer.library.catalogue.catalogue import Catalogue
from comicmaintainer.library.catalogue.listing import Listing
from comicmaintainer.library.conflicts import Conflicts
from comicmaintainer.library.duplicates.duplicates import Duplicates
from comicmaintainer.library.journal import Journal
from comicmaintainer.library.root_states import RootStates
from comicmaintainer.library.roots import LibraryRoots
from comicmaintainer.library.trash import Trash
from comicmaintainer.services.disks import Disks
from comicmaintainer.services.job_kinds import JobKinds
from comicmaintainer.services.rehearsals import Rehearsals
from comicmaintainer.services.requests import Requests
from comicmaintainer.services.selections import Selections
from comicmaintainer.services.watching import Watching
from comicmaintainer.settings import Settings

DAY_S = 86400.0
_WEB_THREADS = 8
_OTHER_THREADS = 4
"""Threads besides those that run items: heartbeat, cleanup, scheduler, watcher."""


@dataclass(frozen=True, slots=True)
class Services:
    """Everything that processes share through the database. Thread-safe."""

    settings: Settings
    database: Database
    manager: JobManager
    roots: LibraryRoots
    catalogue: Catalogue
    root_states: RootStates
    listing: Listing
    journal: Journal
    trash: Trash
    duplicates: Duplicates
    conflicts: Conflicts
    accounts: Accounts
    selections: Selections
    requests: Requests
    rehearsals: Rehearsals
    disks: Disks
    watching: Watching
    templates: Templates
    schedules: Schedules
    now: Callable[[], float]

    @classmethod
    def build(cls, settings: Settings, *, now: Callable[[], float] = time.time) -> Services:
        """Build the services of one process. The database is opened when first used.

        Raises:
            DatabaseUnusable: this version of SQLite is not safe to use.
        """
        database = Database(
            settings.database_path,
            cache_bytes=settings.db_cache_bytes,
            connections=max(_WEB_THREADS, settings.max_workers) + _OTHER_THREADS,
        )
        roots = LibraryRoots(settings.watched_dirs)
        catalogue = Catalogue(database, now=now)
        listing = Listing(database)
        journal = Journal(database, now=now)
        trash = Trash(roots, now=now)
        selections = Selections(roots, listing, journal, trash)
        manager = JobManager(
            database,
            JobKinds(selections),
            retention=Retention(
                jobs_s=settings.job_retention_s,
                history_s=settings.history_days * DAY_S,
                interval_s=settings.job_cleanup_interval_s,
                unsent_s=TOO_OLD_S if settings.notify_urls else None,
            ),
            now=now,
        )
        templates = Templates(TemplateStore(database), manager, now=now)
        return cls(
            settings=settings,
            database=database,
            manager=manager,
            roots=roots,
            catalogue=catalogue,
            root_states=RootStates(database, catalogue, roots, now=now),
            listing=listing,
            journal=journal,
            trash=trash,
            duplicates=Duplicates(database),
            conflicts=Conflicts(database, journal),
            accounts=Accounts(database, now=now),
            selections=selections,
            requests=Requests(manager, journal),
            disks=Disks(settings, database, roots),
            watching=Watching(settings, database, manager.workforce),
            rehearsals=Rehearsals(manager, roots, listing, journal, selections),
            templates=templates,
            schedules=Schedules(ScheduleStore(database), templates, now=now),
            now=now,
        )
