"""Page keys of job lists: the time and the id of the last job seen, as text."""

from __future__ import annotations

from comicmaintainer.errors import InvalidInput
from comicmaintainer.jobs.model import Job


def page_key(text: str | None) -> tuple[float, str] | None:
    """Return the (time, job id) that a key spells, or None for no key.

    Raises:
        InvalidInput: it is no key.
    """
    if text is None:
        return None
    at, separator, job_id = text.partition("~")
    try:
        if not separator:
            raise ValueError
        return float(at), job_id
    except ValueError:
        raise InvalidInput("'after' is not a page key of this list.", field="after") from None


def created_key_of(job: Job) -> str:
    """Return the key that continues after `job` in a list ordered by creation."""
    return f"{job.created_at!r}~{job.job_id}"


def ended_key_of(job: Job) -> str:
    """Return the key that continues after `job` in a list ordered by end."""
    return f"{job.completed_at!r}~{job.job_id}"
