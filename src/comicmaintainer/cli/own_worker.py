"""The worker of a command: it does that command's job and no other, where no service does it.

Used by following. It begins as soon as no service is alive: where none ever ran, was stopped or
killed, or hangs. Ctrl-C cancels a job that nobody else would go on with; SIGTERM and SIGHUP leave
it as it stands.
"""

from __future__ import annotations

import threading

from comicmaintainer.cli.change_lines import count_of
from comicmaintainer.cli.ending import ToldToEnd
from comicmaintainer.cli.progress import Progress
from comicmaintainer.errors import DatabaseError, WorkerDied
from comicmaintainer.jobs.engine.worker import Worker
from comicmaintainer.jobs.model import ENDED, Job
from comicmaintainer.services import Services
from comicmaintainer.services.worker_tools import WorkerTools

STOP_WITHIN_S = 5.0


class OwnWorker:
    """Does one job in this process once no service is there to do it."""

    def __init__(self, services: Services, job: Job) -> None:
        self._services = services
        self._job_id = job.job_id
        self._was_served = False
        self._waits = _Waits()
        self._tools: WorkerTools | None = None
        self._worker: Worker | None = None

    @property
    def is_at_work(self) -> bool:
        """See following.Attendance."""
        return self._worker is not None

    def look(self, shown: Progress) -> None:
        """Begin to work here if no service is alive.

        Raises:
            WorkerDied: the work here has ended by an error that nobody expected.
            DatabaseError: the database can't be used.
        """
        self._waits.shown = shown
        if self._worker is not None:
            if not self._worker.is_whole:
                raise WorkerDied(
                    f"The work here was ended by an unexpected error. Job {self._job_id} is kept; "
                    f"go on with it: comicmaintainer jobs resume {self._job_id}"
                )
        elif self._services.manager.workforce.is_served():
            self._was_served = True
        else:
            if self._was_served:
                shown.note("The service has stopped, or hangs: the job is done here.")
            self._begin()

    def _begin(self) -> None:
        tools = WorkerTools.build(self._services)
        worker = tools.worker(only_job=self._job_id, on_retry=self._waits.tell)
        worker.start()
        self._tools, self._worker = tools, worker

    def leave(self, interruption: KeyboardInterrupt, shown: Progress) -> None:
        """Decide and report what happens to the job, because the command is to end."""
        try:
            shown.note(self._leave(interruption))
        except DatabaseError as error:
            shown.note(
                f"Job {self._job_id} could not be cancelled; it goes on when a service starts. "
                f"{error}"
            )
        if self._worker is not None and self._worker.running:
            shown.note("Files that are being worked on come to a safe point first.")

    def _leave(self, interruption: KeyboardInterrupt) -> str:
        manager = self._services.manager
        job = manager.get(self._job_id)
        name = f"Job {job.job_id}"
        so_far = f"{job.processed_items:,} of {count_of(job.total_items, 'item')} done"
        if job.status in ENDED:
            return f"{name} has ended: it is {job.status}."
        if self._worker is None or manager.workforce.works_on(
            job.job_id, but=self._worker.worker_id
        ):
            return (
                f"{name} goes on: others work on it. Stop it with: comicmaintainer jobs cancel "
                f"{job.job_id}"
            )
        if isinstance(interruption, ToldToEnd):
            return (
                f"{name} is kept, {so_far}. A service goes on with it when one starts; or do it "
                f"here: comicmaintainer jobs resume {job.job_id}"
            )
        manager.cancel_job(job.job_id)
        return f"{name} is cancelled, {so_far}. What is done stays."

    def stop(self, error: BaseException | None) -> None:
        """End the work here, quickly where the process was told to end."""
        if self._worker is None or self._tools is None:
            return
        self._worker.stop(STOP_WITHIN_S if isinstance(error, ToldToEnd) else None)
        self._tools.restore_set_aside()
        self._tools.close()


class _Waits:
    """Says what the items of a job wait for: each kind of reason once for each of the waits."""

    def __init__(self) -> None:
        self.shown = Progress()
        self._told: set[tuple[str, float]] = set()
        self._turn = threading.Lock()

    def tell(self, error: str, code: str, wait_s: float) -> None:
        """Say why an item waits, from whichever thread runs it."""
        with self._turn:
            if (code, wait_s) in self._told:
                return
            self._told.add((code, wait_s))
        self.shown.note(
            f"Waiting: {error}. Tried again in {wait_s:.0f} s, three times at most; Ctrl-C stops."
        )
