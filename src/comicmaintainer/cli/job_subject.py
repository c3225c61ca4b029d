"""What a job is about and who asked for it, as the command line prints it."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from typing import Any

from comicmaintainer.cli import change_lines
from comicmaintainer.jobs.model import Job, Trigger


def subject(job: Job) -> str:
    """Return what a job is about; empty if that is not known (see jobs/about.py)."""
    match job.about:
        case {"all": True}:
            return "whole library"
        case {"filter": Mapping() as parts}:
            return _filter(parts)
        case {"folders": [*folders]}:
            return ", ".join(map(str, folders))
        case {"first": str(first)} if job.total_items == 1:
            return posixpath.basename(first)
        case {"folder": str(folder)}:
            return folder
    return ""


def asked_by(job: Job) -> str:
    """Return who asked for a job: the user, key or schedule by name, or the way that it came."""
    name = job.requested_by
    match job.trigger:
        case Trigger.API if name:
            return f"key {name}"
        case Trigger.SCHEDULE if name:
            return f"schedule {name}"
        case Trigger.WEB if name:
            return name
    return str(job.trigger)


def _filter(parts: Mapping[str, Any]) -> str:
    words = (
        f"{name.replace('_', ' ')} {change_lines.text(value)}" for name, value in parts.items()
    )
    return ", ".join(words)
