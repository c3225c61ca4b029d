"""Schedules and their slots as stored rows.

Used by schedules and scheduler. A slot belongs to the scheduler that advances the schedule past it:
`take` does that, inside the transaction that stores the job. Times are UTC epoch seconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from comicmaintainer.audit import Action, audit_log
from comicmaintainer.database import Database, Row, Transaction, Turn
from comicmaintainer.errors import NotFound

SLOTS_KEPT_S = 90 * 86400.0


class MissedSlots(StrEnum):
    """What to do about slots that passed while no scheduler ran."""

    SKIP = "skip"
    """Nothing: the next slot to come is the next run."""
    RUN_ONCE = "run_once"
    """One run for all of them, as soon as a scheduler runs again."""


class SlotOutcome(StrEnum):
    """The outcome of a slot."""

    FIRED = "fired"
    """A job was stored."""
    JOINED = "joined"
    """An equal job was still active; it counts for this slot too."""
    EMPTY = "empty"
    """No files were selected, so no job was needed."""
    SKIPPED = "skipped"
    """It was missed, and missed slots are skipped."""
    FAILED = "failed"
    """The job could not be submitted; the schedule's `last_error` says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """When a template runs: once at `run_at`, or at each slot of `cron` in `timezone`.

    `next_at` is None while it is paused, and after a single run.
    """

    schedule_id: str
    template_id: str
    name: str
    cron: str | None
    run_at: float | None
    timezone: str
    missed: MissedSlots
    enabled: bool
    next_at: float | None
    created_at: float
    updated_at: float
    last_at: float | None = None
    last_job_id: str | None = None
    last_error: str | None = None


@dataclass(frozen=True, slots=True)
class Slot:
    """A past slot and its outcome."""

    schedule_id: str
    slot_at: float
    outcome: SlotOutcome
    job_id: str | None
    fired_at: float


_COLUMNS = (
    "schedule_id, template_id, name, cron, run_at, timezone, missed, enabled, next_at, created_at,"
    " updated_at, last_at, last_job_id, last_error"
)


class ScheduleStore:
    """SQL of the `schedules` and `schedule_slots` tables."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[Schedule]:
        """Return all schedules, the next to run first, those without a next run last."""
        rows = self._database.rows(
            f"SELECT {_COLUMNS} FROM schedules ORDER BY next_at IS NULL, next_at, name, schedule_id"
        )
        return [_schedule(row) for row in rows]

    def names(self) -> dict[str, str]:
        """Return the names of all schedules by their ids, including unreadable ones."""
        rows = self._database.rows("SELECT schedule_id, name FROM schedules")
        return {row["schedule_id"]: row["name"] for row in rows}

    def get(self, schedule_id: str) -> Schedule:
        """Return the schedule.

        Raises:
            NotFound: there is no such schedule.
        """
        row = self._database.row(
            f"SELECT {_COLUMNS} FROM schedules WHERE schedule_id = ?", (schedule_id,)
        )
        if row is None:
            raise NotFound(f"There is no schedule {schedule_id}.")
        return _schedule(row)

    def due(self, now: float) -> list[str]:
        """Return the ids of schedules that are due, the longest overdue first."""
        rows = self._database.rows(
            "SELECT schedule_id FROM schedules WHERE enabled = 1 AND next_at <= ? ORDER BY next_at",
            (now,),
        )
        return [row["schedule_id"] for row in rows]

    def find_due(self, schedule_id: str, now: float) -> Schedule | None:
        """Return the schedule, or None if it is not (or no longer) due."""
        row = self._database.row(
            f"SELECT {_COLUMNS} FROM schedules"
            " WHERE schedule_id = ? AND enabled = 1 AND next_at <= ?",
            (schedule_id, now),
        )
        return None if row is None else _schedule(row)

    def slots(self, schedule_id: str, limit: int = 50) -> list[Slot]:
        """Return the newest slots of a schedule, newest first."""
        rows = self._database.rows(
            "SELECT schedule_id, slot_at, outcome, job_id, fired_at FROM schedule_slots"
            " WHERE schedule_id = ? ORDER BY slot_at DESC LIMIT ?",
            (schedule_id, limit),
        )
        return [
            Slot(
                row["schedule_id"],
                row["slot_at"],
                SlotOutcome(row["outcome"]),
                row["job_id"],
                row["fired_at"],
            )
            for row in rows
        ]

    def insert(self, schedule: Schedule) -> None:
        """Store a new schedule."""
        names = [name.strip() for name in _COLUMNS.split(",")]
        with self._database.transaction(Turn.JOBS) as transaction:
            transaction.execute(
                f"INSERT INTO schedules ({_COLUMNS}) VALUES (:{', :'.join(names)})",
                _values(schedule),
            )
            _record(transaction, Action.SCHEDULE_ADDED, schedule)

    def replace(self, schedule: Schedule) -> None:
        """Store a changed schedule; the outcomes of its runs stay.

        Raises:
            NotFound: it was deleted meanwhile.
        """
        with self._database.transaction(Turn.JOBS) as transaction:
            changed = transaction.execute(
                "UPDATE schedules SET template_id = :template_id, name = :name, cron = :cron,"
                " run_at = :run_at, timezone = :timezone, missed = :missed, enabled = :enabled,"
                " next_at = :next_at, updated_at = :updated_at WHERE schedule_id = :schedule_id",
                _values(schedule),
            )
            if changed != 1:
                raise NotFound(f"There is no schedule {schedule.schedule_id}.")
            _record(transaction, Action.SCHEDULE_CHANGED, schedule)

    def disable(self, schedule_id: str, error: str) -> None:
        """Pause a schedule that can't be fired, and store the reason."""
        with self._database.transaction(Turn.JOBS) as transaction:
            transaction.execute(
                "UPDATE schedules SET enabled = 0, next_at = NULL, last_error = ?"
                " WHERE schedule_id = ? AND enabled = 1",
                (error, schedule_id),
            )

    def delete(self, schedule_id: str, now: float) -> bool:
        """Remove a schedule with its slots; False if there is no such schedule."""
        with self._database.transaction(Turn.JOBS) as transaction:
            deleted = transaction.row(
                "DELETE FROM schedules WHERE schedule_id = ? RETURNING name", (schedule_id,)
            )
            if deleted is not None:
                name = deleted["name"]
                audit_log.record(transaction, Action.SCHEDULE_REMOVED, name, now=now)
        return deleted is not None


