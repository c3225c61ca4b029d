"""The forecast of a job's end, held against how simulated jobs end."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from comicmaintainer.services.identification_forecast import (
    Forecast,
    JobCounts,
    Need,
    forecast,
    needs,
    wait_s,
)
from comicmaintainer.sources import anilist, comicvine, metron
from comicmaintainer.sources.model import Asked, Limit, SourceInfo
from tests.services.simulated_identification import LOST_S, Group, Moment, Run

AN_HOUR = Limit(200, 3600.0)
AN_HOUR_ONLY = replace(comicvine.INFO, limits=(AN_HOUR,))


def sizes(chance: random.Random) -> int:
    """How many files a group has: mostly few, sometimes a long series."""
    return chance.choice((1, 1, 2, 4, 5, 8, 12, chance.randint(12, 60)))


def singles(chance: random.Random) -> int:
    return 1


def comicvine_groups(files: int, size: Callable[[random.Random], int], seed: int) -> list[Group]:
    chance = random.Random(seed)
    groups = []
    while files > 0:
        count = min(files, size(chance))
        files -= count
        asks = ["search"] * chance.choice((1, 1, 1, 2)) + ["issues"] * chance.choice((1, 1, 2, 3))
        is_known = chance.random() < 0.85
        groups.append(Group(count, tuple(asks), count if is_known else 0, "issue", "volume"))
    return groups


def metron_groups(files: int, size: Callable[[random.Random], int], seed: int) -> list[Group]:
    chance = random.Random(seed)
    groups = []
    while files > 0:
        count = min(files, size(chance))
        files -= count
        asks = ("series", *["issue"] * chance.choice((1, 2)))
        groups.append(Group(count, asks, count if chance.random() < 0.9 else 0, "issue"))
    return groups


def manga_groups(files: int, size: Callable[[random.Random], int], seed: int) -> list[Group]:
    chance = random.Random(seed)
    groups = []
    while files > 0:
        count = min(files, size(chance) + 5)
        files -= count
        groups.append(Group(count, ("graphql",) * chance.choice((1, 2)), 1, "graphql"))
    return groups


def forecast_at(source: SourceInfo, moment: Moment) -> Forecast:
    found = forecast(source, moment.asked, moment.counts, since=moment.since, now=moment.now)
    assert found is not None
    return found


def worst_error(source: SourceInfo, run: Run, files: int) -> float:
    """The largest error from a tenth of the files on, as a part of the whole time."""
    return max(
        abs(forecast_at(source, each).done_at - run.ended_at) / run.ended_at
        for each in run.moments
        if each.ended * 10 >= files
    )


RUNS = {
    "20,000 at ComicVine, killed 50 times": (comicvine.INFO, comicvine_groups, 20_000, sizes, 50),
    "20,000 by an hour's limit alone": (AN_HOUR_ONLY, comicvine_groups, 20_000, sizes, 0),
    "2,000 at ComicVine, killed 50 times": (comicvine.INFO, comicvine_groups, 2000, sizes, 50),
    "groups of one file": (comicvine.INFO, comicvine_groups, 6000, singles, 10),
    "20,000 at Metron": (metron.INFO, metron_groups, 20_000, sizes, 20),
    "5,000 at AniList": (anilist.INFO, manga_groups, 5000, sizes, 5),
}
SHORT_RUNS = {
    "600 at ComicVine": (comicvine.INFO, comicvine_groups, 600, sizes, 5),
    "1,000 at Metron": (metron.INFO, metron_groups, 1000, sizes, 0),
}


def forecasts(run: Run, source: SourceInfo) -> Iterator[tuple[Moment, Forecast]]:
    """The forecasts from a tenth of the files on."""
    for moment in run.moments:
        if moment.ended * 10 >= moment.counts.files:
            found = forecast(
                source, moment.asked, moment.counts, since=moment.since, now=moment.now
            )
            assert found is not None
            yield moment, found


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("name", RUNS)
def test_the_end_is_right_within_a_fifth_from_a_tenth_on(name: str, seed: int) -> None:
    source, groups, files, size, kills = RUNS[name]
    run = Run(source, groups(files, size, seed), kills=kills, seed=seed)
    found = [each for _, each in forecasts(run, source)]
    assert len(found) >= 40
    assert max(abs(each.done_at - run.ended_at) for each in found) <= run.ended_at / 5


@pytest.mark.parametrize("request_s", [30.0, 60.0])
def test_what_a_busy_computer_manages_counts_where_it_is_less_than_a_limit(
    request_s: float,
) -> None:
    groups = comicvine_groups(4000, sizes, 1)
    run = Run(comicvine.INFO, groups, request_s=request_s)
    found = [each for _, each in forecasts(run, comicvine.INFO)]
    assert max(abs(each.done_at - run.ended_at) for each in found) <= run.ended_at / 5


def test_a_pause_of_the_source_is_not_taken_for_its_pace() -> None:
    now = 100_000.0
    made = tuple(now - 60 + 0.5 * number for number in range(100))
    asked = (Asked("issue", details_made_at=made, details_waiting=300),)
    found = forecast(comicvine.INFO, asked, counts(open_groups=0, open_files=0), since=0.0, now=now)
    assert found is not None
    assert found.done_at <= now + 2 * 3600


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("name", SHORT_RUNS)
def test_where_a_tenth_is_too_little_to_know_the_end_a_span_says_so(name: str, seed: int) -> None:
    source, groups, files, size, kills = SHORT_RUNS[name]
    run = Run(source, groups(files, size, seed), kills=kills, seed=seed)
    for moment, found in forecasts(run, source):
        if abs(found.done_at - run.ended_at) > run.ended_at / 5:
            assert found.is_vague(moment.now)
            assert found.earliest_at <= run.ended_at + LOST_S
            assert found.latest_at is None or found.latest_at >= run.ended_at - LOST_S


def test_requests_are_made_when_earlier_ones_stop_counting() -> None:
    now = 10_000.0
    assert wait_s(0, AN_HOUR, [now] * 200, now=now) == 0.0
    assert wait_s(150, AN_HOUR, [now] * 50, now=now) == 0.0
    assert wait_s(151, AN_HOUR, [now] * 50, now=now) == 3600.0
    assert wait_s(200, AN_HOUR, [now - 3540] * 200, now=now) == 60.0
    assert wait_s(201, AN_HOUR, [now - 3540] * 200, now=now) == 3660.0
    assert wait_s(1, AN_HOUR, [now - 3600] * 200, now=now) == 0.0


def counts(**values: float) -> JobCounts:
    return JobCounts(**({  # type: ignore[arg-type]
        "matched": 10, "lately": 10, "open_groups": 5, "files": 60, "open_files": 20, "details": 30
    } | values))  # fmt: skip


def test_what_is_left_is_what_waits_and_what_open_groups_need() -> None:
    asked = (
        Asked("search", made_at=(1.0,) * 20, waiting=4),
        Asked("issue", details_made_at=(1.0,) * 30, details_waiting=10),
        Asked("volume", details_made_at=(1.0,) * 10),
    )
    left = needs(asked, counts(), since=0.0, has_issue_details=True)
    # Two searches for each group: of one more group, and perhaps a second one of each that waits.
    assert left["search"] == Need(4, 2 * 1 + 4 / 2)
    # 40 files that are not open have 40 details, so that the 20 others will have 20.
    assert left["issue"] == Need(10, 20)
    # A quarter of the issues need another request for their series.
    assert left["volume"] == Need(0, (10 + 20) / 4)


def test_a_source_of_series_is_asked_for_details_once_for_each() -> None:
    asked = (Asked("graphql", made_at=(1.0,) * 10, details_waiting=8),)
    left = needs(asked, counts(details=0), since=0.0, has_issue_details=False)
    assert left["graphql"] == Need(8, 5 + 5 * 0.8)


def test_a_source_without_limits_holds_nothing_up() -> None:
    source = replace(comicvine.INFO, limits=())
    assert forecast(source, (), counts(), since=0.0, now=0.0) is None
