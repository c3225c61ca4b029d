"""Why a job makes no progress at the moment (SQL only, read-only).

Used by the command line to say what it waits for. Times are UTC epoch seconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from comicmaintainer.database import Database

FRESH_S = 60.0
"""A folder that a host had this long ago is still there."""


class Cause(StrEnum):
    """Why a job does not continue."""

    SAME_FILE = "same_file"
    """Another job is working on one of its files; only one job works on a file at a time."""
    PUT_OFF = "put_off"
    """All remaining items run again later: after a failure, or when a source allows it."""
    UNSEEN = "unseen"
    """A media server has to see what has changed so far, before the rest is changed."""
    ROOT = "root"
    """No host has the watched folder in which its items lie."""
    OTHER_JOBS = "other_jobs"
    """Other jobs come first."""


@dataclass(frozen=True, slots=True)
class Delay:
    """Why a job waits. `job_id` and `item` belong to SAME_FILE, `until` to PUT_OFF.

    `item` is the folder of ROOT; `host` had it last, at `seen_at`, None if none ever did.
    """

    cause: Cause
    job_id: str = ""
    item: str = ""
    until: float = 0.0
    host: str | None = None
    seen_at: float | None = None


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
            held = self._database.row(
                "SELECT 1 FROM server_waits WHERE job_id = ? LIMIT 1", (job_id,)
            )
            return Delay(Cause.PUT_OFF if held is None else Cause.UNSEEN, until=until)
        nowhere = self._root_nowhere(job_id, now) if self._database.is_shared else None
        if nowhere is not None:
            return nowhere
        others = self._database.row(
            "SELECT 1 FROM jobs WHERE status IN ('queued', 'processing') AND deleting = 0"
            " AND job_id <> ? LIMIT 1",
            (job_id,),
        )
        return None if others is None else Delay(Cause.OTHER_JOBS)

    def _root_nowhere(self, job_id: str, now: float) -> Delay | None:
        row = self._database.row(
            "SELECT roots.path, mounts.host, mounts.seen_at FROM roots"
            " LEFT JOIN root_mounts AS mounts USING (root_id)"
            " WHERE root_id IN (SELECT root_id FROM job_items WHERE job_id = :job_id"
            "  AND state = 'queued')"
            " AND NOT EXISTS (SELECT 1 FROM root_mounts AS fresh"
            "  WHERE fresh.root_id = roots.root_id AND fresh.seen_at > :fresh)"
            " ORDER BY roots.path, coalesce(mounts.seen_at, 0) DESC LIMIT 1",
            {"job_id": job_id, "fresh": now - FRESH_S},
        )
        if row is None:
            return None
        return Delay(Cause.ROOT, item=row["path"], host=row["host"], seen_at=row["seen_at"])

    def _is_at_work(self, job_id: str) -> bool:
        row = self._database.row(
            "SELECT 1 FROM job_items INDEXED BY idx_job_items_busy"
            " WHERE state = 'processing' AND job_id = ? LIMIT 1",
            (job_id,),
        )
        return row is not None
