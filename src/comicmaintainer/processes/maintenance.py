"""Periodic chores: each has its interval, and one thread does them one after the other.

Used by the worker processes; all chores but one are the main worker's. A chore that fails is logged
and tried again at its next turn. A chore that several processes must not do twice guards against
that itself.
"""

from __future__ import annotations

import logging
import math
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from comicmaintainer.database import (
    Database,
    SqliteDatabase,
    backup,
    health,
    notices,
    sizes,
    soundness,
)
from comicmaintainer.database.leases import Lease
from comicmaintainer.errors import ComicMaintainerError
from comicmaintainer.filesystem.temporaries import sweep_temporaries
from comicmaintainer.library.worked_folders import folders_outside
from comicmaintainer.notifications import given_receivers
from comicmaintainer.services import Services

logger = logging.getLogger(__name__)

HOUR_S = 3600.0
SERIES_S = 30.0
"""How long a filter by gaps may be behind the files, and the files behind the rules."""
DAY_S = 86400.0
NOT_AGAIN_WITHIN_S = 60.0
FIRST_AFTER_S = 30.0
"""Leaves the start-up of the process undisturbed."""
SIZE_NOTICE = "database-size"
BACKUP_NOTICE = "backup-failed"
ON_REQUEST = math.inf
"""The interval of a chore that is done only on request."""
CHECK = "Checking the database"


@dataclass(frozen=True, slots=True)
class Chore:
    """Something to do every `every_s` seconds."""

    name: str
    every_s: float
    do: Callable[[], object]
    is_of_host: bool = False
    """Whether each host does it, because it is about files that others may not have."""


