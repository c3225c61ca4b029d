"""Accepted results: reading them in pages, grouping failures, and reopening them for a retry.

Results are read newest first, a page at a time, so that polling a job of any size stays cheap.
Times are UTC epoch seconds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from operator import itemgetter
from typing import Any

from comicmaintainer.audit import Action
from comicmaintainer.audit.audit_log import record
from comicmaintainer.database import Database, Row, Turn, paging
from comicmaintainer.database.stored_values import stored_object
from comicmaintainer.errors import JobStateConflict
from comicmaintainer.jobs.job_store import active_twin, as_json, next_revision
from comicmaintainer.jobs.model import ItemState, JobResult, Outcome
from comicmaintainer.jobs.result_marks import marks_of

RESULT_COLUMNS = (
    "id, job_id, seq, item, success, error, code, details, attempt, finished_at, duration_s"
)
_PAGE = 1000
_PLAIN_ERROR = (
    "replace(replace(coalesce(error, ''),"
    " coalesce(CASE WHEN json_valid(details) THEN json_extract(details, '$.copy') END, item)"
    " || ': ', ''), item || ': ', '')"
)
"""An error's text without the path of the item or its copy, so that the same error of many items
forms one group. Rows edited by hand may hold details that are not JSON."""


class Outcomes(StrEnum):
    """Which results to return."""

    ALL = "all"
    SUCCEEDED = "succeeded"
    CHANGED = "changed"
    """Succeeded, and changed something (or would)."""
    UNCHANGED = "unchanged"
    FAILED = "failed"


_TESTS = {
    Outcomes.ALL: "true",
    Outcomes.SUCCEEDED: "success <> 0",
    Outcomes.CHANGED: "effect > ''",
    Outcomes.UNCHANGED: "effect = ''",
    Outcomes.FAILED: "success = 0",
}


@dataclass(frozen=True, slots=True)
class FailureGroup:
    """Failed items of a job that failed in the same way.

    Their texts may differ in names and numbers (`varies`); `error` is that of `example`. `group` is
    the key that they share, None in a result that was stored before there were keys.
    """

    code: str | None
    error: str
    items: int
    example: str
    group: str | None
    varies: bool


def result_from_row(row: Row) -> JobResult:
    """Return a row of `job_results` as a value."""
    return JobResult(
        result_id=row["id"],
        job_id=row["job_id"],
        seq=row["seq"],
        item=row["item"],
        success=bool(row["success"]),
        error=row["error"],
        code=row["code"],
        details=stored_object(row["details"]) if row["details"] else None,
        attempt=row["attempt"],
        finished_at=row["finished_at"],
        duration_s=row["duration_s"],
    )


class ResultStore:
    """SQL of the `job_results` table for readers."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def page(
        self,
        job_id: str,
        *,
        limit: int = 100,
        before: int | None = None,
        outcomes: Outcomes = Outcomes.ALL,
    ) -> list[JobResult]:
        """Return results, newest first; `before` is the `result_id` of the last one seen."""
        where, parameters = ["job_id = ?", _TESTS[outcomes]], list[Any]([job_id])
        if before is not None:
            where.append("id < ?")
            parameters.append(before)
        rows = self._database.rows(
            f"SELECT {RESULT_COLUMNS} FROM job_results WHERE {' AND '.join(where)}"
            " ORDER BY id DESC LIMIT ?",
            (*parameters, limit),
        )
        return [result_from_row(row) for row in rows]

    def count_by(self, job_id: str, path: str) -> dict[str, int]:
        """Return how many results have each value at a JSON path of their details ("$.level")."""
        rows = self._database.rows(
            "SELECT value, count(*) AS results FROM (SELECT CASE WHEN json_valid(details)"
            " THEN json_extract(details, ?) END AS value FROM job_results WHERE job_id = ?) AS each"
            " WHERE value IS NOT NULL GROUP BY value",
            (path, job_id),
        )
        return {str(row["value"]): row["results"] for row in rows}

    def count_unseen(self, job_id: str) -> int:
        """Return how many items no worker has looked at yet; those that were put off are none."""
        count: int = self._database.value(
            "SELECT count(*) FROM job_items"
            " WHERE job_id = ? AND state = 'queued' AND not_before = 0",
            (job_id,),
        )
        return count

    def in_order(self, job_id: str, *, successful_only: bool = False) -> Iterator[JobResult]:
        """Yield all results in the order they were accepted, a page in memory at a time."""
        chosen = "AND success <> 0" if successful_only else ""

        def page_after(result_id: int | None) -> list[Row]:
            return self._database.rows(
                f"SELECT {RESULT_COLUMNS} FROM job_results WHERE job_id = ? AND id > ? {chosen}"
                " ORDER BY id LIMIT ?",
                (job_id, result_id or 0, _PAGE),
            )

        return map(result_from_row, paging.all_rows(page_after, itemgetter("id")))

    def amend(self, job_id: str, outcomes: Mapping[int, Outcome]) -> None:
        """Replace the stored results of items (by seq), and correct the job's counters."""
        with self._database.transaction(Turn.JOBS) as transaction:
            failed = 0
            for seq, outcome in outcomes.items():
                row = transaction.row(
                    "SELECT success, item FROM job_results WHERE job_id = ? AND seq = ?",
                    (job_id, seq),
                )
                if row is None:
                    continue
                failed += bool(row["success"]) - outcome.success
                details = None if outcome.details is None else as_json(outcome.details)
                transaction.execute(
                    "UPDATE job_results SET success = ?, error = ?, code = ?, details = ?,"
                    " effect = ?, group_key = ? WHERE job_id = ? AND seq = ?",
                    (
                        int(outcome.success),
                        outcome.error,
                        outcome.code,
                        details,
                        *marks_of(outcome, row["item"]),
                        job_id,
                        seq,
                    ),
                )
                state = ItemState.SUCCEEDED if outcome.success else ItemState.FAILED
                transaction.execute(
                    "UPDATE job_items SET state = ? WHERE job_id = ? AND seq = ?",
                    (state, job_id, seq),
                )
            transaction.execute(
                "UPDATE jobs SET failed_items = failed_items + ?, revision = ? WHERE job_id = ?",
                (failed, next_revision(transaction), job_id),
            )

    def items(self, job_id: str) -> Iterator[tuple[int, str, str]]:
        """Yield (seq, item, state) of all items of a job in order."""

        def page_after(seq: int | None) -> list[Row]:
            return self._database.rows(
                "SELECT seq, item, state FROM job_items WHERE job_id = ? AND seq > ?"
                " ORDER BY seq LIMIT ?",
                (job_id, -1 if seq is None else seq, _PAGE),
            )

        for row in paging.all_rows(page_after, itemgetter("seq")):
            yield row["seq"], row["item"], row["state"]

    def of_item(self, job_id: str, seq: int) -> JobResult | None:
        """Return the result of one item, or None."""
        row = self._database.row(
            f"SELECT {RESULT_COLUMNS} FROM job_results WHERE job_id = ? AND seq = ?",
            (job_id, seq),
        )
        return None if row is None else result_from_row(row)

    def params_of_item(self, job_id: str, seq: int) -> dict[str, Any]:
        """Return the parameters of one item alone."""
        row = self._database.row(
            "SELECT params FROM job_items WHERE job_id = ? AND seq = ?", (job_id, seq)
        )
        return stored_object(row["params"]) if row is not None and row["params"] else {}

    def item_params(self, job_id: str) -> dict[str, dict[str, Any]]:
        """Return the parameters of single items of a job, by item."""
        rows = self._database.rows(
            "SELECT item, params FROM job_items WHERE job_id = ? AND params IS NOT NULL", (job_id,)
        )
        return {row["item"]: stored_object(row["params"]) for row in rows}

    def failures(self, job_id: str, limit: int = 50) -> list[FailureGroup]:
        """Return a job's failed items grouped by how they failed, the most frequent first."""
        rows = self._database.rows(
            f"SELECT result.code, {_PLAIN_ERROR} AS error, items, result.item AS example,"
            " result.group_key, varies FROM (SELECT min(id) AS first_id, count(*) AS items,"
            f" min({_PLAIN_ERROR}) <> max({_PLAIN_ERROR}) AS varies"
            " FROM job_results WHERE job_id = ? AND success = 0"
            f" GROUP BY code, coalesce(group_key, {_PLAIN_ERROR})) AS alike"
            " JOIN job_results AS result ON result.id = first_id"
            " ORDER BY items DESC, error LIMIT ?",
            (job_id, limit),
        )
        return [
            FailureGroup(
                row["code"],
                row["error"],
                row["items"],
                row["example"],
                row["group_key"],
                bool(row["varies"]),
            )
            for row in rows
        ]

    def reopen_failed(
        self,
        job_id: str,
        now: float,
        *,
        code: str | None = None,
        error: str | None = None,
        group: str | None = None,
    ) -> int:
        """Queue the failed items of a job again and return how many; the job continues.

        `code`, `error` and `group` limit this to items with that code, text (as stored or as
        `failures` returns it) and group key. Their results are deleted, so that each item still
        ends with exactly one.

        Raises:
            JobStateConflict: another job for the same work is active.
        """
        with self._database.transaction(Turn.JOBS) as transaction:
            job = transaction.row(
                "SELECT dedupe_key FROM jobs WHERE job_id = ? AND deleting = 0"
                " AND status IN ('queued', 'processing', 'paused', 'completed')",
                (job_id,),
            )
            if job is None:
                return 0
            twin = active_twin(transaction, job["dedupe_key"])
            if twin is not None and twin != job_id:
                raise JobStateConflict(
                    f"Can't retry job {job_id}: job {twin} does the same and is still active."
                )
            withdrawn = transaction.rows(
                "DELETE FROM job_results WHERE job_id = :job_id AND success = 0 AND seq IS NOT NULL"
                " AND (:code IS NULL OR code = :code)"
                f" AND (:error IS NULL OR error = :error OR {_PLAIN_ERROR} = :error)"
                " AND (:group IS NULL OR group_key = :group)"
                " RETURNING seq",
                {"job_id": job_id, "code": code, "error": error, "group": group},
            )
            count = transaction.execute_many(
                "UPDATE job_items SET state = 'queued', not_before = 0, lost = 0, failures = 0"
                " WHERE job_id = ? AND seq = ? AND state = 'failed'",
                [(job_id, row["seq"]) for row in withdrawn],
            )
            if count > 0:
                transaction.execute(
                    "UPDATE jobs SET processed_items = processed_items - :count,"
                    " failed_items = failed_items - :count, revision = :revision,"
                    " completed_at = NULL,"
                    " status = CASE status WHEN 'completed' THEN 'processing' ELSE status END"
                    " WHERE job_id = :job_id",
                    {"count": count, "revision": next_revision(transaction), "job_id": job_id},
                )
                record(transaction, Action.JOB_RETRIED, job_id, now=now, details={"items": count})
        return max(0, count)
