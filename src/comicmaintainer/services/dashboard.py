"""The figures for dashboards, as one flat object of numbers.

Each is read from a count that is kept, or from an index, so that a dashboard may ask every few
seconds at a million files.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from comicmaintainer.jobs.model import JobStatus
from comicmaintainer.jobs.statistics import HOUR_S
from comicmaintainer.library.catalogue.model import FileState

if TYPE_CHECKING:
    from comicmaintainer.services import Services


@dataclass(frozen=True, slots=True)
class DashboardFigures:
    """What a dashboard shows; members are added, but none changes its name or meaning.

    `files` is the sum of the six states after it. `review` are the matches that wait for a person,
    `jobs_failed` those of the last hours that are still listed, `disks` the disks with a problem.
    """

    files: int
    unprocessed: int
    identified: int
    processed: int
    duplicates: int
    conflicts: int
    failed: int
    size_bytes: int
    series: int
    review: int
    jobs_running: int
    jobs_waiting: int
    jobs_paused: int
    jobs_failed: int
    items_last_hour: int
    failed_last_hour: int
    workers: int
    disks: int


def dashboard_figures(services: Services) -> DashboardFigures:
    """Return the figures as they are now."""
    states: Counter[str] = Counter()
    for (state, _format), files in services.listing.totals().items():
        states[state] += files
    manager, now = services.manager, services.now()
    jobs = manager.jobs.count_by_status()
    hour = manager.statistics.periods(now - HOUR_S, now)
    return DashboardFigures(
        files=states.total(),
        unprocessed=states[FileState.UNPROCESSED],
        identified=states[FileState.IDENTIFIED],
        processed=states[FileState.PROCESSED],
        duplicates=states[FileState.DUPLICATE],
        conflicts=states[FileState.CONFLICT],
        failed=states[FileState.FAILED],
        size_bytes=services.listing.size_bytes(),
        series=services.series_listing.count(),
        review=services.matches.count_waiting(),
        jobs_running=jobs.get(JobStatus.PROCESSING, 0),
        jobs_waiting=jobs.get(JobStatus.QUEUED, 0),
        jobs_paused=jobs.get(JobStatus.PAUSED, 0),
        jobs_failed=jobs.get(JobStatus.FAILED, 0),
        items_last_hour=sum(period.items for period in hour),
        failed_last_hour=sum(period.failed for period in hour),
        workers=len(manager.workforce.present()),
        disks=len(services.disks.all()),
    )
