"""How far a job of the kind `identify` is, and when the limits of its sources let it end.

Used by the API, the web pages and the command line. Times are UTC epoch seconds.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from comicmaintainer.jobs.job_manager import JobManager
from comicmaintainer.jobs.model import Job, JobStatus
from comicmaintainer.library.matches.match_store import MatchStore
from comicmaintainer.matching.model import Level
from comicmaintainer.sources.model import Limit, SourceInfo
from comicmaintainer.sources.sources import Sources

SHORTEST_WAIT_S = 60.0
"""A limit that holds a job up for less is not worth a word."""


@dataclass(frozen=True, slots=True)
class Pace:
    """The limit that holds a job up, and when the job has made its requests under it."""

    source: SourceInfo
    limit: Limit
    done_at: float


@dataclass(frozen=True, slots=True)
class Progress:
    """The files of a job by level, what it left for a person, and what holds it up.

    `files` are those whose items are finished; `series` and `series_files` wait for review.
    """

    files: Mapping[Level, int]
    series: int
    series_files: int
    pace: Pace | None


@dataclass(frozen=True, slots=True)
class Use:
    """The requests of one resource that count against a limit.

    `requests` were made while the job finished `items`; `waits_s` is how long it is until each of
    those that count against the limit now no longer does.
    """

    source: SourceInfo
    limit: Limit
    requests: int
    items: int
    waits_s: Sequence[float]

    def wait_s(self, items_left: int) -> float:
        """Return how long it is until the last request for so many more items can be made."""
        needed = math.ceil(items_left * self.requests / self.items) if self.items else 0
        if not needed:
            return 0.0
        at_once = max(0, self.limit.count - len(self.waits_s))
        turns = [*[0.0] * at_once, *sorted(self.waits_s)][: self.limit.count]
        # Each request makes room for the next one a period later.
        periods, turn = divmod(needed - 1, len(turns))
        return turns[turn] + periods * self.limit.period_s


class IdentificationProgress:
    """The progress of jobs. Safe to use from several threads at once."""

    def __init__(
        self,
        manager: JobManager,
        matches: MatchStore,
        sources: Sources,
        *,
        now: Callable[[], float],
    ) -> None:
        self._manager = manager
        self._matches = matches
        self._sources = sources
        self._now = now

    def of(self, job: Job) -> Progress:
        """Return the progress of a job; of a job of another kind, nothing is identified."""
        counts = self._manager.results.count_by(job.job_id, "$.identified.level")
        series, series_files = self._matches.count_open(job.job_id)
        return Progress(
            {level: counts.get(level, 0) for level in Level}, series, series_files, self._pace(job)
        )

    def _pace(self, job: Job) -> Pace | None:
        """Return the limit that holds the job up the longest.

        What each item needs is taken from what was asked since the job began, or within the period
        of the limit; requests that others make meanwhile are among them.
        """
        if job.status is not JobStatus.PROCESSING or job.started_at is None:
            return None
        items_left = job.total_items - job.processed_items
        waits = ((use.wait_s(items_left), use) for use in self._uses(job, job.started_at))
        wait_s, use = max(waits, key=lambda wait: wait[0], default=(0.0, None))
        if use is None or wait_s < SHORTEST_WAIT_S:
            return None
        return Pace(use.source, use.limit, self._now() + wait_s)

    def _uses(self, job: Job, started_at: float) -> Iterator[Use]:
        now = self._now()
        for name in job.params.get("sources") or self._sources.active():
            info = self._sources.info(name)
            for limit in info.limits:
                begins_at = now - limit.period_s
                since = max(begins_at, started_at)
                items = (
                    job.processed_items
                    if since == started_at
                    else self._manager.results.count_since(job.job_id, since)
                )
                spent = _by_limit(self._sources.requests_since(name, begins_at), limit)
                for times in spent.values():
                    made = sum(at > since for at in times)
                    waits_s = [at + limit.period_s - now for at in times]
                    yield Use(info, limit, made, items, waits_s)


def progress_of(progress: Progress) -> dict[str, Any]:
    """Return the progress as plain values, by the names that the API uses."""
    pace = progress.pace
    return {
        "files": {str(level): count for level, count in progress.files.items()},
        "waiting": {"matches": progress.series, "files": progress.series_files},
        "pace": None
        if pace is None
        else {
            "source": pace.source.name,
            "title": pace.source.title,
            "limit": str(pace.limit),
            "done_at": pace.done_at,
        },
    }


def _by_limit(
    requests: Mapping[str, Sequence[float]], limit: Limit
) -> Mapping[str, Sequence[float]]:
    """The times of each resource's requests, or of all together where the limit is shared."""
    return {"": [at for times in requests.values() for at in times]} if limit.shared else requests
