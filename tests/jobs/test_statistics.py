"""Figures by kind and hour, from rollups."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comicmaintainer.database import Database
from comicmaintainer.jobs import statistics
from comicmaintainer.jobs.job_manager import JobManager
from comicmaintainer.jobs.model import JobRequest
from comicmaintainer.jobs.statistics import HOUR_S, hour_of
from tests.kit.clock import Clock
from tests.kit.hand_worker import DONE, FAILED, HandWorker


def test_items_and_failures_are_counted_by_kind_and_hour(
    manager: JobManager, worker: HandWorker, clock: Clock
) -> None:
    start = hour_of(clock())
    manager.submit(JobRequest("tag", ["a", "b", "c"]))
    first, *rest = worker.claim()
    worker.hand_in([first], FAILED, duration_s=2.0)
    clock.advance(HOUR_S)
    worker.hand_in(rest, DONE, duration_s=0.5)
    manager.submit(JobRequest("verify", ["d"]))
    worker.run_all()
    periods = manager.statistics.periods(start, clock() + 1)
    assert [(p.kind, p.starts_at, p.items, p.failed) for p in periods] == [
        ("tag", start, 1, 1),
        ("tag", start + HOUR_S, 2, 0),
        ("verify", start + HOUR_S, 1, 0),
    ]
    assert periods[0].busy_s == pytest.approx(2.0)


def test_hours_are_summed_to_days(manager: JobManager, worker: HandWorker, clock: Clock) -> None:
    clock.at = 20_000 * 86400.0
    for number in range(24):
        manager.submit(JobRequest("tag", [f"{number}"]))
        worker.run_all()
        clock.advance(HOUR_S)
    (day,) = manager.statistics.periods(20_000 * 86400, clock(), span_s=86400)
    assert (day.items, day.starts_at) == (24, 20_000 * 86400)


def test_waiting_time_runs_from_request_to_first_claim(
    manager: JobManager, worker: HandWorker, clock: Clock
) -> None:
    manager.submit(JobRequest("tag", ["a", "b"]))
    clock.advance(90)
    worker.claim(1)
    clock.advance(500)
    worker.claim(1)
    (period,) = manager.statistics.periods(0, clock() + HOUR_S)
    assert period.jobs == 1
    assert period.wait_p50_s == pytest.approx(90, rel=0.42)


def test_item_tried_again_and_refused_result_are_not_counted(
    database: Database, manager: JobManager, worker: HandWorker, clock: Clock
) -> None:
    manager.submit(JobRequest("tag", ["a"]))
    claims = worker.claim()
    worker.die()
    worker.hand_in(claims)
    assert database.value("SELECT count(*) FROM job_statistics") == 0


def test_cost_of_figures_does_not_grow_with_the_items(
    database: Database, manager: JobManager, worker: HandWorker
) -> None:
    manager.submit(JobRequest("tag", [f"{number}" for number in range(500)]))
    while claims := worker.claim(7):
        worker.hand_in(claims, duration_s=0.02)
    assert database.value("SELECT count(*) FROM job_statistics") == 1


@given(st.lists(st.floats(0.0001, 3600), min_size=1, max_size=200), st.floats(0.01, 1))
def test_percentile_is_the_true_one_rounded_up_by_less_than_half(
    durations: list[float], share: float
) -> None:
    counts: dict[int, int] = {}
    for duration in durations:
        bucket = statistics.bucket_of(duration)
        counts[bucket] = counts.get(bucket, 0) + 1
    found = statistics.percentile(list(counts.items()), share)
    ordered = sorted(durations)
    place = next(n for n in range(len(ordered)) if n + 1 >= share * len(ordered))
    assert found is not None
    assert ordered[place] <= found * 1.000001
    assert found <= max(0.0001, ordered[place]) * 1.415


def test_percentile_of_nothing_is_absent() -> None:
    assert statistics.percentile([], 0.5) is None