def _record(transaction: Transaction, action: Action, schedule: Schedule) -> None:
    details = {"cron": schedule.cron, "run_at": schedule.run_at, "enabled": schedule.enabled}
    now = schedule.updated_at
    audit_log.record(transaction, action, schedule.name, now=now, details=details)


def take(
    transaction: Transaction, schedule: Schedule, slot_at: float, next_at: float | None
) -> bool:
    """Advance the schedule past the slot it was read with. False if it was changed meanwhile."""
    moved = transaction.execute(
        "UPDATE schedules SET next_at = ?, last_at = ?, enabled = CASE WHEN ?1 IS NULL THEN 0"
        " ELSE enabled END WHERE schedule_id = ? AND next_at = ? AND enabled = 1"
        " AND updated_at = ?",
        (next_at, slot_at, schedule.schedule_id, schedule.next_at, schedule.updated_at),
    )
    return moved == 1


def record(transaction: Transaction, slot: Slot, error: str | None) -> None:
    """Record the outcome of a slot, and delete old slots."""
    transaction.execute(
        "INSERT INTO schedule_slots (schedule_id, slot_at, outcome, job_id, fired_at)"
        " VALUES (?, ?, ?, ?, ?)",
        (slot.schedule_id, slot.slot_at, slot.outcome, slot.job_id, slot.fired_at),
    )
    transaction.execute(
        "UPDATE schedules SET last_job_id = coalesce(?, last_job_id), last_error = ?"
        " WHERE schedule_id = ?",
        (slot.job_id, error, slot.schedule_id),
    )
    transaction.execute(
        "DELETE FROM schedule_slots WHERE schedule_id = ? AND slot_at < ?",
        (slot.schedule_id, slot.fired_at - SLOTS_KEPT_S),
    )


def was_taken(transaction: Transaction, schedule_id: str, slot_at: float) -> bool:
    """Tell whether a slot already has a row (the clock went back, or a schedule was edited)."""
    row = transaction.row(
        "SELECT 1 FROM schedule_slots WHERE schedule_id = ? AND slot_at = ?",
        (schedule_id, slot_at),
    )
    return row is not None


def _values(schedule: Schedule) -> dict[str, Any]:
    names = [name.strip() for name in _COLUMNS.split(",")]
    values = {name: getattr(schedule, name) for name in names}
    return {**values, "enabled": int(schedule.enabled)}


def _schedule(row: Row) -> Schedule:
    values = {name.strip(): row[name.strip()] for name in _COLUMNS.split(",")}
    values["missed"] = MissedSlots(values["missed"])
    values["enabled"] = bool(values["enabled"])
    return Schedule(**values)
