"""How far a job of the kind `identify` is, and when the limits of its sources let it end.

Used by the API, the web pages and the command line. Times are UTC epoch seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from comicmaintainer.jobs.job_manager import JobManager
from comicmaintainer.jobs.model import Job, JobStatus
from comicmaintainer.library.matches.match_store import MatchStore
from comicmaintainer.matching.model import Level
from comicmaintainer.services.identification_forecast import (
    Forecast,
    JobCounts,
    forecast,
    main_details,
)
from comicmaintainer.sources.model import Asked, Limit, SourceInfo
from comicmaintainer.sources.sources import Sources

SHORTEST_WAIT_S = 60.0
"""A limit that holds a job up for less is not worth a word."""


@dataclass(frozen=True, slots=True)
class Pace:
    """The limit that holds a job up, and when the job has made its requests under it.

    While little is known of what the job needs, `done_at` is None, and the end lies between the
    other two; `latest_at` is None while nothing is known.
    """

    source: SourceInfo
    limit: Limit
    done_at: float | None
    earliest_at: float
    latest_at: float | None


@dataclass(frozen=True, slots=True)
class Progress:
    """The files of a job by level, what it left for a person, and what holds it up.

    `files` are those whose items are finished; `series` and `series_files` wait for review.
    """

    files: Mapping[Level, int]
    series: int
    series_files: int
    pace: Pace | None


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
        files = {level: counts.get(level, 0) for level in Level}
        series, series_files = self._matches.count_open(job.job_id)
        return Progress(files, series, series_files, self._pace(job, files[Level.CERTAIN]))

    def forecast(self, job: Job, certain: int) -> Forecast | None:
        """Return the forecast for the limit that holds a running job up the longest.

        `certain` of its files have ended so. Requests that others make meanwhile are counted too.
        """
        if job.status is not JobStatus.PROCESSING or job.started_at is None:
            return None
        found = self._forecasts(job, job.started_at, certain)
        return max(found, key=lambda each: each.done_at, default=None)

    def _pace(self, job: Job, certain: int) -> Pace | None:
        now = self._now()
        found = self.forecast(job, certain)
        if found is None or found.done_at < now + SHORTEST_WAIT_S:
            return None
        done_at = None if found.is_vague(now) else found.done_at
        return Pace(found.source, found.limit, done_at, found.earliest_at, found.latest_at)

    def _forecasts(self, job: Job, started_at: float, certain: int) -> Iterator[Forecast]:
        now = self._now()
        infos = [
            info
            for name in job.params.get("sources") or self._sources.active()
            if (info := self._sources.info(name)).limits
        ]
        known_since = {info.name: self._sources.known_since(info.name) for info in infos}
        asked = {name: self._sources.asked(name, since) for name, since in known_since.items()}
        matched = self._matches.count_groups(job.job_id, started_at)
        open_groups = self._open_groups(job, asked, matched)
        have_details_left = sum(main_details(each).details_waiting for each in asked.values())
        open_files = max(0, job.total_items - job.processed_items - have_details_left)
        ended = (
            {infos[0].name: certain}
            if len(infos) == 1
            else self._manager.results.count_by(job.job_id, "$.identified.issue.source")
        )
        for info in infos:
            since = max(started_at, known_since[info.name])
            counts = JobCounts(
                matched=matched,
                lately=self._matches.count_groups(job.job_id, since),
                open_groups=open_groups,
                files=job.total_items,
                open_files=open_files if open_groups else 0,
                details=ended.get(info.name, 0),
            )
            found = forecast(
                info,
                asked[info.name],
                counts,
                since=since,
                now=now,
                rests_until=self._sources.rests_until(info.name),
            )
            if found is not None:
                yield found

    def _open_groups(self, job: Job, asked: Mapping[str, tuple[Asked, ...]], matched: int) -> float:
        """How many groups wait for an answer, or are of items that no worker has looked at yet."""
        waiting = sum(each.waiting for resources in asked.values() for each in resources)
        unseen = self._manager.results.count_unseen(job.job_id)
        seen = job.total_items - unseen
        return waiting + (unseen * (matched + waiting) / seen if seen > 0 else unseen)


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
            "earliest_at": pace.earliest_at,
            "latest_at": pace.latest_at,
        },
    }
