"""Fires due schedules, each slot once even with several schedulers.

One runs in every main worker. It first evaluates the template's selection. Then one transaction
advances the schedule, stores the job and writes the slot's row, so that a slot is either over with
its job stored, or still due. Times are UTC epoch seconds.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from itertools import takewhile

from comicmaintainer.database import Database, Turn
from comicmaintainer.errors import ComicMaintainerError, DatabaseError, InvalidInput
from comicmaintainer.jobs.job_manager import JobManager
from comicmaintainer.jobs.model import JobRequest, Trigger
from comicmaintainer.jobs.saved import cron, schedule_store
from comicmaintainer.jobs.saved.schedule_store import (
    MissedSlots,
    Schedule,
    ScheduleStore,
    Slot,
    SlotOutcome,
)
from comicmaintainer.jobs.saved.templates import Templates

logger = logging.getLogger(__name__)

TICK_S = 5.0
DAY_S = 86400.0
ON_TIME_S = 120.0
"""A slot that is fired within this time was not missed."""
_UNREADABLE = (ArithmeticError, AttributeError, LookupError, OSError, TypeError, ValueError)
"""Errors of reading a row with values that this release never stores (edited by hand, say)."""


class Scheduler:
    """Checks the schedules every few seconds, in its own thread."""

    def __init__(
        self,
        database: Database,
        manager: JobManager,
        templates: Templates,
        *,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._database = database
        self._manager = manager
        self._templates = templates
        self._store = ScheduleStore(database)
        self._now = now
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Start the thread."""
        self._thread = threading.Thread(target=self._run, name="scheduler", daemon=True)
        self._thread.start()

    def stop(self, timeout_s: float | None = None) -> None:
        """Stop the thread."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(timeout_s)

    def tick(self) -> list[Slot]:
        """Fire what is due now, and return the slots that this scheduler took."""
        now = self._now()
        fired = (self._fire_or_disable(schedule_id, now) for schedule_id in self._store.due(now))
        return [slot for slot in fired if slot is not None]

    def _run(self) -> None:
        while True:
            try:
                self.tick()
            except DatabaseError as error:
                logger.warning("Schedules postponed: %s", error)
            if self._stopping.wait(TICK_S):
                return

    def _fire_or_disable(self, schedule_id: str, now: float) -> Slot | None:
        """Fire a schedule; pause an unreadable one, so that it never blocks the others."""
        try:
            schedule = self._store.find_due(schedule_id, now)
            if schedule is None:
                return None  # another scheduler was first
            cron.require_time(now if schedule.next_at is None else schedule.next_at)
            return self._fire(schedule, now)
        except DatabaseError:
            raise
        except (ComicMaintainerError, *_UNREADABLE) as problem:
            logger.exception("Schedule %s can't be fired and is paused", schedule_id)
            self._store.disable(schedule_id, f"It could not be run and was paused: {problem}")
            return None

    def _fire(self, schedule: Schedule, now: float) -> Slot | None:
        """Take the newest slot that is due; None if another scheduler was first."""
        error: str | None = None
        request: JobRequest | None = None
        slot_at, next_at = schedule.next_at or now, None
        outcome = SlotOutcome.EMPTY
        try:
            slot_at, next_at = _newest_slot(schedule, now)
            if now - slot_at > ON_TIME_S and schedule.missed is MissedSlots.SKIP:
                outcome = SlotOutcome.SKIPPED
            else:
                template = self._templates.get(schedule.template_id)
                request = self._templates.request(template, Trigger.SCHEDULE)
                request = replace(request, requested_by=schedule.name)
                self._manager.require(request)
        except DatabaseError:
            raise
        except ComicMaintainerError as problem:
            outcome, error = SlotOutcome.FAILED, str(problem)
            logger.warning("Schedule %s could not run: %s", schedule.name, problem)
        with self._database.transaction(Turn.JOBS) as transaction:
            if not schedule_store.take(transaction, schedule, slot_at, next_at):
                return None
            if schedule_store.was_taken(transaction, schedule.schedule_id, slot_at):
                return None
            job_id: str | None = None
            if request is not None and request.items:
                job_id, is_new = self._manager.submit_within(transaction, request)
                outcome = SlotOutcome.FIRED if is_new else SlotOutcome.JOINED
            slot = Slot(schedule.schedule_id, slot_at, outcome, job_id, now)
            schedule_store.record(transaction, slot, error)
        return slot


def _newest_slot(schedule: Schedule, now: float) -> tuple[float, float | None]:
    """Return the newest slot that is due at `now`, and the next one (None for a single run).

    Raises:
        InvalidInput: the schedule can't be read.
    """
    newest = schedule.next_at
    if newest is None:
        raise InvalidInput(f"Schedule {schedule.schedule_id} has no next run.")
    if schedule.cron is None:
        return newest, None
    time_zone = cron.zone(schedule.timezone)
    following = cron.first_slot(schedule.cron, time_zone, now)
    # After a long pause, look at the last days only, unless they have no slots.
    for after in (max(newest, now - 2 * DAY_S), newest):
        passed = takewhile(lambda at: at <= now, cron.slots(schedule.cron, time_zone, after))
        recent = max(passed, default=None)
        if recent is not None:
            return recent, following
    return newest, following
