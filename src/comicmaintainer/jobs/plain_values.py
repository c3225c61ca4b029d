"""Jobs and results as plain values, by the names that the API, the event stream and --json use."""

from __future__ import annotations

from typing import Any

from comicmaintainer.errors import InvalidInput
from comicmaintainer.jobs.model import Job, JobResult, Priority


def status_of(job: Job) -> dict[str, Any]:
    """Return a job as plain values, by the names of the API."""
    return {
        "job_id": job.job_id,
        "status": str(job.status),
        "kind": job.kind,
        "title": job.title,
        "trigger": str(job.trigger),
        "preview": job.preview,
        "priority": job.priority.name.lower(),
        "params": dict(job.params),
        "total_items": job.total_items,
        "processed_items": job.processed_items,
        "failed_items": job.failed_items,
        "progress": job.progress,
        "error": job.error,
        "created_at": job.created_at,
        "started_at": job.started_at,
        "completed_at": job.completed_at,
        "source_job_id": job.source_job_id,
        "requested_by": job.requested_by,
        "about": dict(job.about),
        "revision": job.revision,
        "archived": job.archived,
    }


def result_of(result: JobResult) -> dict[str, Any]:
    """Return a result as plain values, by the names of the API."""
    return {
        "id": result.result_id,
        "item": result.item,
        "success": result.success,
        "error": result.error,
        "code": result.code,
        "details": None if result.details is None else dict(result.details),
        "attempt": result.attempt,
        "finished_at": result.finished_at,
        "duration_s": result.duration_s,
    }


def parse_priority(text: str) -> Priority:
    """Return the priority with that name.

    Raises:
        InvalidInput: there is no such priority.
    """
    try:
        return Priority[text.upper()]
    except KeyError:
        names = ", ".join(priority.name.lower() for priority in Priority)
        raise InvalidInput(
            f"There is no priority {text!r}. Allowed: {names}.", field="priority"
        ) from None
