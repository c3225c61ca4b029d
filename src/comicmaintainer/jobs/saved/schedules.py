"""Creates, edits, pauses and previews the schedules of saved jobs, and runs one now.

Used by the web and the command line; the scheduler runs what is due. Times are UTC epoch seconds.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from itertools import chain, count
from typing import Any

from comicmaintainer.errors import Conflict, InvalidInput
from comicmaintainer.jobs.model import Job, Trigger
from comicmaintainer.jobs.saved import cron
from comicmaintainer.jobs.saved.schedule_store import MissedSlots, Schedule, ScheduleStore, Slot
from comicmaintainer.jobs.saved.templates import Templates
from comicmaintainer.texts.current import shown, t


class Schedules:
    """All schedules. Thread-safe."""

    def __init__(
        self, store: ScheduleStore, templates: Templates, *, now: Callable[[], float] = time.time
    ) -> None:
        self._store = store
        self._templates = templates
        self._now = now

    def all(self) -> list[Schedule]:
        """Return all schedules, the next to run first."""
        return self._store.all()

    def get(self, schedule_id: str) -> Schedule:
        """Return the schedule.

        Raises:
            NotFound: it does not exist.
        """
        return self._store.get(schedule_id)

    def slots(self, schedule_id: str, limit: int = 50) -> list[Slot]:
        """Return the outcome of a schedule's latest slots, newest first."""
        return self._store.slots(schedule_id, limit)

    def create(
        self,
        template_id: str,
        *,
        cron: str | None = None,
        run_at: float | None = None,
        timezone: str = "UTC",
        missed: MissedSlots = MissedSlots.RUN_ONCE,
        name: str | None = None,
        enabled: bool = True,
    ) -> Schedule:
        """Create a schedule that runs a template at each slot of `cron`, or once at `run_at`.

        Without a `name`, it gets that of the template, with a number if that is taken.

        Raises:
            NotFound: there is no such template.
            Conflict: the name is taken.
            InvalidInput: the name is empty, another value is invalid, or not exactly one of `cron`
                and `run_at` is given.
        """
        template = self._templates.get(template_id)
        schedule = Schedule(
            schedule_id=str(uuid.uuid4()),
            template_id=template_id,
            name=self._free_name(template.name) if name is None else name,
            cron=cron,
            run_at=run_at,
            timezone=timezone,
            missed=missed,
            enabled=enabled,
            next_at=None,
            created_at=self._now(),
            updated_at=self._now(),
        )
        schedule = self._planned(self._named(schedule))
        self._store.insert(schedule)
        return schedule

    def update(self, schedule_id: str, **changes: Any) -> Schedule:
        """Change fields of a schedule (named as in `create`) and return it.

        The next run is computed again, from now on. A new `cron` clears `run_at`, and the other way
        round.

        Raises:
            NotFound: there is no such schedule or template.
            Conflict: the new name is taken.
            InvalidInput: as for `create`.
        """
        allowed = {"template_id", "name", "cron", "run_at", "timezone", "missed", "enabled"}
        if unknown := changes.keys() - allowed:
            raise InvalidInput(f"A schedule has no field {', '.join(sorted(unknown))}.")
        if changes.get("cron") is not None:
            changes.setdefault("run_at", None)
        elif changes.get("run_at") is not None:
            changes.setdefault("cron", None)
        if "template_id" in changes:
            self._templates.get(changes["template_id"])
        schedule = replace(self.get(schedule_id), **changes, updated_at=self._now())
        if "name" in changes:
            schedule = self._named(schedule)
        schedule = self._planned(schedule)
        self._store.replace(schedule)
        return schedule

    def pause(self, schedule_id: str) -> Schedule:
        """Pause a schedule; slots that pass meanwhile are skipped."""
        return self.update(schedule_id, enabled=False)

    def resume(self, schedule_id: str) -> Schedule:
        """Resume a schedule, from its next slot on."""
        return self.update(schedule_id, enabled=True)

    def delete(self, schedule_id: str) -> bool:
        """Delete a schedule, not its jobs. False if it does not exist."""
        return self._store.delete(schedule_id, self._now())

    def run_now(
        self,
        schedule_id: str,
        trigger: Trigger = Trigger.SCHEDULE,
        *,
        requested_by: str | None = None,
    ) -> Job:
        """Run a schedule's template now; its slots do not change.

        `trigger` and `requested_by` say who asked for it.

        Raises:
            NotFound: there is no such schedule.
            InvalidInput: the template's selection can't be resolved.
        """
        template_id = self.get(schedule_id).template_id
        return self._templates.run(template_id, trigger, requested_by=requested_by)

    def next_runs(self, schedule: Schedule, count: int = 5) -> list[float]:
        """Return the next times at which a schedule would run, even if it is paused.

        The list is empty if its fields can't be read any more (its time zone was removed, say).
        """
        try:
            return preview(
                cron_expression=schedule.cron,
                run_at=schedule.run_at,
                timezone=schedule.timezone,
                after=self._now(),
                count=count,
            )
        except InvalidInput:
            return []

    def _free_name(self, name: str) -> str:
        taken = set(self._store.names().values())
        numbered = (f"{name} ({number})" for number in count(2))
        return next(each for each in chain([name], numbered) if each not in taken)

    def _named(self, schedule: Schedule) -> Schedule:
        """Return the schedule with its name trimmed, or raise InvalidInput or Conflict."""
        name = schedule.name.strip()
        if not name:
            raise InvalidInput("A schedule's name can't be empty.", field="name")
        for schedule_id, taken in self._store.names().items():
            if taken == name and schedule_id != schedule.schedule_id:
                raise Conflict(f"A schedule called {name!r} already exists.", field="name")
        return replace(schedule, name=name)

    def _planned(self, schedule: Schedule) -> Schedule:
        """Return the schedule with its next run, or raise InvalidInput."""
        require_readable(schedule.cron, schedule.run_at, schedule.timezone)
        if schedule.cron is not None:
            time_zone = cron.zone(schedule.timezone)
            next_at = cron.first_slot(schedule.cron, time_zone, self._now())
        else:
            next_at = schedule.run_at or 0.0
            if schedule.enabled and next_at <= self._now():
                raise InvalidInput("The time to run once is in the past.", field="run_at")
        return replace(schedule, next_at=next_at if schedule.enabled else None)


