"""When saved jobs run: made, edited, paused, previewed, and run out of turn.

Used by the web and the command line; the scheduler fires what is due. Times are UTC epoch seconds.
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


class Schedules:
    """All schedules. Safe to share between threads."""

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
            NotFound: there is none.
        """
        return self._store.get(schedule_id)

    def slots(self, schedule_id: str, limit: int = 50) -> list[Slot]:
        """Return what came of the newest slots of a schedule, newest first."""
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
        """Let a template run at each slot of `cron`, or once at `run_at`; return the schedule.

        Raises:
            NotFound: there is no such template.
            Conflict: the name is taken; one that is not given is made to be free.
            InvalidInput: the name is empty, or not exactly one of `cron` and `run_at`, or one that
                can't be.
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
        """Change fields of a schedule (as `create` names them) and return it.

        Its next run is worked out anew, from now on. `cron` alone ends a time to run once, and the
        other way round.

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
        """Let a schedule rest; slots that pass meanwhile are not made up for."""
        return self.update(schedule_id, enabled=False)

    def resume(self, schedule_id: str) -> Schedule:
        """Let a schedule run again, from its next slot on."""
        return self.update(schedule_id, enabled=True)

    def delete(self, schedule_id: str) -> bool:
        """Remove a schedule; jobs it made stay. False where there is none."""
        return self._store.delete(schedule_id)

    def run_now(self, schedule_id: str, *, requested_by: str | None = None) -> Job:
        """Run a schedule's template at once; its slots stay as they are.

        Raises:
            NotFound: there is no such schedule.
            InvalidInput: what the template selects can't be found out.
        """
        template_id = self.get(schedule_id).template_id
        return self._templates.run(template_id, Trigger.SCHEDULE, requested_by=requested_by)

    def next_runs(self, schedule: Schedule, count: int = 5) -> list[float]:
        """Return the next times at which a schedule would run, also while it is paused.

        None for one that can't be read any more, such as when its time zone was abolished.
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
    """Return if a schedule of these fields says when it runs, be it never again.

    Raises:
        InvalidInput: a field can't be read, or not exactly one says when.
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
    """Return the next `count` times at which a schedule of these fields would run.

    Raises:
        InvalidInput: a field can't be read.
    """
    if cron_expression is not None:
        return cron.next_slots(cron_expression, cron.zone(timezone), after, count)
    return [run_at] if run_at is not None and run_at > after else []


def in_words(schedule: Schedule) -> str:
    """Say in English when a schedule runs, with its time zone."""
    if schedule.cron is None:
        return _once(schedule.run_at, schedule.timezone)
    return f"{cron.in_words(schedule.cron)} ({schedule.timezone})"


def _once(run_at: float | None, timezone: str) -> str:
    try:
        moment = datetime.fromtimestamp(run_at or 0.0, cron.zone(timezone))
    except (InvalidInput, ArithmeticError, OSError, ValueError):
        return "once"
    return f"once on {moment.day} {moment:%B %Y at %H:%M} ({timezone})"
