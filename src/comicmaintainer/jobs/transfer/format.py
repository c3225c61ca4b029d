"""Declares the records of an export file: the tables, their columns, and the order of both.

A file is JSON Lines: a head, the records, and an end with their number (docs/export-format.md).
Used by exporter and importer. Times are UTC epoch seconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from comicmaintainer.database import Row
from comicmaintainer.database.stored_values import stored_json
from comicmaintainer.errors import InvalidInput
from comicmaintainer.jobs.job_store import as_json
from comicmaintainer.jobs.transfer.values import (
    BUCKET,
    COUNT,
    FLAG,
    HOUR,
    ID,
    KIND,
    MISSED,
    NUMBER,
    OBJECT,
    OUTCOME,
    PRIORITY,
    SECONDS,
    STATE,
    STATUS,
    TEXT,
    TIME,
    TRIGGER,
    FieldType,
)

FORMAT = "comicmaintainer-jobs"
VERSION = 1
HEAD = {"format": FORMAT, "version": VERSION}


@dataclass(frozen=True, slots=True)
class Table:
    """How the rows of a table are written.

    `key` are the columns that order them. `parent` is the table, and its column, that must contain
    a row's parent before the row can be stored.
    """

    record: str
    table: str
    key: tuple[str, ...]
    columns: Mapping[str, FieldType]
    parent: tuple[str, str] | None = None

    def record_of(self, row: Row) -> dict[str, Any]:
        """Return a row as a record, without absent values."""
        record: dict[str, Any] = {"record": self.record}
        for name, type_ in self.columns.items():
            value = row[name]
            if value is not None:
                record[name] = stored_json(value) if type_.is_json else value
        return record

    def values_of(self, record: Mapping[str, Any]) -> dict[str, Any]:
        """Return a record's values as they are stored.

        Raises:
            InvalidInput: a field is missing or unknown, or its value is not allowed.
        """
        return values_of(self.record, self.columns, record)


def values_of(
    name: str, fields: Mapping[str, FieldType], record: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the values of these fields as they are stored; `name` is the type of the record.

    Raises:
        InvalidInput: a field is missing or unknown, or its value is not allowed.
    """
    unknown = record.keys() - fields.keys() - {"record"}
    if unknown:
        raise InvalidInput(f"a {name} has no field {', '.join(sorted(unknown))}")
    return {field: type_.stored(field, record.get(field)) for field, type_ in fields.items()}


def line(record: Mapping[str, Any]) -> bytes:
    """Return a record as a line of the file; equal records give equal lines."""
    return (as_json(record) + "\n").encode()


_JOB = {
    "job_id": ID,
    "status": STATUS,
    "kind": KIND,
    "params": OBJECT,
    "trigger": TRIGGER,
    "title": TEXT.maybe,
    "preview": FLAG,
    "priority": PRIORITY,
    "total_items": COUNT,
    "processed_items": COUNT,
    "failed_items": COUNT,
    "source_job_id": ID.maybe,
    "requested_by": TEXT.maybe,
    "about": OBJECT.maybe,
    "error": TEXT.maybe,
    "created_at": TIME,
    "started_at": TIME.maybe,
    "completed_at": TIME.maybe,
}

TEMPLATES = Table(
    "template",
    "job_templates",
    ("template_id",),
    {
        "template_id": ID,
        "name": TEXT,
        "description": TEXT,
        "kind": KIND,
        "selection": OBJECT,
        "params": OBJECT,
        "priority": PRIORITY,
        "preview": FLAG,
        "builtin": FLAG,
        "created_at": TIME,
        "updated_at": TIME,
    },
)
SCHEDULES = Table(
    "schedule",
    "schedules",
    ("schedule_id",),
    {
        "schedule_id": ID,
        "template_id": ID,
        "name": TEXT,
        "cron": TEXT.maybe,
        "run_at": TIME.maybe,
        "timezone": TEXT,
        "missed": MISSED,
        "enabled": FLAG,
        "next_at": TIME.maybe,
        "last_at": TIME.maybe,
        "last_job_id": ID.maybe,
        "last_error": TEXT.maybe,
        "created_at": TIME,
        "updated_at": TIME,
    },
    parent=("job_templates", "template_id"),
)
SLOTS = Table(
    "slot",
    "schedule_slots",
    ("schedule_id", "slot_at"),
    {
        "schedule_id": ID,
        "slot_at": TIME,
        "outcome": OUTCOME,
        "job_id": ID.maybe,
        "fired_at": TIME,
    },
    parent=("schedules", "schedule_id"),
)
HISTORY = Table(
    "history", "job_history", ("job_id",), {**_JOB, "effects": OBJECT.maybe, "archived_at": TIME}
)
FAILURES = Table(
    "failure",
    "job_history_failures",
    ("job_id", "seq"),
    {"job_id": ID, "seq": NUMBER, "item": TEXT, "code": TEXT.maybe, "error": TEXT.maybe},
    parent=("job_history", "job_id"),
)
STATISTICS = Table(
    "statistic",
    "job_statistics",
    ("kind", "hour", "bucket"),
    {
        "kind": KIND,
        "hour": HOUR,
        "bucket": BUCKET,
        "items": COUNT,
        "failed": COUNT,
        "busy_s": SECONDS,
    },
)
WAITS = Table(
    "wait",
    "job_waits",
    ("kind", "hour", "bucket"),
    {"kind": KIND, "hour": HOUR, "bucket": BUCKET, "jobs": COUNT, "waited_s": SECONDS},
)
JOBS = Table(
    "job",
    "jobs",
    ("job_id",),
    {
        **_JOB,
        "dedupe_key": TEXT.maybe,
        "last_claim_at": TIME.maybe,
        "notified_at": TIME.maybe,
    },
)
RESULT = {
    "success": FLAG,
    "error": TEXT.maybe,
    "code": TEXT.maybe,
    "details": OBJECT.maybe,
    "attempt": COUNT.maybe,
    "finished_at": TIME.maybe,
    "duration_s": SECONDS.maybe,
}
ITEM = {
    "seq": COUNT,
    "item": TEXT,
    "state": STATE.maybe,
    "attempt": COUNT.maybe,
    "lost": COUNT.maybe,
    "failures": COUNT.maybe,
    "not_before": TIME.maybe,
    "params": OBJECT.maybe,
}
SELECTION = {"part": COUNT, "selection": OBJECT}
"""The selection that a job's items were chosen from; it follows the items."""
OLD_RESULT = {"item": TEXT, **RESULT}
"""A result that the first release stored, which had no items."""

TABLES = (TEMPLATES, SCHEDULES, SLOTS, HISTORY, FAILURES, STATISTICS, WAITS)
"""All tables but the jobs, in the order in which they are written."""
