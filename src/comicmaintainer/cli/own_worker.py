"""The worker of a command: it runs only that command's job, while no service does.

Used by following. It starts as soon as no service is alive: none ever ran, or it was stopped or
killed, or it hangs. Ctrl-C cancels a job that no other worker runs; SIGTERM and SIGHUP keep it.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from comicmaintainer.cli.change_lines import count_of
from comicmaintainer.cli.end_signals import EndSignal, held_end_signals
from comicmaintainer.cli.progress import Progress
from comicmaintainer.errors import DatabaseError, WorkerDied
from comicmaintainer.jobs.model import ENDED, Job

if TYPE_CHECKING:
    from comicmaintainer.jobs.engine.worker import Worker
    from comicmaintainer.services import Services
    from comicmaintainer.services.worker_tools import WorkerTools

STOP_WITHIN_S = 5.0


class OwnWorker:
    """Runs one job in this process once no service is alive."""

    def __init__(self, services: Services, job: Job) -> None:
        self._services = services
        self._job_id = job.job_id
        self._was_served = False
        self._retries = _RetryNotes()
        self._tools: WorkerTools | None = None
        self._worker: Worker | None = None
        self._ending = threading.Event()

    @property
    def is_at_work(self) -> bool:
        """See following.Attendant."""
        return self._worker is not None

    def check(self, progress: Progress) -> None:
        """Start to work here if no service is alive.

        Raises:
            WorkerDied: an unexpected error ended the work here.
            DatabaseError: the database can't be used.
        """
        self._retries.progress = progress
        if self._worker is not None:
            if not self._worker.is_whole:
                raise WorkerDied(
                    f"An unexpected error ended the work here. Job {self._job_id} is kept; "
                    f"continue it with: comicmaintainer jobs resume {self._job_id}"
                )
        elif self._services.manager.workforce.is_served():
            self._was_served = True
        else:
            if self._was_served:
                progress.note("The service has stopped or hangs. Running the job here.")
            with held_end_signals():
                self._start()

    def _start(self) -> None:
        # Only a job that runs here needs the planners, with the image and XML libraries.
        from comicmaintainer.services.worker_tools import WorkerTools

        tools = WorkerTools.build(self._services)
        worker = tools.worker(only_job=self._job_id, on_retry=self._retries.report)
        worker.start()
        self._tools, self._worker = tools, worker
        if any(each.enabled for each in self._services.media_servers.all()):
            from comicmaintainer.services.media_bridge import media_bridge

            bridge = media_bridge(self._services)
            threading.Thread(target=bridge.run, args=(self._ending,), daemon=True).start()

    def interrupt(self, interruption: KeyboardInterrupt, progress: Progress) -> None:
        """Decide and report what happens to the job, because the command is about to end."""
        try:
            progress.note(self._interrupt(interruption))
        except DatabaseError as error:
            progress.note(
                f"Job {self._job_id} could not be cancelled; it continues when a service starts. "
                f"{error}"
            )
        if self._worker is not None and self._worker.running:
            progress.note("Files in progress are brought to a safe point first.")

    def _interrupt(self, interruption: KeyboardInterrupt) -> str:
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
                f"{name} continues: another worker runs it. Stop it with: comicmaintainer jobs "
                f"cancel {job.job_id}"
            )
        if isinstance(interruption, EndSignal):
            return (
                f"{name} is kept, {so_far}. A service continues it when one starts; or run it "
                f"here: comicmaintainer jobs resume {job.job_id}"
            )
        manager.cancel_job(job.job_id)
        return f"{name} is cancelled, {so_far}. Finished items stay as they are."

    def stop(self, error: BaseException | None) -> None:
        """End the work here, quickly if a signal ends the process."""
        self._ending.set()
        if self._worker is None or self._tools is None:
            return
        self._worker.stop(STOP_WITHIN_S if isinstance(error, EndSignal) else None)
        self._tools.recovery.finish_stopped()
        self._tools.close()


class _RetryNotes:
    """Reports why items are retried: each error code once per waiting time."""

    def __init__(self) -> None:
        self.progress = Progress()
        self._reported: set[tuple[str, float]] = set()
        self._lock = threading.Lock()

    def report(self, error: str, code: str, wait_s: float) -> None:
        """Print why an item waits; called from the thread that runs it."""
        with self._lock:
            if (code, wait_s) in self._reported:
                return
            self._reported.add((code, wait_s))
        self.progress.note(
            f"Waiting: {error}. Trying again in {wait_s:.0f} s, at most three times; Ctrl-C stops."
        )
