"""Jobs as stored rows: create, read, list, and every change of a job's status.

Used by job_manager only. Every write runs in one Database.transaction(). A status is changed by an
UPDATE that names the allowed previous statuses and whose row count is checked. Each change gives
the job a new `revision`, a number that grows over all jobs; the event stream uses it to find
changes. Times are UTC epoch seconds.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from comicmaintainer.audit import Action, Actor, ActorKind
from comicmaintainer.audit.audit_log import record
from comicmaintainer.database import Database, Row, Transaction, Turn
from comicmaintainer.database.stored_values import known_member, stored_object
from comicmaintainer.jobs.about import about_items
from comicmaintainer.jobs.model import ACTIVE, Job, JobRequest, JobStatus, Priority, Trigger

JOB_COLUMNS = (
    "job_id, status, kind, total_items, processed_items, failed_items, error, created_at,"
    " started_at, completed_at, params, trigger, title, preview, priority, source_job_id,"
    " requested_by, revision, about"
)
REVISION = "(SELECT value FROM counters WHERE name = 'job_revision')"
"""The newest revision, in a statement; see `new_revision_at_end`."""
_PATHS_PER_PART = 1000


def job_from_row(row: Row, *, archived: bool = False) -> Job:
    """Return a row of `jobs` or `job_history` as a value."""
    return Job(
        job_id=row["job_id"],
        status=_status(row),
        kind=row["kind"],
        total_items=row["total_items"],
        processed_items=row["processed_items"] or 0,
        failed_items=row["failed_items"],
        error=row["error"] or _unknown_status(row),
        created_at=row["created_at"],
        started_at=row["started_at"],
        completed_at=row["completed_at"],
        params=stored_object(row["params"], unreadable_as="unreadable"),
        trigger=known_member(Trigger, row["trigger"], Trigger.API),
        title=row["title"],
        preview=bool(row["preview"]),
        priority=known_member(Priority, row["priority"], Priority.NORMAL),
        source_job_id=row["source_job_id"],
        requested_by=row["requested_by"],
        revision=row["revision"],
        about=stored_object(row["about"]) if row["about"] else {},
        archived=archived,
    )


def _status(row: Row) -> JobStatus:
    """Return the status of a job; an unknown one counts as failed."""
    return known_member(JobStatus, row["status"], JobStatus.FAILED)


def _unknown_status(row: Row) -> str | None:
    if row["status"] in set(JobStatus):
        return None
    return f"It was stored with the status {row['status']!r}, which this version does not know."


def next_revision(transaction: Transaction) -> int:
    """Return a new revision number. Call it once per transaction that changes jobs."""
    return int(
        transaction.value(
            "UPDATE counters SET value = value + 1 WHERE name = 'job_revision' RETURNING value"
        )
    )


def new_revision_at_end(transaction: Transaction) -> None:
    """Let the transaction have a new revision, `REVISION`, without keeping others from theirs.

    Call it before the statements that use it, which must run at the end too.
    """
    transaction.at_end("UPDATE counters SET value = value + 1 WHERE name = 'job_revision'")


def active_twin(transaction: Transaction, dedupe_key: str | None) -> str | None:
    """Return the id of the active job with this key, or None."""
    row = transaction.row(
        "SELECT job_id FROM jobs WHERE dedupe_key = ?"
        " AND status IN ('queued', 'processing', 'paused')",
        (dedupe_key,),
    )
    return None if row is None else str(row["job_id"])


def store(
    transaction: Transaction, job_id: str, request: JobRequest, dedupe_key: str | None, now: float
) -> str:
    """Store a job with all its items inside `transaction` and return its id.

    If an active job has the same `dedupe_key`, nothing is stored and that job's id is returned.
    A job without items is completed at once.
    """
    twin = active_twin(transaction, dedupe_key)
    if twin is not None:
        return twin
    items = list(dict.fromkeys(request.items))
    ended = None if items else now
    transaction.execute(
        f"INSERT INTO jobs ({JOB_COLUMNS}, dedupe_key, imported)"
        " VALUES (?, ?, ?, ?, 0, 0, NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            job_id,
            JobStatus.QUEUED if items else JobStatus.COMPLETED,
            request.kind,
            len(items),
            now,
            ended,
            ended,
            as_json(request.params),
            request.trigger,
            request.title,
            int(request.preview),
            int(request.priority),
            request.source_job_id,
            request.requested_by,
            0,
            as_json(about_items(items) if request.about is None else request.about),
            dedupe_key,
            int(request.imported),
        ),
    )
    transaction.execute_many(
        "INSERT INTO job_items (job_id, seq, item, params, root_id) VALUES (?, ?, ?, ?, ?)",
        _item_rows(job_id, items, request),
    )
    if request.selection is not None:
        transaction.execute_many(
            "INSERT INTO job_selections (job_id, part, selection) VALUES (?, ?, ?)",
            [
                (job_id, number, as_json(part))
                for number, part in enumerate(_parts(request.selection))
            ],
        )
    # Whoever has the newest revision keeps others from handing in, and there may be many items.
    new_revision_at_end(transaction)
    transaction.at_end(f"UPDATE jobs SET revision = {REVISION} WHERE job_id = ?", (job_id,))
    if not request.imported:
        details = {"kind": request.kind, "items": len(items), "preview": request.preview}
        details |= {"title": request.title} if request.title else {}
        details |= {"of_job": request.source_job_id} if request.source_job_id else {}
        actor = _actor_of(request)
        record(transaction, Action.JOB_SUBMITTED, job_id, now=now, details=details, actor=actor)
    return job_id


def _actor_of(request: JobRequest) -> Actor | None:
    """Return who submits without a person at work; None if that is whoever acts now."""
    if request.trigger is Trigger.WATCHER:
        return Actor(ActorKind.WATCHER)
    if request.trigger is Trigger.SCHEDULE:
        return Actor(ActorKind.SCHEDULE, request.requested_by or "")
    return None


class JobStore:
    """SQL of the `jobs` table."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # --- create ----------------------------------------------------------------------------------

    def insert(self, job_id: str, request: JobRequest, dedupe_key: str | None, now: float) -> str:
        """Store a job with all its items in one transaction and return its id; see `store`."""
        with self._database.transaction(Turn.JOBS) as transaction:
            return store(transaction, job_id, request, dedupe_key, now)

    def assign_kind(self, job_id: str, kind: str) -> bool:
        """Set the kind of a created job, so that workers can claim it. True if it had none."""
        with self._database.transaction(Turn.JOBS) as transaction:
            changed = transaction.execute(
                "UPDATE jobs SET kind = ?, revision = ?"
                " WHERE job_id = ? AND status = 'queued' AND kind = '' AND deleting = 0",
                (kind, next_revision(transaction), job_id),
            )
        return changed == 1

    # --- read ------------------------------------------------------------------------------------

    def get(self, job_id: str) -> Job | None:
        """Return the job, or None."""
        row = self._database.row(
            f"SELECT {JOB_COLUMNS} FROM jobs WHERE job_id = ? AND deleting = 0", (job_id,)
        )
        return None if row is None else job_from_row(row)

    def ids_beginning_with(self, start: str, limit: int) -> list[str]:
        """Return ids of jobs, including the history, that begin with `start`."""
        rows = self._database.rows(
            "SELECT job_id FROM jobs WHERE job_id >= :start AND job_id < :end AND deleting = 0"
            " UNION SELECT job_id FROM job_history WHERE job_id >= :start AND job_id < :end"
            " LIMIT :limit",
            {"start": start, "end": start + chr(0x10FFFF), "limit": limit},
        )
        return [row["job_id"] for row in rows]

    def following(self, job_id: str, kind: str) -> dict[str, JobStatus]:
        """Return the jobs of that kind that apply the preview `job_id`, with their status."""
        rows = self._database.rows(
            "SELECT job_id, status FROM jobs WHERE source_job_id = :source AND kind = :kind"
            " AND preview = 0 AND deleting = 0"
            " UNION SELECT job_id, status FROM job_history WHERE source_job_id = :source"
            " AND kind = :kind AND preview = 0",
            {"source": job_id, "kind": kind},
        )
        return {row["job_id"]: _status(row) for row in rows}

    def first_items(self, job_ids: Sequence[str]) -> dict[str, str]:
        """Return the first item of each of these jobs, if it has items."""
        if not job_ids:
            return {}
        rows = self._database.rows(
            f"SELECT job_id, item FROM job_items WHERE seq = 0 AND job_id IN"
            f" ({','.join('?' * len(job_ids))})",
            tuple(job_ids),
        )
        return {row["job_id"]: row["item"] for row in rows}

    def is_imported(self, job_id: str) -> bool:
        """Tell whether the job, or the one it repeats, was imported."""
        row = self._database.row("SELECT imported FROM jobs WHERE job_id = ?", (job_id,))
        return row is not None and bool(row["imported"])

    def selection(self, job_id: str) -> dict[str, Any] | None:
        """Return the selection that a job's items were chosen from, or None if it was not kept."""
        whole: dict[str, Any] = {}
        rows = self._database.rows(
            "SELECT selection FROM job_selections WHERE job_id = ? ORDER BY part", (job_id,)
        )
        for row in rows:
            for name, value in stored_object(row["selection"]).items():
                whole[name] = [*whole[name], *value] if name in whole else value
        return whole or None

    def page(
        self,
        *,
        statuses: Sequence[JobStatus] = (),
        kind: str | None = None,
        limit: int = 100,
        before: tuple[float, str] | None = None,
        with_failures: bool = False,
    ) -> list[Job]:
        """Return jobs, newest first; `before` is (created_at, job_id) of the last one seen.

        With `with_failures`, only jobs with failed items.
        """
        where, parameters = ["deleting = 0"], list[Any]()
        if statuses:
            where.append(f"status IN ({','.join('?' * len(statuses))})")
            parameters += statuses
        if kind is not None:
            where.append("kind = ?")
            parameters.append(kind)
        if with_failures:
            where.append("failed_items > 0")
        if before is not None:
            where.append("(created_at, job_id) < (?, ?)")
            parameters += before
        rows = self._database.rows(
            f"SELECT {JOB_COLUMNS} FROM jobs WHERE {' AND '.join(where)}"
            " ORDER BY created_at DESC, job_id DESC LIMIT ?",
            (*parameters, limit),
        )
        return [job_from_row(row) for row in rows]

    def changed_since(self, revision: int, limit: int = 500) -> list[Job]:
        """Return the jobs changed after `revision`, in the order of their changes.

        A removed job is returned as its archived summary.
        """
        rows = self._database.rows(
            f"SELECT {JOB_COLUMNS}, 0 AS archived FROM jobs WHERE revision > ?1 AND deleting = 0"
            f" UNION ALL SELECT {JOB_COLUMNS}, 1 FROM job_history WHERE revision > ?1"
            " ORDER BY revision LIMIT ?2",
            (revision, limit),
        )
        return [job_from_row(row, archived=bool(row["archived"])) for row in rows]

    def revision(self) -> int:
        """Return the newest revision."""
        return int(self._database.value("SELECT value FROM counters WHERE name = 'job_revision'"))

    def count_by_status(self) -> dict[JobStatus, int]:
        """Return how many jobs have each status that occurs."""
        rows = self._database.rows(
            "SELECT status, count(*) AS jobs FROM jobs WHERE deleting = 0 GROUP BY status"
        )
        counts: Counter[JobStatus] = Counter()
        for row in rows:
            counts[_status(row)] += row["jobs"]
        return dict(counts)

    def end_unreadable(self, now: float) -> int:
        """Fail the jobs that this version can't run, and return how many.

        Their status is unknown, or their parameters are not JSON.
        """
        known = ", ".join(f"'{status}'" for status in JobStatus)
        active = ", ".join(f"'{status}'" for status in ACTIVE)
        unreadable = f"status NOT IN ({known}) OR (status IN ({active}) AND NOT json_valid(params))"
        if not self._database.value(f"SELECT count(*) FROM jobs WHERE {unreadable}"):
            return 0
        with self._database.transaction(Turn.JOBS) as transaction:
            return transaction.execute(
                "UPDATE jobs SET error = coalesce(error, CASE"
                f" WHEN status IN ({active}) THEN 'Its parameters cannot be read.'"
                " ELSE 'It was stored with the status ''' || status"
                " || ''', which this version does not know.' END),"
                " completed_at = coalesce(completed_at, ?), status = 'failed', revision = ?"
                f" WHERE {unreadable}",
                (now, next_revision(transaction)),
            )

    def count_with_failures(self) -> int:
        """Return how many jobs have failed items."""
        return int(
            self._database.value(
                "SELECT count(*) FROM jobs WHERE failed_items > 0 AND deleting = 0"
            )
        )

    def oldest_queued_at(self) -> float | None:
        """Return when the oldest job without a claim was created, or None."""
        at: float | None = self._database.value(
            "SELECT min(created_at) FROM jobs WHERE status = 'queued' AND deleting = 0"
        )
        return at

    # --- status ----------------------------------------------------------------------------------

    def cancel(self, job_id: str, now: float) -> bool:
        """End an active job. Its queued items stay as they are; they are never claimed again."""
        change = "status = 'cancelled', completed_at = :now"
        sources = (JobStatus.QUEUED, JobStatus.PROCESSING, JobStatus.PAUSED)
        return self._control(Action.JOB_CANCELLED, job_id, change, sources, now)

    def pause(self, job_id: str, now: float) -> bool:
        """Stop claims of the job's items."""
        sources = (JobStatus.QUEUED, JobStatus.PROCESSING)
        return self._control(Action.JOB_PAUSED, job_id, "status = 'paused'", sources, now)

    def resume(self, job_id: str, now: float) -> bool:
        """Let the items of a paused job be claimed again."""
        change = "status = CASE WHEN started_at IS NULL THEN 'queued' ELSE 'processing' END"
        return self._control(Action.JOB_RESUMED, job_id, change, (JobStatus.PAUSED,), now)

    def _control(
        self, action: Action, job_id: str, change: str, sources: Sequence[JobStatus], now: float
    ) -> bool:
        """Move a job from one of the states in `sources`, and record who did it."""
        with self._database.transaction(Turn.JOBS) as transaction:
            is_done = _move(transaction, job_id, change, sources, now=now)
            if is_done:
                record(transaction, action, job_id, now=now)
            return is_done

    def set_priority(self, job_id: str, priority: Priority) -> bool:
        """Change how urgent an active job is, even while it runs."""
        with self._database.transaction(Turn.JOBS) as transaction:
            return _move(
                transaction,
                job_id,
                "priority = :priority",
                (JobStatus.QUEUED, JobStatus.PROCESSING, JobStatus.PAUSED),
                priority=int(priority),
            )


def _move(
    transaction: Transaction,
    job_id: str,
    change: str,
    sources: Sequence[JobStatus],
    **values: Any,
) -> bool:
    """Apply `change` if the job's status is one of `sources`; return True if it was."""
    allowed = ", ".join(f"'{status}'" for status in sources)
    changed = transaction.execute(
        f"UPDATE jobs SET {change}, revision = :revision"
        f" WHERE job_id = :job_id AND status IN ({allowed}) AND deleting = 0",
        {"job_id": job_id, "revision": next_revision(transaction), **values},
    )
    return changed == 1


def as_json(value: Any) -> str:
    """Return `value` as JSON, in the only form that is stored."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def _parts(selection: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    """Split a selection into parts of bounded size."""
    for name, value in selection.items():
        if isinstance(value, list):
            for at in range(0, len(value), _PATHS_PER_PART):
                yield {name: value[at : at + _PATHS_PER_PART]}
        else:
            yield {name: value}


def _item_rows(job_id: str, items: Iterable[str], request: JobRequest) -> Iterable[Sequence[Any]]:
    own, root_ids = request.item_params, request.root_ids
    for seq, item in enumerate(items):
        yield (job_id, seq, item, as_json(own[item]) if item in own else None, root_ids.get(item))
