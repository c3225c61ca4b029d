"""The entry point to jobs: all are submitted, watched and controlled through a JobManager.

Used by the web workers, the worker process, the scheduler and the command line. All state is in the
database, so any number of managers in any number of processes act as one. Acknowledged means
stored: a job id is returned after its transaction is on disk.

`create_job`, `start_job`, `get_job_status`, `cancel_job`, `delete_job`, `list_jobs` and `shutdown`
keep the names and types of the first release. They return `None` or `False` if there is no such
job, and raise if the database fails.
"""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from comicmaintainer.database import Database, Transaction
from comicmaintainer.errors import (
    DatabaseError,
    InvalidInput,
    JobNotFound,
    JobStateConflict,
    UnknownKind,
)
from comicmaintainer.jobs.engine.delays import Delay, Delays
from comicmaintainer.jobs.engine.item_store import ItemStore
from comicmaintainer.jobs.engine.worker_store import WorkerStore
from comicmaintainer.jobs.engine.workforce import Workforce
from comicmaintainer.jobs.history_store import HistoryStore
from comicmaintainer.jobs.job_store import JobStore, store
from comicmaintainer.jobs.kinds import Kinds
from comicmaintainer.jobs.model import (
    UNASSIGNED,
    Job,
    JobRequest,
    JobStatus,
    Priority,
    Trigger,
)
from comicmaintainer.jobs.plain_values import result_of, status_of
from comicmaintainer.jobs.result_groups import ResultGroups
from comicmaintainer.jobs.result_store import ResultStore
from comicmaintainer.jobs.statistics import Statistics

logger = logging.getLogger(__name__)

PURGE_EVERY_S = 1.0
_NAMED_IDS = 4
STATUS_RESULTS = 100
"""How many of the newest results `get_job_status` returns."""


@dataclass(frozen=True, slots=True)
class Retention:
    """How long jobs and their history are kept, in seconds."""

    jobs_s: float = 3600
    previews_s: float = 7 * 86400
    history_s: float = 365 * 86400
    interval_s: float = 300


