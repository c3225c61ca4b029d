"""Waiting for a job until it ends: a service does it, or this process where none is at work.

Used by work and by `jobs watch`. What the job waits for is told, and so is what becomes of it when
the command is ended before.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from comicmaintainer.cli import progress
from comicmaintainer.cli.delay_lines import DelayLines
from comicmaintainer.cli.ending import ending_signals
from comicmaintainer.cli.own_worker import OwnWorker
from comicmaintainer.cli.progress import Progress
from comicmaintainer.errors import DatabaseError, JobStateConflict
from comicmaintainer.jobs.job_manager import JobManager
from comicmaintainer.jobs.model import ENDED, Job
from comicmaintainer.services import Services

POLL_S = 0.1
LOOK_S = 0.5
"""How often it is asked whether a service is alive."""
TRY_AGAIN_S = 1.0
PATIENCE_S = 30.0
"""How long one who only watches waits for a service that is gone: it may be starting anew."""


class Attendance(Protocol):
    """What this process does about a job that it waits for."""

    @property
    def is_at_work(self) -> bool:
        """Whether this process works on the job, and tells itself of what is tried again."""

    def look(self, shown: Progress) -> None:
        """See to it that somebody works on the job; called now and then."""

    def leave(self, interruption: KeyboardInterrupt, shown: Progress) -> None:
        """Decide and report what happens to the job, because the command is to end."""

    def stop(self, error: BaseException | None) -> None:
        """End what was begun here; `error` is what ends the waiting before the job has ended."""


def see_done(services: Services, job: Job, *, quiet: bool) -> Job:
    """Wait for the end of a job, doing it here while no service does; return it as it ended.

    Raises:
        WorkerDied: the work here has ended by an error that nobody expected.
        DatabaseError: the database can't be used, and waiting does not help.
    """
    return _wait(services.manager, job, OwnWorker(services, job), quiet=quiet)


def watch(services: Services, job: Job) -> Job:
    """Wait for the end of a job that others do, and return it as it ended.

    Raises:
        JobStateConflict: nobody works on the job.
        DatabaseError: the database can't be used, and waiting does not help.
    """
    manager = services.manager
    if job.status not in ENDED and not manager.workforce.works_on(job.job_id):
        raise _unserved(job)
    return _wait(manager, job, _Onlooker(manager, job), quiet=False)


class _Onlooker:
    """Only watches, as long as somebody works on the job."""

    def __init__(self, manager: JobManager, job: Job) -> None:
        self._manager = manager
        self._job_id = job.job_id
        self._missing_since: float | None = None

    @property
    def is_at_work(self) -> bool:
        """See Attendance."""
        return False

    def look(self, shown: Progress) -> None:
        """See Attendance.

        Raises:
            JobStateConflict: nobody has worked on the job for a while.
        """
        if self._manager.workforce.works_on(self._job_id):
            self._missing_since = None
        elif self._missing_since is None:
            self._missing_since = time.monotonic()
            shown.note("Nobody works on the job any more; waiting for a service to come back.")
        elif time.monotonic() - self._missing_since > PATIENCE_S:
            raise _unserved(self._manager.get(self._job_id))

    def leave(self, _interruption: KeyboardInterrupt, shown: Progress) -> None:
        """See Attendance."""
        shown.note(
            f"Job {self._job_id} goes on. Stop it with: comicmaintainer jobs cancel {self._job_id}"
        )

    def stop(self, error: BaseException | None) -> None:
        """See Attendance."""


def _wait(manager: JobManager, job: Job, attendance: Attendance, *, quiet: bool) -> Job:
    """Show a job's progress until it ends."""
    delays = DelayLines(manager)
    look_at = 0.0
    told = ""
    with ending_signals(), progress.of(job, quiet=quiet) as shown, _attending(attendance, shown):
        while job.status not in ENDED:
            try:
                if time.monotonic() >= look_at:
                    attendance.look(shown)
                    delays.tell(job, shown, knows_retries=attendance.is_at_work)
                    look_at = time.monotonic() + LOOK_S
                time.sleep(POLL_S)
                job = manager.get(job.job_id)
                told = ""
            except DatabaseError as error:
                if not error.retryable:
                    raise
                if str(error) != told:
                    shown.note(f"Waiting: {error}")
                told = str(error)
                time.sleep(TRY_AGAIN_S)
            shown.show(job)
    return job


@contextmanager
def _attending(attendance: Attendance, shown: Progress) -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt as interruption:
        attendance.leave(interruption, shown)
        attendance.stop(interruption)
        raise
    except BaseException as error:
        attendance.stop(error)
        raise
    attendance.stop(None)


def _unserved(job: Job) -> JobStateConflict:
    return JobStateConflict(
        f"Job {job.job_id} is {job.status}, and no service runs that would go on with it; start "
        f"one: comicmaintainer serve; or do it here: comicmaintainer jobs resume {job.job_id}"
    )