class Maintenance:
    """The thread that does the chores."""

    def __init__(
        self, chores: Sequence[Chore], *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._clock = clock
        first_at = clock() + FIRST_AFTER_S
        self._due = {
            chore: math.inf if chore.every_s == ON_REQUEST else first_at for chore in chores
        }
        self._done_at = dict.fromkeys(self._due, -math.inf)
        self._stopping = threading.Event()
        self._woken = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Start the thread."""
        self._thread = threading.Thread(target=self._run, name="maintenance", daemon=True)
        self._thread.start()

    def stop(self, timeout_s: float) -> None:
        """Start no more chores, and wait for the current one."""
        self._stopping.set()
        self._woken.set()
        if self._thread is not None:
            self._thread.join(timeout_s)

    def do_soon(self, name: str) -> None:
        """Do the named chore now, but at most once a minute. May be called from any thread."""
        for chore, done_at in self._done_at.items():
            if chore.name == name and self._clock() - done_at > NOT_AGAIN_WITHIN_S:
                self._due[chore] = self._clock()
                self._woken.set()

    def do_due(self) -> float:
        """Do every chore that is due; return the seconds until the next one is."""
        for chore, due_at in self._due.items():
            if self._clock() < due_at or self._stopping.is_set():
                continue
            self._done_at[chore] = self._clock()
            self._due[chore] = self._clock() + chore.every_s
            try:
                chore.do()
            except (ComicMaintainerError, OSError) as error:
                # OSError too: files change while a chore looks at them.
                logger.warning("%s failed and will be tried again: %s", chore.name, error)
        next_at = min([*self._due.values(), self._clock() + HOUR_S])
        return max(0.0, next_at - self._clock())

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._woken.wait(self.do_due())
            self._woken.clear()


def of_all_hosts(services: Services, chores: Sequence[Chore]) -> list[Chore]:
    """Return the chores so that one host does each, if several share the database."""
    if not services.database.is_shared:
        return list(chores)
    holder = uuid.uuid4().hex

    def by_one(chore: Chore) -> Chore:
        lease = Lease(services.database, f"chore {chore.name}", holder, now=services.now)

        def do() -> object:
            return chore.do() if lease.take(chore.every_s) else None

        return chore if chore.is_of_host or chore.every_s == ON_REQUEST else replace(chore, do=do)

    return [by_one(chore) for chore in chores]


def check_on_request(services: Services) -> Chore:
    """Return the check of the shared database, for a process that has found damage."""
    return Chore(CHECK, ON_REQUEST, lambda: check_database(services.database, services.now()))


def database_chores(services: Services) -> tuple[Chore, ...]:
    """Return the chores of the shared database."""
    database, settings = services.database, services.settings

    def back_up(file: SqliteDatabase) -> None:
        now = services.now()
        try:
            backup.back_up_daily(file, settings.backup_dir, settings.backup_keep, now)
        except ComicMaintainerError as error:
            message = f"The daily backup of the database failed: {error}"
            notices.post(database, BACKUP_NOTICE, message, now)
            raise
        notices.dismiss(database, BACKUP_NOTICE)

    def look_at_size() -> None:
        sizes.record_day(database, services.now())
        warnings = sizes.size(database).warnings()
        if warnings:
            notices.post(database, SIZE_NOTICE, " ".join(warnings), services.now())
        else:
            notices.dismiss(database, SIZE_NOTICE)

    def expire_audit() -> None:
        services.audit.expire(services.now() - settings.audit_days * DAY_S)

    def expire_deliveries() -> None:
        services.receivers.deliveries.expire(services.now())
        given_receivers.expire(database, services.now())

    of_any = (
        Chore("Forgetting old entries of the audit list", HOUR_S, expire_audit),
        Chore("Forgetting old deliveries of events", HOUR_S, expire_deliveries),
        Chore("Looking at the database's size", HOUR_S, look_at_size),
    )
    if not isinstance(database, SqliteDatabase):
        return of_any
    return (
        *of_any,
        Chore(CHECK, DAY_S, lambda: check_database(database, services.now())),
        Chore("Backing up the database", HOUR_S, lambda: back_up(database)),
    )


def check_database(database: Database, now: float) -> None:
    """Compare the tables with their indexes, rebuild wrong indexes, and report the findings.

    A server does that itself, as far as its operator asks for it.
    """
    if not isinstance(database, SqliteDatabase):
        return
    findings = soundness.examine_running(database)
    if findings.damage is not None:
        message = (
            f"The database is damaged ({findings.damage}). Restart the service: it sets the file "
            "aside and recovers what it can."
        )
        logger.error("%s", message)
        notices.post(database, health.DAMAGED, message, now)
        return
    notices.dismiss(database, health.DAMAGED)
    if findings.indexes:
        message = soundness.sentence(findings.indexes)
        logger.error("%s", message)
        notices.post(database, health.REBUILT, message, now)


def library_chores(services: Services) -> tuple[Chore, ...]:
    """Return the chores for the trash, journal, catalogue and leftovers of crashes."""
    settings = services.settings

    def expire_trash() -> None:
        services.trash.expire(
            max_age_s=settings.trash_days * DAY_S,
            max_bytes=settings.trash_max_gb * 10**9 or None,
        )

    def expire_journal() -> None:
        before_at = services.now() - settings.undo_days * DAY_S
        while services.journal.expire(before_at):
            pass
        # A kept part is as old as its change. The extra day covers an undo that runs now.
        services.kept_parts.expire(before_at - DAY_S)

    def sweep() -> None:
        protecting = services.protected.now().protecting
        ours = [root for root in services.roots.paths if not protecting(root)]
        ours.append(settings.keep_dir)
        if settings.duplicate_dir is not None:
            ours.append(settings.duplicate_dir)
        elsewhere = folders_outside(services.database, services.roots.paths)
        # Other folders are not ours: sweep only beside the files that we changed.
        for folder, deep in [*((one, True) for one in ours), *((one, False) for one in elsewhere)]:
            if not folder.is_dir():
                continue
            try:
                sweep_temporaries(folder, now_at=services.now(), deep=deep)
            except ComicMaintainerError as error:
                logger.warning("Could not sweep temporary files in %s: %s", folder, error)

    def forget_roots() -> None:
        services.root_states.note_watched()
        services.root_states.forget_expired()

    return (
        Chore("Deleting old files from the trash", HOUR_S, expire_trash, is_of_host=True),
        Chore(
            "Forgetting changes that can no longer be undone",
            HOUR_S,
            expire_journal,
            is_of_host=True,
        ),
        Chore("Forgetting folders that are no longer watched", HOUR_S, forget_roots),
        Chore("Counting the collection", HOUR_S, services.collection.count),
        Chore("Removing temporary files left by a crash", DAY_S, sweep, is_of_host=True),
        Chore("Showing files by changed rules", SERIES_S, services.shown_by_rules.follow),
        Chore("Counting series", SERIES_S, services.series_figures.catch_up),
        Chore("Merging the search index", DAY_S, services.catalogue.merge_search_index),
    )
