"""What a job waits for, told to whoever waits for the job: each reason once, until it changes.

Used by following. Nothing is said while the job moves, or in the first seconds.
"""

from __future__ import annotations

import time

from comicmaintainer.cli import output
from comicmaintainer.cli.progress import Progress
from comicmaintainer.jobs.engine.delays import Cause, Delay
from comicmaintainer.jobs.job_manager import JobManager
from comicmaintainer.jobs.model import Job, JobStatus

QUIET_S = 3.0
"""How long nothing has to happen before it is asked why."""


class DelayLines:
    """Follows one job, and says why it stands still."""

    def __init__(self, manager: JobManager) -> None:
        self._manager = manager
        self._seen = -1
        self._since = 0.0
        self._told: str | None = None

    def tell(self, job: Job, shown: Progress, *, knows_retries: bool) -> None:
        """Take in how the job stands, and say why it does not move if that is news.

        With `knows_retries` others have said already what is tried again, and when.
        """
        now = time.monotonic()
        if job.processed_items != self._seen:
            self._seen, self._since = job.processed_items, now
        if job.status is not JobStatus.PAUSED and now - self._since < QUIET_S:
            return
        reason = self._reason(job, knows_retries)
        if reason is not None and reason != self._told:
            shown.note(reason)
        self._told = reason

    def _reason(self, job: Job, knows_retries: bool) -> str | None:
        if job.status is JobStatus.PAUSED:
            return (
                f"Job {job.job_id} is paused. It goes on after: comicmaintainer jobs resume "
                f"{job.job_id}"
            )
        delay = self._manager.delays.of(job.job_id, time.time())
        if delay is None or (delay.cause is Cause.PUT_OFF and knows_retries):
            return None
        return _line(delay)


def _line(delay: Delay) -> str:
    match delay.cause:
        case Cause.SAME_FILE:
            return (
                f"Waiting: job {delay.job_id} is at work on {delay.item}, and only one job at a "
                "time works on a file."
            )
        case Cause.PUT_OFF:
            return f"Waiting: what is left is tried again at {output.when(delay.until)}."
        case _:
            return "Waiting: other jobs are at work first. See: comicmaintainer jobs overview"
