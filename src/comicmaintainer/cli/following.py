"""Waits for a job to end. A service runs it, or this process if no service does.

Used by work and by `jobs watch`. It reports what the job waits for, and what happens to the job if
the command is interrupted.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from comicmaintainer.cli.delay_lines import DelayLines
from comicmaintainer.cli.end_signals import end_signals
from comicmaintainer.cli.identified_lines import IdentifiedLines
from comicmaintainer.cli.own_worker import OwnWorker
from comicmaintainer.cli.progress import Progress, progress_of
from comicmaintainer.errors import DatabaseError, JobStateConflict
from comicmaintainer.jobs.model import ENDED, Job

if TYPE_CHECKING:
    from comicmaintainer.jobs.job_manager import JobManager
    from comicmaintainer.services import Services

POLL_S = 0.1
CHECK_S = 0.5
"""How often to check that somebody works on the job."""
RETRY_S = 1.0
PATIENCE_S = 30.0
"""How long `jobs watch` waits for a service that is gone: it may be restarting."""


class Attendant(Protocol):
    """The part that this process takes in the job that it waits for."""

    @property
    def is_at_work(self) -> bool:
        """Whether this process works on the job, and so reports retries itself."""

    def check(self, progress: Progress) -> None:
        """Make sure that somebody works on the job; called every `CHECK_S`."""

    def interrupt(self, interruption: KeyboardInterrupt, progress: Progress) -> None:
        """Decide and report what happens to the job, because the command is about to end."""

    def stop(self, error: BaseException | None) -> None:
        """End the work started here; `error` is what ended the wait before the job's end."""


def run_to_end(services: Services, job: Job, *, quiet: bool) -> Job:
    """Wait for the end of a job, running it here while no service does; return the ended job.

    Raises:
        WorkerDied: an unexpected error ended the work here.
        DatabaseError: the database can't be used, and waiting does not help.
    """
    return _wait(services, job, OwnWorker(services, job), quiet=quiet)


def watch(services: Services, job: Job) -> Job:
    """Wait for the end of a job that others run, and return the ended job.

    Raises:
        JobStateConflict: no worker is running the job.
        DatabaseError: the database can't be used, and waiting does not help.
    """
    manager = services.manager
    if job.status not in ENDED and not manager.workforce.works_on(job.job_id):
        raise _unserved(job)
    return _wait(services, job, _Onlooker(manager, job), quiet=False)


class _Onlooker:
    """Only watches the job, and gives up if nobody works on it."""

    def __init__(self, manager: JobManager, job: Job) -> None:
        self._manager = manager
        self._job_id = job.job_id
        self._missing_since: float | None = None

    @property
    def is_at_work(self) -> bool:
        """See Attendant."""
        return False

    def check(self, progress: Progress) -> None:
        """See Attendant.

        Raises:
            JobStateConflict: no worker has run the job for `PATIENCE_S`.
        """
        if self._manager.workforce.works_on(self._job_id):
            self._missing_since = None
        elif self._missing_since is None:
            self._missing_since = time.monotonic()
            progress.note("No worker runs the job any more. Waiting for a service to come back.")
        elif time.monotonic() - self._missing_since > PATIENCE_S:
            raise _unserved(self._manager.get(self._job_id))

    def interrupt(self, _interruption: KeyboardInterrupt, progress: Progress) -> None:
        """See Attendant."""
        progress.note(
            f"Job {self._job_id} continues. Stop it with: comicmaintainer jobs cancel "
            f"{self._job_id}"
        )

    def stop(self, error: BaseException | None) -> None:
        """See Attendant."""


def _wait(services: Services, job: Job, attendant: Attendant, *, quiet: bool) -> Job:
    """Show a job's progress until it ends."""
    manager = services.manager
    delays = DelayLines(manager)
    identified = IdentifiedLines(services)
    check_at = 0.0
    last_error = ""
    with end_signals(), progress_of(job, quiet=quiet) as progress, _attended(attendant, progress):
        while job.status not in ENDED:
            try:
                if time.monotonic() >= check_at:
                    attendant.check(progress)
                    delays.report(job, progress, retries_reported=attendant.is_at_work)
                    check_at = time.monotonic() + CHECK_S
                time.sleep(POLL_S)
                job = manager.get(job.job_id)
                if not quiet:
                    identified.report(job, progress)
                last_error = ""
            except DatabaseError as error:
                if not error.retryable:
                    raise
                if str(error) != last_error:
                    progress.note(f"Waiting: {error}")
                last_error = str(error)
                time.sleep(RETRY_S)
            progress.show(job)
    return job


@contextmanager
def _attended(attendant: Attendant, progress: Progress) -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt as interruption:
        attendant.interrupt(interruption, progress)
        attendant.stop(interruption)
        raise
    except BaseException as error:
        attendant.stop(error)
        raise
    attendant.stop(None)


def _unserved(job: Job) -> JobStateConflict:
    return JobStateConflict(
        f"Job {job.job_id} is {job.status}, and no service is running to continue it. Start one: "
        f"comicmaintainer serve; or run the job here: comicmaintainer jobs resume {job.job_id}"
    )
