"""The history of removed jobs: summaries and failed items, kept for a year by default.

Removal takes three steps, so that no write transaction is long (decision 0103): the summary is
archived and the job hidden; its results and items are deleted a few thousand at a time; then its
row. The cleanup finishes an interrupted removal. Times are UTC epoch seconds.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from comicmaintainer.audit import Action
from comicmaintainer.audit.audit_log import record
from comicmaintainer.database import Database, Turn
from comicmaintainer.database.stored_values import stored_object
from comicmaintainer.jobs.job_store import JOB_COLUMNS, as_json, job_from_row, next_revision
from comicmaintainer.jobs.model import Job
from comicmaintainer.jobs.result_marks import EFFECTS

DELETED = 1
"""The value of `jobs.deleting` for a job hidden by `archive`; 0 for a visible job."""
_CHUNK = 5000
_PARTS = (("job_results", "id"), ("job_items", "job_id, seq"))
_FAILURES_KEPT = 1000

_SUMMARY = (
    "job_id, status, kind, params, trigger, title, preview, priority, total_items,"
    " processed_items, failed_items, source_job_id, requested_by, error, created_at, started_at,"
    " completed_at, about"
)


_RUNNING = """
    SELECT 1 FROM job_items INDEXED BY idx_job_items_busy
    WHERE job_id = ? AND state = 'processing' LIMIT 1
