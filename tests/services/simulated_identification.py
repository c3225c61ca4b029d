"""A job that identifies comics, reduced to the requests that it makes: who waits for which limit.

Each group of files asks for one thing after the other until it is matched; then each file that is
certain asks for its details. All groups come at once, as a job's first pass over its items does.
Requests of one resource are made in the order of their coming. Nothing else takes time.
"""

from __future__ import annotations

import random
from bisect import bisect_right
from collections import defaultdict, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from comicmaintainer.services.identification_forecast import JobCounts
from comicmaintainer.sources.model import Asked, SourceInfo
from comicmaintainer.sources.turns import known_s

LOST_S = 60.0
"""How long others wait for a request whose worker was killed."""


@dataclass(frozen=True, slots=True)
class Group:
    """Files that are matched together: what is asked until they are, and then for each file."""

    files: int
    asks: tuple[str, ...]
    certain: int
    details: str
    series_details: str | None = None


@dataclass(frozen=True, slots=True)
class Moment:
    """A run when so many files had ended: what the forecast is made of."""

    now: float
    ended: int
    asked: tuple[Asked, ...]
    counts: JobCounts
    since: float


@dataclass(slots=True)
class _Waiting:
    group: int
    stage: int
    """The place in the group's `asks`; beyond them, its files' details."""
    is_for_series: bool = False


class Run:
    """One run from its beginning, at time 0, to `ended_at`; `moments` come every few requests.

    Each request takes `request_s`, and no other one is made meanwhile.
    """

    def __init__(
        self,
        source: SourceInfo,
        groups: Sequence[Group],
        *,
        kills: int = 0,
        seed: int = 1,
        request_s: float = 0.0,
    ) -> None:
        self._source = source
        self._groups = groups
        self._chance = random.Random(seed)
        self._now = 0.0
        self._queues: dict[str, deque[_Waiting]] = defaultdict(deque)
        self._made: dict[tuple[str, bool], list[float]] = defaultdict(list)
        self._times: dict[str, list[float]] = defaultdict(list)  # "" stands for all resources
        self._matched_at: list[float] = []
        self._ended = self._with_details = 0
        self._has_series = set[int]()
        self._known_s = known_s(source.limits)
        self.moments: list[Moment] = []
        self._files = files = sum(group.files for group in groups)
        every = max(1, files // 50)
        expected = sum(len(group.asks) + group.certain for group in groups)
        kill_at = sorted(self._chance.sample(range(expected), kills))
        self._arrive()
        for number, resource in enumerate(self._turns()):
            if kill_at and number >= kill_at[0]:
                kill_at.pop(0)
                self._lose(resource)
                continue
            self._now += request_s
            before = self._ended // every
            self._answer(resource, self._queues[resource].popleft())
            if self._ended // every > before:
                self.moments.append(self._moment())
        self.ended_at = self._now
        assert self._ended == files

    def _arrive(self) -> None:
        for number, group in enumerate(self._groups):
            if group.asks:
                self._queues[group.asks[0]].append(_Waiting(number, 0))
            else:
                self._match(number)

    def _turns(self) -> Iterator[str]:
        """Yield the resource of each request, at the time when the limits allow it."""
        while any(self._queues.values()):
            at, resource = min(
                (self._allowed_at(resource), resource)
                for resource, queue in self._queues.items()
                if queue
            )
            self._now = max(self._now, at)
            is_for_details = self._is_for_details(self._queues[resource][0])
            self._made[resource, is_for_details].append(self._now)
            self._times[resource].append(self._now)
            self._times[""].append(self._now)
            yield resource

    def _allowed_at(self, resource: str) -> float:
        at = 0.0
        for limit in self._source.limits:
            times = self._times["" if limit.shared else resource]
            if len(times) >= limit.count:
                at = max(at, times[-limit.count] + limit.period_s)
        return at

    def _is_for_details(self, waiting: _Waiting) -> bool:
        return waiting.stage >= len(self._groups[waiting.group].asks)

    def _lose(self, resource: str) -> None:
        """Let the worker be killed before the answer came; the request is made again."""
        self._now += LOST_S * self._chance.random()

    def _answer(self, resource: str, waiting: _Waiting) -> None:
        group = self._groups[waiting.group]
        if self._is_for_details(waiting):
            needs_series = group.series_details and waiting.group not in self._has_series
            if needs_series and not waiting.is_for_series:
                self._has_series.add(waiting.group)
                self._queues[group.series_details or ""].append(
                    _Waiting(waiting.group, waiting.stage, is_for_series=True)
                )
                return
            self._ended += 1
            self._with_details += 1
        elif waiting.stage + 1 < len(group.asks):
            self._queues[group.asks[waiting.stage + 1]].append(
                _Waiting(waiting.group, waiting.stage + 1)
            )
        else:
            self._match(waiting.group)

    def _match(self, number: int) -> None:
        group = self._groups[number]
        self._matched_at.append(self._now)
        self._ended += group.files - group.certain
        self._queues[group.details] += [
            _Waiting(number, len(group.asks)) for _ in range(group.certain)
        ]

    def _moment(self) -> Moment:
        since = max(0.0, self._now - self._known_s)
        waiting = sum(
            self._is_for_details(each) and not each.is_for_series
            for queue in self._queues.values()
            for each in queue
        )
        names = {name for name, _ in self._made} | self._queues.keys()
        asked = tuple(self._asked(name) for name in sorted(names))
        counts = JobCounts(
            matched=len(self._matched_at),
            lately=sum(at >= since for at in self._matched_at),
            open_groups=len(self._groups) - len(self._matched_at),
            files=self._files,
            open_files=self._files - self._ended - waiting,
            details=self._with_details,
        )
        return Moment(self._now, self._ended, asked, counts, since)

    def _asked(self, resource: str) -> Asked:
        def lately(is_for_details: bool) -> tuple[float, ...]:
            made = self._made.get((resource, is_for_details), [])
            return tuple(made[bisect_right(made, self._now - self._known_s) :])

        waiting = [self._is_for_details(each) for each in self._queues[resource]]
        return Asked(
            resource, lately(False), lately(True), waiting.count(False), waiting.count(True)
        )
