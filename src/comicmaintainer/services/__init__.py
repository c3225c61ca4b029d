"""The composition root: builds everything that shares one database from the settings.

`Services` is what every process needs (web worker, worker process, command line) and loads no image
or XML library, so that a web worker stays small. What only works on files is in `workshop`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from comicmaintainer.accounts import Accounts
from comicmaintainer.database import Database
from comicmaintainer.errors import InvalidInput
from comicmaintainer.jobs.job_manager import JobManager, Retention
from comicmaintainer.jobs.notifications import TOO_OLD_S
from comicmaintainer.jobs.saved.schedule_store import ScheduleStore
from comicmaintainer.jobs.saved.schedules import Schedules
from comicmaintainer.jobs.saved.template_store import JobTemplate, TemplateStore
from comicmaintainer.jobs.saved.templates import Templates
from comicmaintainer.library.catalogue.catalogue import Catalogue
from comicmaintainer.library.catalogue.listing import Listing
from comicmaintainer.library.conflicts import Conflicts
from comicmaintainer.library.duplicates.duplicates import Duplicates
from comicmaintainer.library.journal import Journal
from comicmaintainer.library.roots import LibraryRoots
from comicmaintainer.library.trash import Trash
from comicmaintainer.operations.declared.kinds import KINDS, kind_named, validated_params
from comicmaintainer.services.disks import Disks
from comicmaintainer.services.rehearsals import Rehearsals
from comicmaintainer.services.requests import Requests, require_previewable, require_runnable
from comicmaintainer.services.selections import Selections
from comicmaintainer.services.watching import Watching
from comicmaintainer.settings import Settings

DAY_S = 86400.0
_WEB_THREADS = 8
_OTHER_THREADS = 4
"""Threads beside those that run items: heartbeat, cleanup, scheduler, watcher."""


@dataclass(frozen=True, slots=True)
class Services:
    """Everything that processes share through the database. Safe to share between threads."""

    settings: Settings
    database: Database
    manager: JobManager
    roots: LibraryRoots
    catalogue: Catalogue
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
            DatabaseUnusable: the loaded SQLite is not safe to use.
        """
        database = Database(
            settings.database_path,
            cache_bytes=settings.db_cache_bytes,
            connections=max(_WEB_THREADS, settings.max_workers) + _OTHER_THREADS,
        )
        manager = JobManager(
            database,
            KINDS,
            check=require_runnable,
            retention=Retention(
                jobs_s=settings.job_retention_s,
                history_s=settings.history_days * DAY_S,
                interval_s=settings.job_cleanup_interval_s,
                untold_s=TOO_OLD_S if settings.notify_urls else None,
            ),
            now=now,
        )
        roots = LibraryRoots(settings.watched_dirs)
        listing = Listing(database)
        journal = Journal(database, now=now)
        trash = Trash(roots, now=now)
        selections = Selections(roots, listing, journal, trash)
        templates = Templates(
            TemplateStore(database),
            manager,
            selections.items,
            check=_validated_template,
            check_selection=selections.require_usable,
            check_whole=_require_template,
            now=now,
        )
        return cls(
            settings=settings,
            database=database,
            manager=manager,
            roots=roots,
            catalogue=Catalogue(database, now=now),
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


def _validated_template(kind: str, params: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters of a saved job, checked; raises InvalidInput for what can't be saved."""
    reason = kind_named(kind).never_saved
    if reason is not None:
        raise InvalidInput(reason)
    return validated_params(kind, params)


def _require_template(template: JobTemplate) -> None:
    """Return if the parts of a saved job go together; raises InvalidInput where they don't."""
    require_previewable(template.kind, template.preview)
    for parameter in kind_named(template.kind).parameters:
        if parameter.is_for_one_file and parameter.name in template.params:
            match template.selection:
                case {"paths": [_], **more} if not more:
                    pass
                case _:
                    raise InvalidInput(
                        f"Parameter {parameter.name!r} names a single file; select that one by "
                        "'paths'."
                    )