"""
_FAILURES = (
    "INSERT INTO job_history_failures (job_id, seq, item, code, error)"
    " SELECT job_id, coalesce(seq, -id), item, code, error FROM job_results"
    " WHERE job_id = ? AND success = 0 ORDER BY id LIMIT ?"
    " ON CONFLICT (job_id, seq) DO UPDATE SET item = excluded.item, code = excluded.code,"
    " error = excluded.error"
)


class HistoryStore:
    """SQL of the `job_history` tables, and of removing jobs."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def archive(self, job_id: str, now: float, *, ended_only: bool) -> bool:
        """Write the job's summary to the history and hide the job. False if there is no such job.

        With `ended_only` a job that is still active is left alone; that is the cleanup, which is
        not recorded as what somebody did.
        """
        ended = "AND status IN ('completed', 'failed', 'cancelled')" if ended_only else ""
        with self._database.transaction(Turn.JOBS) as transaction:
            hidden = transaction.execute(
                "UPDATE jobs SET deleting = 1, completed_at = coalesce(completed_at, ?),"
                " status = CASE WHEN status IN ('queued', 'processing', 'paused')"
                "  THEN 'cancelled' ELSE status END"
                f" WHERE job_id = ? AND deleting = 0 {ended}",
                (now, job_id),
            )
            if hidden != 1:
                return False
            effects = {row["effect"]: row["items"] for row in transaction.rows(EFFECTS, (job_id,))}
            # Of an earlier job of this id, if an import brought it back.
            transaction.execute("DELETE FROM job_history WHERE job_id = ?", (job_id,))
            transaction.execute(
                f"INSERT INTO job_history ({_SUMMARY}, effects, archived_at, revision)"
                f" SELECT {_SUMMARY.replace('processed_items', 'coalesce(processed_items, 0)')},"
                " ?, ?, ? FROM jobs WHERE job_id = ?",
                (as_json(effects), now, next_revision(transaction), job_id),
            )
            transaction.execute(_FAILURES, (job_id, _FAILURES_KEPT))
            if not ended_only:
                record(transaction, Action.JOB_REMOVED, job_id, now=now)
        return True

    def purge_small(self, job_id: str) -> bool:
        """Delete a hidden job; return False if rows are left.

        Rows are left if the job is large, or if its items are still running.
        """
        return (
            self._is_over(job_id)
            and all(self._purge_chunk(job_id, *part) < _CHUNK for part in _PARTS)
            and bool(self._purge_row(job_id, DELETED))
        )

    def purge(
        self, is_stopping: Callable[[], bool] = lambda: False, *, hidden_as: int = DELETED
    ) -> int:
        """Delete all rows of hidden jobs that are not running; return how many jobs.

        `is_stopping` is checked between transactions; if true, the rest is left for later.
        """
        purged = 0
        for row in self._database.rows("SELECT job_id FROM jobs WHERE deleting = ?", (hidden_as,)):
            if hidden_as == DELETED and not self._is_over(row["job_id"]):
                continue
            for part in _PARTS:
                while not is_stopping() and self._purge_chunk(row["job_id"], *part) == _CHUNK:
                    pass
            if is_stopping():
                break
            purged += self._purge_row(row["job_id"], hidden_as)
        return purged

    def _is_over(self, job_id: str) -> bool:
        """Tell whether no item of a deleted job is running, and correct its summary then."""
        if self._database.row(_RUNNING, (job_id,)) is not None:
            return False
        counts = self._database.row(
            "SELECT job.processed_items, job.failed_items FROM jobs AS job"
            " JOIN job_history AS summary USING (job_id) WHERE job_id = ?"
            " AND (coalesce(job.processed_items, 0) <> summary.processed_items"
            "  OR job.failed_items <> summary.failed_items)",
            (job_id,),
        )
        if counts is not None:
            with self._database.transaction(Turn.JOBS) as transaction:
                transaction.execute(
                    "UPDATE job_history SET processed_items = ?, failed_items = ?, revision = ?"
                    " WHERE job_id = ?",
                    (*counts, next_revision(transaction), job_id),
                )
                transaction.execute(_FAILURES, (job_id, _FAILURES_KEPT))
        return True

    def _purge_chunk(self, job_id: str, table: str, key: str) -> int:
        with self._database.transaction(Turn.JOBS) as transaction:
            some = transaction.dialect.some_rows(table, key, f"job_id = ? LIMIT {_CHUNK}")
            return transaction.execute(f"DELETE FROM {table} WHERE {some}", (job_id,))

    def _purge_row(self, job_id: str, hidden_as: int) -> int:
        with self._database.transaction(Turn.JOBS) as transaction:
            removed = transaction.execute(
                "DELETE FROM jobs WHERE job_id = ? AND deleting = ?", (job_id, hidden_as)
            )
            if removed:
                # On a server, what was handed in at the last moment.
                transaction.execute("DELETE FROM job_results WHERE job_id = ?", (job_id,))
            return removed

    def expired(
        self,
        completed_before: float,
        previews_before: float | None = None,
        limit: int = 1000,
    ) -> list[str]:
        """Return the ids of jobs that ended before `completed_before`.

        Previews, and jobs with a kept selection, use `previews_before` instead.
        """
        rows = self._database.rows(
            "SELECT job_id FROM jobs"
            " WHERE completed_at < CASE WHEN preview = 0 AND NOT EXISTS ("
            "  SELECT 1 FROM job_selections AS kept WHERE kept.job_id = jobs.job_id)"
            " THEN ?1 ELSE ?2 END AND deleting = 0"
            " AND status IN ('completed', 'failed', 'cancelled') ORDER BY completed_at LIMIT ?3",
            (
                completed_before,
                completed_before if previews_before is None else previews_before,
                limit,
            ),
        )
        return [row["job_id"] for row in rows]

    def get(self, job_id: str) -> Job | None:
        """Return the archived summary of a removed job, or None."""
        row = self._database.row(
            f"SELECT {JOB_COLUMNS} FROM job_history WHERE job_id = ?", (job_id,)
        )
        return None if row is None else job_from_row(row, archived=True)

    def effects(self, job_id: str) -> dict[str, int] | None:
        """Return how many successes of a removed job had each effect; None if that is not known."""
        row = self._database.row("SELECT effects FROM job_history WHERE job_id = ?", (job_id,))
        if row is None or row["effects"] is None:
            return None
        return {
            effect: count
            for effect, count in stored_object(row["effects"]).items()
            if isinstance(count, int)
        }

    def failures(self, job_id: str, limit: int = _FAILURES_KEPT) -> list[dict[str, Any]]:
        """Return the failed items kept of a removed job: seq, item, code, error."""
        rows = self._database.rows(
            "SELECT seq, item, code, error FROM job_history_failures WHERE job_id = ?"
            " ORDER BY seq LIMIT ?",
            (job_id, limit),
        )
        return [dict(row) for row in rows]

    def page(
        self,
        *,
        kind: str | None = None,
        before: tuple[float, str] | None = None,
        limit: int = 100,
    ) -> list[Job]:
        """Return archived summaries, newest end first; `before` is (completed_at, job_id)."""
        where, parameters = ["completed_at IS NOT NULL"], list[Any]()
        if kind is not None:
            where.append("kind = ?")
            parameters.append(kind)
        if before is not None:
            where.append("(completed_at, job_id) < (?, ?)")
            parameters += before
        rows = self._database.rows(
            f"SELECT {JOB_COLUMNS} FROM job_history WHERE {' AND '.join(where)}"
            " ORDER BY completed_at DESC, job_id DESC LIMIT ?",
            (*parameters, limit),
        )
        return [job_from_row(row, archived=True) for row in rows]

    def expire(self, archived_before: float) -> int:
        """Forget summaries archived before the given time; return how many."""
        with self._database.transaction(Turn.JOBS) as transaction:
            return transaction.execute(
                "DELETE FROM job_history WHERE archived_at < ?", (archived_before,)
            )
