"""Reports how far a job of the kind `identify` is: what it found, and what holds it up.

Used by following. The line comes now and then while it changes, and at the end of the job.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from comicmaintainer.cli import output
from comicmaintainer.cli.progress import Progress
from comicmaintainer.jobs.model import ENDED, Job
from comicmaintainer.matching.model import Level
from comicmaintainer.operations.declared.identify import KIND as IDENTIFY

if TYPE_CHECKING:
    from comicmaintainer.services import Services
    from comicmaintainer.services.identification_progress import Pace
    from comicmaintainer.services.identification_progress import Progress as Identified

LINE_EVERY_S = 60.0


class IdentifiedLines:
    """Follows one job; says nothing of jobs of other kinds."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._next_at = time.monotonic() + LINE_EVERY_S
        self._last_line = ""

    def report(self, job: Job, progress: Progress) -> None:
        """Print how far the job is, if it is time to."""
        is_over = job.status in ENDED
        if job.kind != IDENTIFY.name or (not is_over and time.monotonic() < self._next_at):
            return
        self._next_at = time.monotonic() + LINE_EVERY_S
        line = identified_line(self._services.identification_progress.of(job), job.total_items)
        if line != self._last_line:
            progress.note(line)
        self._last_line = line


def identified_line(found: Identified, total: int) -> str:
    """Return the sentence: "8 of 20 identified, 2 series wait for review; ComicVine allows …"."""
    text = f"{found.files[Level.CERTAIN]:,} of {total:,} identified"
    if unknown := found.files[Level.UNKNOWN]:
        text += f", {unknown:,} unknown"
    if found.series:
        text += f", {found.series:,} series {'waits' if found.series == 1 else 'wait'} for review"
    if found.pace is not None:
        pace = found.pace
        text += f"; {pace.source.title} allows {pace.limit}; {_end(pace)}"
    return f"{text}."


def _end(pace: Pace) -> str:
    """Say when the job is done; less exactly while little is known of what it needs."""
    if pace.done_at is not None:
        return f"done about {output.when(pace.done_at)}"
    earliest = output.when(pace.earliest_at)
    if pace.latest_at is None:
        return f"not done before {earliest}"
    return f"done between {earliest} and {output.when(pace.latest_at)}"