class JobManager:
    """Submits, reads and controls jobs. Thread-safe."""

    def __init__(
        self,
        database: Database,
        kinds: Kinds,
        *,
        retention: Retention | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.jobs = JobStore(database)
        self.items = ItemStore(database)
        self.results = ResultStore(database)
        self.groups = ResultGroups(database)
        self.history = HistoryStore(database)
        self.workers = WorkerStore(database)
        self.workforce = Workforce(database, now=now)
        self.delays = Delays(database)
        self.statistics = Statistics(database)
        self.kinds = kinds
        self._retention = retention or Retention()
        self._now = now
        self._stopping = threading.Event()
        self._cleaner: threading.Thread | None = None

    # --- asking for work -------------------------------------------------------------------------

    def submit(self, request: JobRequest, *, once: bool = True) -> Job:
        """Store a job with its items and return it; workers pick it up by themselves.

        With `once`, a request that equals an active job returns that job instead.

        Raises:
            UnknownKind: there is no such kind of job.
            InvalidInput: the request does not fit the kind.
        """
        if request.kind != UNASSIGNED:
            self.require(request)
            request = self.kinds.completed(request)
        key = request.dedupe_key() if once and request.kind != UNASSIGNED else None
        return self.get(self.jobs.insert(str(uuid.uuid4()), request, key, self._now()))

    def submit_within(self, transaction: Transaction, request: JobRequest) -> tuple[str, bool]:
        """Store a job inside the caller's transaction; return its id and whether it is new.

        If an equal job is active, nothing is stored and its id is returned.
        """
        self.require(request)
        request = self.kinds.completed(request)
        job_id = str(uuid.uuid4())
        stored = store(transaction, job_id, request, request.dedupe_key(), self._now())
        return stored, stored == job_id

    def create_job(self, items: Sequence[str]) -> str:
        """Store a job over `items` and return its id; `start_job` sets its kind."""
        return self.submit(JobRequest(kind=UNASSIGNED, items=items)).job_id

    def start_job(self, job_id: str, kind: str) -> bool:
        """Let workers run a created job as `kind`. False if there is no such job.

        Raises:
            UnknownKind: there is no such kind of job.
            JobStateConflict: the job was already started.
        """
        self.require_kind(kind)
        if self.jobs.assign_kind(job_id, kind):
            return True
        job = self.jobs.get(job_id)
        if job is None:
            return False
        if job.total_items == 0:
            return True
        raise JobStateConflict(f"Job {job_id} was already started; it is {job.status}.")

    def require(self, request: JobRequest) -> None:
        """Check that a request is valid.

        Raises:
            UnknownKind: there is no such kind of job.
            InvalidInput: the request does not fit the kind.
        """
        self.require_kind(request.kind)
        self.kinds.require_request(request)

    def require_kind(self, kind: str) -> None:
        """Check that a kind of job exists.

        Raises:
            UnknownKind: it does not.
        """
        if kind not in self.kinds.names:
            known = ", ".join(sorted(self.kinds.names))
            raise UnknownKind(
                f"There is no kind of job called {kind!r}. Known: {known}.", field="kind"
            )

    # --- reading ---------------------------------------------------------------------------------

    def find(self, job_id: str) -> Job | None:
        """Return a job, the archived summary of one that was cleaned up, or None."""
        return self.jobs.get(job_id) or self.history.get(job_id)

    def get(self, job_id: str) -> Job:
        """Return a job or its archived summary.

        Raises:
            JobNotFound: there never was such a job, or its history has expired.
        """
        job = self.find(job_id)
        if job is None:
            raise JobNotFound(f"There is no job {job_id}.")
        return job

    def is_at_work(self, job_id: str) -> bool:
        """Tell whether an item of the job is running, even if the job was cancelled or deleted."""
        alive = {worker.worker_id for worker in self.workforce.alive()}
        return bool(alive & self.workers.holders(job_id))

    def delay_of(self, job_id: str) -> Delay | None:
        """Return why no item of an active job is running; None if one is, or for no known cause."""
        return self.delays.of(job_id, self._now())

    def full_id(self, start: str) -> str:
        """Return the job id that equals `start`, or the only one that begins with it.

        Raises:
            JobNotFound: no job's id begins with it.
            InvalidInput: several do.
        """
        ids = self.jobs.ids_beginning_with(start, limit=_NAMED_IDS) if start else []
        if len(ids) == 1 or start in ids:
            return start if start in ids else ids[0]
        if not ids:
            raise JobNotFound(f"There is no job {start}.")
        raise InvalidInput(
            f"Several jobs begin with {start}: {', '.join(ids[: _NAMED_IDS - 1])}"
            f"{' and others' if len(ids) == _NAMED_IDS else ''}. Give more of the id."
        )

    def get_job_status(self, job_id: str) -> dict[str, Any] | None:
        """Return a job with its newest results as plain values, or None."""
        job = self.jobs.get(job_id)
        if job is None:
            return None
        return status_of(job) | {
            "results": [result_of(r) for r in self.results.page(job_id, limit=STATUS_RESULTS)]
        }

    def list_jobs(self, limit: int = 100) -> list[dict[str, Any]]:
        """Return the newest jobs as plain values, without results."""
        return [status_of(job) for job in self.jobs.page(limit=limit)]

    # --- control ---------------------------------------------------------------------------------

    def cancel_job(self, job_id: str) -> bool:
        """Stop an active job for good. False if there is no such job.

        Raises:
            JobStateConflict: the job has already ended.
        """
        if self.jobs.cancel(job_id, self._now()):
            return True
        job = self.jobs.get(job_id)
        if job is None:
            return False
        if job.status is JobStatus.CANCELLED:
            return True
        raise JobStateConflict(f"Job {job_id} has already ended; it is {job.status}.")

    def delete_job(self, job_id: str) -> bool:
        """Remove a job with its items and results; stop it first if it is active.

        Its summary stays in the history. The job is hidden at once; the rows of a large one are
        deleted bit by bit by the cleanup of any process, or by `purge`. False if there is no such
        job.
        """
        if not self.history.archive(job_id, self._now(), ended_only=False):
            return False
        self.history.purge_small(job_id)
        return True

    def pause(self, job_id: str) -> Job:
        """Stop claims of a job's items until it is resumed."""
        return self._controlled(
            job_id, self.jobs.pause(job_id, self._now()), "pause", (JobStatus.PAUSED,)
        )

    def resume(self, job_id: str) -> Job:
        """Continue a paused job."""
        running = (JobStatus.QUEUED, JobStatus.PROCESSING)
        return self._controlled(job_id, self.jobs.resume(job_id, self._now()), "resume", running)

    def set_priority(self, job_id: str, priority: Priority) -> Job:
        """Change how urgent an active job is."""
        return self._controlled(
            job_id, self.jobs.set_priority(job_id, priority), "change the priority of"
        )

    def retry(
        self,
        job_id: str,
        *,
        code: str | None = None,
        error: str | None = None,
        group: str | None = None,
    ) -> int:
        """Queue a job's failed items again (only those with one error, if given); return how many.

        `group` is the key of a group of `results.failures`.

        Raises:
            JobNotFound: no such job.
            JobStateConflict: the job was cancelled, or only its history is left.
        """
        reopened = self.results.reopen_failed(
            job_id, self._now(), code=code, error=error, group=group
        )
        if reopened == 0:
            job = self.get(job_id)
            if job.archived or job.status in (JobStatus.CANCELLED, JobStatus.FAILED):
                state = "in the history only" if job.archived else str(job.status)
                raise JobStateConflict(f"Can't retry job {job_id}: it is {state}.")
        return reopened

    def repeat(
        self, job_id: str, trigger: Trigger = Trigger.API, *, requested_by: str | None = None
    ) -> Job:
        """Submit the same request again as a new job, requested by `requested_by`.

        Raises:
            JobNotFound: no such job, or only its summary is left.
        """
        job = self.jobs.get(job_id)
        if job is None:
            raise JobNotFound(f"There is no job {job_id} whose items could be run again.")
        items = [item for _, item, _ in self.results.items(job_id)]
        request = JobRequest(
            kind=job.kind,
            items=items,
            params=job.params,
            preview=job.preview,
            trigger=trigger,
            priority=job.priority,
            title=job.title,
            requested_by=requested_by,
            about=job.about or None,
            item_params=self.results.item_params(job_id),
            selection=self.jobs.selection(job_id),
            imported=self.jobs.is_imported(job_id),
        )
        return self.submit(request)

    def _controlled(
        self, job_id: str, changed: bool, verb: str, already: Sequence[JobStatus] = ()
    ) -> Job:
        job = self.get(job_id)
        if changed or (job.status in already and not job.archived):
            return job
        raise JobStateConflict(f"Can't {verb} job {job_id}: it is {job.status}.")

    # --- upkeep ----------------------------------------------------------------------------------

    def clean_up(self) -> int:
        """Archive and remove the jobs whose retention is over; return how many."""
        now = self._now()
        removed = 0
        while expired := self.jobs_to_clean(now):
            removed += sum(self.history.archive(id_, now, ended_only=True) for id_ in expired)
        self.purge()
        self.history.expire(now - self._retention.history_s)
        self.statistics.expire(now - self._retention.history_s)
        return removed

    def purge(self) -> int:
        """Delete leftover rows of deleted jobs, until `shutdown`; return how many jobs."""
        return self.history.purge(self._stopping.is_set)

    def jobs_to_clean(self, now: float) -> list[str]:
        """Return the jobs that `clean_up` would remove at `now`."""
        kept = self._retention
        return self.history.expired(now - kept.jobs_s, now - max(kept.jobs_s, kept.previews_s))

    def start_cleanup(self) -> None:
        """Clean up in a background thread at once and at every interval, until `shutdown`.

        Leftover rows of deleted jobs are deleted every second.
        """
        if self._cleaner is None:
            self._cleaner = threading.Thread(target=self._clean, name="job-cleanup", daemon=True)
            self._cleaner.start()

    def shutdown(self) -> None:
        """End the background thread. Jobs are in the database, so nothing else must be saved."""
        self._stopping.set()
        if self._cleaner is not None:
            self._cleaner.join()
            self._cleaner = None

    def _clean(self) -> None:
        due_at = time.monotonic()
        while True:
            try:
                if time.monotonic() < due_at:
                    self.purge()
                else:
                    due_at = time.monotonic() + self._retention.interval_s
                    removed = self.clean_up()
                    if removed:
                        logger.info("Cleaned up %d jobs", removed)
            except DatabaseError as error:
                logger.warning("Cleanup postponed: %s", error)
            if self._stopping.wait(min(PURGE_EVERY_S, self._retention.interval_s)):
                return