def require_readable(cron_expression: str | None, run_at: float | None, timezone: str) -> None:
    """Check that these fields say when a schedule runs, even if it never runs again.

    Raises:
        InvalidInput: a field can't be read, or not exactly one of the first two is given.
    """
    if (cron_expression is None) == (run_at is None):
        raise InvalidInput("A schedule needs either a cron expression or a time to run once.")
    time_zone = cron.zone(timezone)
    if run_at is not None:
        cron.require_time(run_at)
    if cron_expression is not None:
        cron.slots(cron_expression, time_zone, 0.0)


def preview(
    *,
    cron_expression: str | None,
    run_at: float | None,
    timezone: str,
    after: float,
    count: int = 5,
) -> list[float]:
    """Return the next `count` times at which a schedule with these fields would run.

    Raises:
        InvalidInput: a field can't be read.
    """
    if cron_expression is not None:
        return cron.next_slots(cron_expression, cron.zone(timezone), after, count)
    return [run_at] if run_at is not None and run_at > after else []


def in_words(schedule: Schedule) -> str:
    """Describe in the current language when a schedule runs, with its time zone."""
    if schedule.cron is None:
        return _once(schedule.run_at, schedule.timezone)
    return f"{cron.in_words(schedule.cron)} ({schedule.timezone})"


def _once(run_at: float | None, timezone: str) -> str:
    try:
        moment = datetime.fromtimestamp(run_at or 0.0, cron.zone(timezone))
    except (InvalidInput, ArithmeticError, OSError, ValueError):
        return t("once")
    return t(
        "once on {day} {month} {year} at {time} ({zone})",
        day=moment.day,
        month=shown(cron.MONTHS[moment.month - 1]),
        year=moment.year,
        time=f"{moment:%H:%M}",
        zone=timezone,
    )
