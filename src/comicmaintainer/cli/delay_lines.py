"""Reports why a job is not moving: each reason once, until it changes.

Used by following. Nothing is printed while the job moves, or in the first seconds.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from comicmaintainer.cli import output
from comicmaintainer.cli.progress import Progress
from comicmaintainer.jobs.engine.delays import Cause, Delay
from comicmaintainer.jobs.model import Job, JobStatus

if TYPE_CHECKING:
    from comicmaintainer.jobs.job_manager import JobManager

QUIET_S = 3.0
"""How long a job stands still before the reason is looked up."""


class DelayLines:
    """Follows one job and prints why it stands still."""

    def __init__(self, manager: JobManager) -> None:
        self._manager = manager
        self._processed = -1
        self._since = 0.0
        self._last_reason: str | None = None

    def report(self, job: Job, progress: Progress, *, retries_reported: bool) -> None:
        """Note the job's progress, and print why it does not move unless that was the last reason.

        With `retries_reported` the worker itself reports retries, so they are left out here.
        """
        now = time.monotonic()
        if job.processed_items != self._processed:
            self._processed, self._since = job.processed_items, now
        if job.status is not JobStatus.PAUSED and now - self._since < QUIET_S:
            return
        reason = self._reason(job, retries_reported)
        if reason is not None and reason != self._last_reason:
            progress.note(reason)
        self._last_reason = reason

    def _reason(self, job: Job, retries_reported: bool) -> str | None:
        if job.status is JobStatus.PAUSED:
            return (
                f"Job {job.job_id} is paused. Resume it with: comicmaintainer jobs resume "
                f"{job.job_id}"
            )
        delay = self._manager.delay_of(job.job_id)
        if delay is None or (delay.cause is Cause.PUT_OFF and retries_reported):
            return None
        return _line(delay)


def _line(delay: Delay) -> str:
    match delay.cause:
        case Cause.SAME_FILE:
            return (
                f"Waiting: job {delay.job_id} is working on {delay.item}. Only one job at a time "
                "works on a file."
            )
        case Cause.PUT_OFF:
            return f"Waiting: the remaining items are tried again at {output.when(delay.until)}."
        case Cause.UNSEEN:
            return "Waiting: a media server has to see what has changed so far."
        case Cause.ROOT:
            last = ""
            if delay.host is not None and delay.seen_at is not None:
                last = f" (last seen on {delay.host} at {output.when(delay.seen_at)})"
            return f"Waiting for {delay.item}: no host has it mounted{last}."
        case _:
            return "Waiting: other jobs go first. See: comicmaintainer jobs overview"
