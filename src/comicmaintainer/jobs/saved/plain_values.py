"""Templates and schedules as plain values, by the names that the API and --json use."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from comicmaintainer.jobs.saved.schedule_store import Schedule
from comicmaintainer.jobs.saved.schedules import in_words
from comicmaintainer.jobs.saved.template_store import JobTemplate


def template_of(template: JobTemplate) -> dict[str, Any]:
    """Return a template as plain values, by the names of the API; times in epoch seconds."""
    return {
        "template_id": template.template_id,
        "name": template.name,
        "description": template.description,
        "kind": template.kind,
        "selection": dict(template.selection),
        "params": dict(template.params),
        "priority": template.priority.name.lower(),
        "preview": template.preview,
        "builtin": template.builtin,
        "created_at": template.created_at,
        "updated_at": template.updated_at,
    }


def schedule_of(schedule: Schedule, next_runs: Sequence[float]) -> dict[str, Any]:
    """Return a schedule as plain values, by the names of the API; times in epoch seconds."""
    return {
        "schedule_id": schedule.schedule_id,
        "template_id": schedule.template_id,
        "name": schedule.name,
        "cron": schedule.cron,
        "run_at": schedule.run_at,
        "timezone": schedule.timezone,
        "missed": str(schedule.missed),
        "enabled": schedule.enabled,
        "in_words": in_words(schedule),
        "next_at": schedule.next_at,
        "next_runs": list(next_runs),
        "last_at": schedule.last_at,
        "last_job_id": schedule.last_job_id,
        "last_error": schedule.last_error,
    }
