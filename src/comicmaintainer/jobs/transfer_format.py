"""The records of an export file, declared: which columns of which table, in which order.

A file is JSON Lines: a head, records, an end that counts them (docs/export-format.md). Used by
exporting and importing. Times are UTC epoch seconds.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from comicmaintainer.database import Row
from comicmaintainer.errors import InvalidInput
from comicmaintainer.jobs.job_store import as_json
from comicmaintainer.jobs.model import ItemState, JobStatus, Priority, Trigger
from comicmaintainer.jobs.schedule_store import MissedSlots, SlotOutcome

FORMAT = "comicmaintainer-jobs"
VERSION = 1
HEAD = {"format": FORMAT, "version": VERSION}

TEXT, WHOLE, REAL, JSON = "text", "whole number", "number", "JSON value"

_CHECKS: Mapping[str, Callable[[Any], Any]] = {
    "status": JobStatus,
    "state": ItemState,
    "trigger": Trigger,
    "priority": Priority,
    "missed": MissedSlots,
    "outcome": SlotOutcome,
}
_TYPES: Mapping[str, tuple[type, ...]] = {TEXT: (str,), WHOLE: (int,), REAL: (int, float)}
_LARGEST = 2**63


@dataclass(frozen=True, slots=True)
class Table:
    """How the rows of a table are written. `key` orders them; `parent` must be there before them.

    A column whose type ends in `?` may be absent.
    """

    record: str
    table: str
    key: tuple[str, ...]
    columns: Mapping[str, str]
    parent: tuple[str, str] | None = None

    def record_of(self, row: Row) -> dict[str, Any]:
        """Return a row as a record, without what is absent."""
        record: dict[str, Any] = {"record": self.record}
        for name, kind in self.columns.items():
            value = row[name]
            if value is not None:
                record[name] = json.loads(value) if kind.startswith(JSON) else value
        return record

    def values_of(self, record: Mapping[str, Any]) -> dict[str, Any]:
        """Return a record's values as they are stored.

        Raises:
            InvalidInput: a field is missing, unknown or of another type.
        """
        unknown = record.keys() - self.columns.keys() - {"record"}
        if unknown:
            raise InvalidInput(f"a {self.record} has no field {', '.join(sorted(unknown))}")
        return {name: stored(name, kind, record.get(name)) for name, kind in self.columns.items()}


def stored(name: str, kind: str, value: Any) -> Any:
    """Return a field's value as it is stored.

    Raises:
        InvalidInput: it is missing, or not of its type.
    """
    if value is None:
        if kind.endswith("?"):
            return None
        raise InvalidInput(f"the field {name!r} is missing")
    kind = kind.removesuffix("?")
    if kind == JSON:
        return _storable(name, as_json(value))
    if isinstance(value, bool) or not isinstance(value, _TYPES[kind]):
        raise InvalidInput(f"the field {name!r} must be a {kind}, not {value!r}")
    try:
        _CHECKS.get(name, str)(value)
    except ValueError as error:
        raise InvalidInput(f"the field {name!r} can't be {value!r}") from error
    if isinstance(value, str):
        return _storable(name, value)
    if isinstance(value, int | float) and abs(value) >= _LARGEST:
        raise InvalidInput(f"the field {name!r} is out of range")
    return value


def line(record: Mapping[str, Any]) -> bytes:
    """Return a record as its line, in the one form that a file has."""
    return (as_json(record) + "\n").encode()


def _storable(name: str, text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise InvalidInput(f"the field {name!r} holds half a character") from error
    return text


_JOB = {
    "job_id": TEXT,
    "status": TEXT,
    "kind": TEXT,
    "params": JSON,
    "trigger": TEXT,
    "title": TEXT + "?",
    "preview": WHOLE,
    "priority": WHOLE,
    "total_items": WHOLE,
    "processed_items": WHOLE,
    "failed_items": WHOLE,
    "source_job_id": TEXT + "?",
    "requested_by": TEXT + "?",
    "error": TEXT + "?",
    "created_at": REAL,
    "started_at": REAL + "?",
    "completed_at": REAL + "?",
}

TEMPLATES = Table(
    "template",
    "job_templates",
    ("template_id",),
    {
        "template_id": TEXT,
        "name": TEXT,
        "description": TEXT,
        "kind": TEXT,
        "selection": JSON,
        "params": JSON,
        "priority": WHOLE,
        "preview": WHOLE,
        "builtin": WHOLE,
        "created_at": REAL,
        "updated_at": REAL,
    },
)
SCHEDULES = Table(
    "schedule",
    "schedules",
    ("schedule_id",),
    {
        "schedule_id": TEXT,
        "template_id": TEXT,
        "name": TEXT,
        "cron": TEXT + "?",
        "run_at": REAL + "?",
        "timezone": TEXT,
        "missed": TEXT,
        "enabled": WHOLE,
        "next_at": REAL + "?",
        "last_at": REAL + "?",
        "last_job_id": TEXT + "?",
        "last_error": TEXT + "?",
        "created_at": REAL,
        "updated_at": REAL,
    },
    parent=("job_templates", "template_id"),
)
SLOTS = Table(
    "slot",
    "schedule_slots",
    ("schedule_id", "slot_at"),
    {
        "schedule_id": TEXT,
        "slot_at": REAL,
        "outcome": TEXT,
        "job_id": TEXT + "?",
        "fired_at": REAL,
    },
    parent=("schedules", "schedule_id"),
)
HISTORY = Table("history", "job_history", ("job_id",), {**_JOB, "archived_at": REAL})
FAILURES = Table(
    "failure",
    "job_history_failures",
    ("job_id", "seq"),
    {"job_id": TEXT, "seq": WHOLE, "item": TEXT, "code": TEXT + "?", "error": TEXT + "?"},
    parent=("job_history", "job_id"),
)
STATISTICS = Table(
    "statistic",
    "job_statistics",
    ("kind", "hour", "bucket"),
    {
        "kind": TEXT,
        "hour": WHOLE,
        "bucket": WHOLE,
        "items": WHOLE,
        "failed": WHOLE,
        "busy_s": REAL,
    },
)
WAITS = Table(
    "wait",
    "job_waits",
    ("kind", "hour", "bucket"),
    {"kind": TEXT, "hour": WHOLE, "bucket": WHOLE, "jobs": WHOLE, "waited_s": REAL},
)
JOBS = Table(
    "job",
    "jobs",
    ("job_id",),
    {
        **_JOB,
        "dedupe_key": TEXT + "?",
        "last_claim_at": REAL + "?",
        "notified_at": REAL + "?",
    },
)
RESULT = {
    "success": WHOLE,
    "error": TEXT + "?",
    "code": TEXT + "?",
    "details": JSON + "?",
    "attempt": WHOLE + "?",
    "finished_at": REAL + "?",
    "duration_s": REAL + "?",
}
ITEM = {
    "seq": WHOLE,
    "item": TEXT,
    "state": TEXT + "?",
    "attempt": WHOLE + "?",
    "lost": WHOLE + "?",
    "failures": WHOLE + "?",
    "not_before": REAL + "?",
    "params": JSON + "?",
}
SELECTION = {"part": WHOLE, "selection": JSON}
"""What a job's items were chosen from; follows its items."""
OLD_RESULT = {"item": TEXT, **RESULT}
"""A result that the first release stored: it has no item of its own to go with."""

TABLES = (TEMPLATES, SCHEDULES, SLOTS, HISTORY, FAILURES, STATISTICS, WAITS)
"""All but jobs, in the order in which they are written."""
