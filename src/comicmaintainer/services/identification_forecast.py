"""When a job that identifies comics has made its requests, by what each limit allows (pure).

    requests left = those that wait + what groups that are not matched yet need, by those that are
    each of them is made when an earlier one stops counting against the limit, or at the pace of
    lately if that used up no limit

Used by identification_progress. What waits is known exactly: each group of files that is not
matched waits for one answer, and each matched file for its details. Times are UTC epoch seconds.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from comicmaintainer.sources import turns
from comicmaintainer.sources.model import Asked, Limit, SourceInfo

SPREAD = 3.0
"""How far groups may differ in what they need, as a part of their mean: two or three standard
deviations. The error of a mean of many groups is smaller, by the root of their number."""
FULL_USE = 0.78
"""A limit of which so much was used lately is what holds a job up, and nothing else."""
MOST_DOUBT = 0.2
"""An estimate that may be further off than this part of the time left is given as a span."""


@dataclass(frozen=True, slots=True)
class JobCounts:
    """How far a job is.

    `matched` groups of files were matched since the job began, `lately` of them since the requests
    that are known; `open_groups` wait for an answer, or nobody has looked at them. Of the files,
    `open_files` belong to open groups; of all others, `details` have ended with what the source
    knows of their issues.
    """

    matched: int
    lately: int
    open_groups: float
    files: int
    open_files: int
    details: int


@dataclass(frozen=True, slots=True)
class Need:
    """Requests that are left: those that wait, and those that are expected besides."""

    waiting: int = 0
    expected: float = 0.0

    def __add__(self, other: Need) -> Need:
        return Need(self.waiting + other.waiting, self.expected + other.expected)


@dataclass(frozen=True, slots=True)
class Forecast:
    """The limit that holds a job up the longest, and when the job has made its requests under it.

    `latest_at` is None while it is not known what groups need.
    """

    source: SourceInfo
    limit: Limit
    earliest_at: float
    done_at: float
    latest_at: float | None

    def is_vague(self, now: float) -> bool:
        """Whether too little is known to name one time instead of a span."""
        if self.latest_at is None:
            return True
        doubt_s = max(self.done_at - self.earliest_at, self.latest_at - self.done_at)
        return doubt_s > MOST_DOUBT * (self.done_at - now)


def forecast(
    source: SourceInfo,
    asked: Sequence[Asked],
    job: JobCounts,
    *,
    since: float,
    now: float,
    rests_until: float = 0.0,
) -> Forecast | None:
    """Return the forecast for a source's slowest limit; None for a source without limits.

    `asked` are the requests of as long as any limit counts them; those after `since` are of the
    job, and `job.lately` counts the groups of the same time.
    """
    if not source.limits:
        return None
    left = needs(asked, job, since=since, has_issue_details=source.has_issue_details)
    doubt = SPREAD / math.sqrt(job.matched) if job.matched else math.inf
    begins_at = max(now, rests_until)
    found = [
        _Ends(limit, times, need, begins_at).forecast(source, limit, doubt)
        for limit in source.limits
        for times, need in _by_limit(asked, left, limit)
    ]
    slowest = max(source.limits, key=lambda limit: limit.period_s)
    pace = managed(source, slowest, asked, since=since, now=now)
    if pace is not None:
        for times, need in _by_limit(asked, left, pace):
            found.append(_Ends(pace, times, need, begins_at).forecast(source, slowest, doubt))
    return max(found, key=lambda each: each.done_at, default=None)


def managed(
    source: SourceInfo, slowest: Limit, asked: Sequence[Asked], *, since: float, now: float
) -> Limit | None:
    """Return what was made of all resources together lately, where it used up no limit.

    A busy computer, or a source that answers slowly, is what holds the job up then. Nothing is
    known of a job that began lately.
    """
    known_s = turns.known_s(source.limits)
    if since > now - known_s:
        return None
    used_up = FULL_USE * slowest.count * known_s / slowest.period_s
    by_resource = [[*each.made_at, *each.details_made_at] for each in asked]
    all_made = [at for times in by_resource for at in times]
    if max(map(len, [all_made] if slowest.shared else by_resource), default=0) >= used_up:
        return None
    # After a pause of the source, what was made since is what counts.
    over_s = max(now - min(all_made, default=now), known_s / 10)
    made = round(len(all_made) * slowest.period_s / over_s)
    return Limit(made, slowest.period_s, shared=True) if made else None


def needs(
    asked: Iterable[Asked], job: JobCounts, *, since: float, has_issue_details: bool
) -> Mapping[str, Need]:
    """Return what is left to be asked of each resource."""
    asked = tuple(asked)
    main = main_details(asked)
    all_details = len(main.details_made_at) + main.details_waiting
    all_expected = _details_expected(main, job, has_issue_details=has_issue_details)
    found = {}
    for each in asked:
        made = sum(at > since for at in each.made_at)
        to_match = made / job.lately if job.lately else 0.0
        expected = to_match * max(0.0, job.open_groups - each.waiting)
        expected += max(0.0, to_match - 1) * each.waiting / 2
        if each is main:
            expected += all_expected
        elif all_details:
            share = (len(each.details_made_at) + each.details_waiting) / all_details
            # A series is asked for once: each open group, or file that waits, needs one at most.
            most = job.open_groups + main.details_waiting
            expected += min(most, share * (main.details_waiting + all_expected))
        found[each.resource] = Need(each.waiting + each.details_waiting, expected)
    return found


def main_details(asked: Iterable[Asked]) -> Asked:
    """Return the resource that each file's details are of.

    They may need a request of another resource too, such as for its series.
    """
    return max(
        asked,
        key=lambda each: len(each.details_made_at) + each.details_waiting,
        default=Asked(""),
    )


def _details_expected(main: Asked, job: JobCounts, *, has_issue_details: bool) -> float:
    """The requests for details that do not wait yet, because their files are not matched."""
    known = job.details + main.details_waiting
    if has_issue_details:
        return job.open_files * known / max(1, job.files - job.open_files)
    return job.open_groups * min(1.0, known / max(1, job.matched))


def wait_s(needed: float, limit: Limit, counted_at: Iterable[float], *, now: float) -> float:
    """Return how long it is until the last of so many requests can be made under a limit.

    Those of `counted_at` count against it; each makes room for another a period later.
    """
    requests = math.ceil(needed)
    if requests <= 0:
        return 0.0
    ends = sorted(at + limit.period_s for at in counted_at if at + limit.period_s > now)
    at_once = max(0, limit.count - len(ends))
    free_at = [*[now] * at_once, *ends][: limit.count]
    periods, turn = divmod(requests - 1, len(free_at))
    return free_at[turn] + periods * limit.period_s - now


@dataclass(frozen=True, slots=True)
class _Ends:
    """When so many requests, and perhaps more or fewer, have been made at a pace."""

    pace: Limit
    times: Sequence[float]
    need: Need
    begins_at: float

    def at(self, part: float) -> float:
        """When those that wait, and this part of those that are expected, have been made."""
        needed = self.need.waiting + part * self.need.expected
        return self.begins_at + wait_s(needed, self.pace, self.times, now=self.begins_at)

    def forecast(self, source: SourceInfo, limit: Limit, doubt: float) -> Forecast:
        latest_at = None if math.isinf(doubt) else self.at(1 + doubt)
        return Forecast(source, limit, self.at(max(0.0, 1 - doubt)), self.at(1.0), latest_at)


def _by_limit(
    asked: Iterable[Asked], left: Mapping[str, Need], limit: Limit
) -> Iterator[tuple[list[float], Need]]:
    """Yield the times of the requests that count together, and what is left of their resources."""
    times = {each.resource: [*each.made_at, *each.details_made_at] for each in asked}
    if not limit.shared:
        yield from ((times[resource], need) for resource, need in left.items())
    elif times:
        yield [at for each in times.values() for at in each], sum(left.values(), Need())
