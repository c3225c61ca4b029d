"""Why a job makes no progress at the moment (SQL only, read-only).

Used by the command line to say what it waits for. Times are UTC epoch seconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from comicmaintainer.database import Database


class Cause(StrEnum):
    """Why a job does not continue."""

    SAME_FILE = "same_file"
    """Another job is working on one of its files; only one job works on a file at a time."""
    PUT_OFF = "put_off"
    """All remaining items run again later: after a failure, or when a source allows it."""
    OTHER_JOBS = "other_jobs"
    """Other jobs come first."""


@dataclass(frozen=True, slots=True)
class Delay:
    """Why a job waits. `job_id` and `item` belong to SAME_FILE, `until` to PUT_OFF."""

    cause: Cause
    job_id: str = ""
    item: str = ""
    until: float = 0.0


class Delays:
    """Finds out what a job waits for."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, job_id: str, now: float) -> Delay | None:
        """Return why no item of an active job is running; None if one is, or for no known cause."""
        if self._is_at_work(job_id):
            return None
        busy = self._database.row(
            "SELECT busy.job_id, busy.item FROM job_items AS busy INDEXED BY idx_job_items_busy"
            " JOIN job_items AS own ON own.item = busy.item"
            " WHERE busy.state = 'processing' AND own.job_id = ? AND own.state = 'queued' LIMIT 1",
            (job_id,),
        )
        if busy is not None:
            return Delay(Cause.SAME_FILE, job_id=busy["job_id"], item=busy["item"])
        until = self._database.value(
            "SELECT min(not_before) FROM job_items WHERE job_id = ? AND state = 'queued'",
            (job_id,),
        )
        if until is not None and until > now:
            return Delay(Cause.PUT_OFF, until=until)
        others = self._database.row(
            "SELECT 1 FROM jobs WHERE status IN ('queued', 'processing') AND deleting = 0"
            " AND job_id <> ? LIMIT 1",
            (job_id,),
        )
        return None if others is None else Delay(Cause.OTHER_JOBS)

    def _is_at_work(self, job_id: str) -> bool:
        row = self._database.row(
            "SELECT 1 FROM job_items INDEXED BY idx_job_items_busy"
            " WHERE state = 'processing' AND job_id = ? LIMIT 1",
            (job_id,),
        )
        return row is not None
