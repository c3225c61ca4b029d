"""Errors of those who work on jobs: interruptions, and failures beside the work."""

from __future__ import annotations

from comicmaintainer.errors.base import ComicMaintainerError


class WorkerDied(ComicMaintainerError):
    """A thread that works on jobs has died of an unexpected error; the job is kept."""

    code = "worker_died"


class ItemInterrupted(ComicMaintainerError):
    """A running item must stop at its next safe point; it has changed nothing since the last."""

    code = "interrupted"


class LeaseLost(ItemInterrupted):
    """Another worker has taken over; results of this one will be refused."""

    code = "lease_lost"


class JobStopped(ItemInterrupted):
    """The job was paused or cancelled, or the worker is shutting down."""

    code = "job_stopped"
