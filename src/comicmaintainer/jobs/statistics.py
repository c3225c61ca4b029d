"""Statistics of jobs, kept as rollups whose cost does not grow with history.

One row per kind, hour and duration bucket. A bucket spans a factor of 2^(1/2), so that a percentile
read from it is off by at most a fifth. Hours are given as the UTC epoch seconds of their start.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from comicmaintainer.database import Database, Transaction, Turn

HOUR_S = 3600
_SMALLEST_S = 0.0001
_STEPS_PER_DOUBLING = 2
LAST_BUCKET = 60
_COUNT_ITEMS = """
    INSERT INTO job_statistics (kind, hour, bucket, items, failed, busy_s)
    VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (kind, hour, bucket) DO UPDATE SET
        items = job_statistics.items + excluded.items,
        failed = job_statistics.failed + excluded.failed,
        busy_s = job_statistics.busy_s + excluded.busy_s
"""
_COUNT_WAITS = """
    INSERT INTO job_waits (kind, hour, bucket, jobs, waited_s) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (kind, hour, bucket) DO UPDATE SET
        jobs = job_waits.jobs + excluded.jobs, waited_s = job_waits.waited_s + excluded.waited_s
"""


def bucket_of(duration_s: float) -> int:
    """Return the number of the bucket that holds `duration_s`."""
    if duration_s <= _SMALLEST_S:
        return 0
    step = math.ceil(math.log2(duration_s / _SMALLEST_S) * _STEPS_PER_DOUBLING)
    return min(step, LAST_BUCKET)


def bucket_value_s(bucket: int) -> float:
    """Return the upper edge of a bucket in seconds."""
    return float(_SMALLEST_S * 2 ** (bucket / _STEPS_PER_DOUBLING))


def hour_of(at: float) -> int:
    """Return the start of the hour that contains `at`."""
    return int(at // HOUR_S) * HOUR_S


@dataclass(frozen=True, slots=True)
class Period:
    """The statistics of one kind in one span of time; durations and waits in seconds."""

    kind: str
    starts_at: int
    items: int
    failed: int
    busy_s: float
    p50_s: float | None
    p95_s: float | None
    jobs: int = 0
    wait_p50_s: float | None = None
    wait_p95_s: float | None = None


def record_items(
    transaction: Transaction, finished: Iterable[tuple[str, bool, float]], now: float
) -> None:
    """Count finished items, given as (kind, success, duration in seconds), at the end."""
    hour = hour_of(now)
    sums: dict[tuple[str, int], list[float]] = defaultdict(lambda: [0, 0, 0.0])
    for kind, success, duration_s in finished:
        entry = sums[kind, bucket_of(duration_s)]
        entry[0] += 1
        entry[1] += not success
        entry[2] += duration_s
    # In order, since many writers count at once on a server.
    for (kind, bucket), entry in sorted(sums.items()):
        transaction.at_end(_COUNT_ITEMS, (kind, hour, bucket, *entry))


def record_waits(transaction: Transaction, waits: Iterable[tuple[str, float]], now: float) -> None:
    """Count how long jobs waited before their first item was claimed: (kind, seconds) pairs.

    They are counted at the end.
    """
    counted: dict[tuple[str, int], tuple[int, float]] = {}
    for kind, waited_s in waits:
        key = (kind, bucket_of(waited_s))
        jobs, total_s = counted.get(key, (0, 0.0))
        counted[key] = (jobs + 1, total_s + waited_s)
    for (kind, bucket), (jobs, total_s) in sorted(counted.items()):
        transaction.at_end(_COUNT_WAITS, (kind, hour_of(now), bucket, jobs, total_s))


def percentile(buckets: Sequence[tuple[int, int]], share: float) -> float | None:
    """Return the upper edge of the bucket that holds the given share (0 to 1) of all counts.

    `buckets` are (bucket, count) pairs.
    """
    total = sum(count for _, count in buckets)
    if total == 0:
        return None
    seen = 0
    for bucket, count in sorted(buckets):
        seen += count
        if seen >= share * total:
            return bucket_value_s(bucket)
    return bucket_value_s(max(bucket for bucket, _ in buckets))


class Statistics:
    """Reads the rollups."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def periods(
        self, since: float, until: float, *, span_s: int = HOUR_S, kind: str | None = None
    ) -> list[Period]:
        """Return the statistics of each kind per span (a multiple of an hour), oldest first.

        Spans without work are left out.
        """
        arguments = {"since": hour_of(since), "until": until, "kind": kind, "span": span_s}
        chosen = "WHERE hour >= :since AND hour < :until AND (:kind IS NULL OR kind = :kind)"
        work: dict[tuple[int, str], list[tuple[int, int]]] = defaultdict(list)
        sums: dict[tuple[int, str], list[float]] = defaultdict(lambda: [0, 0, 0.0])
        for row in self._database.rows(
            "SELECT kind, hour / :span * :span AS at, bucket, sum(items) AS items,"
            f" sum(failed) AS failed, sum(busy_s) AS busy_s FROM job_statistics {chosen}"
            " GROUP BY 1, 2, 3",
            arguments,
        ):
            key = (row["at"], row["kind"])
            work[key].append((row["bucket"], row["items"]))
            for place, name in enumerate(("items", "failed", "busy_s")):
                sums[key][place] += row[name]
        waits: dict[tuple[int, str], list[tuple[int, int]]] = defaultdict(list)
        for row in self._database.rows(
            "SELECT kind, hour / :span * :span AS at, bucket, sum(jobs) AS jobs"
            f" FROM job_waits {chosen} GROUP BY 1, 2, 3",
            arguments,
        ):
            waits[row["at"], row["kind"]].append((row["bucket"], row["jobs"]))
        return [
            Period(
                kind=key[1],
                starts_at=key[0],
                items=int(sums[key][0]),
                failed=int(sums[key][1]),
                busy_s=sums[key][2],
                p50_s=percentile(work[key], 0.5),
                p95_s=percentile(work[key], 0.95),
                jobs=sum(count for _, count in waits[key]),
                wait_p50_s=percentile(waits[key], 0.5),
                wait_p95_s=percentile(waits[key], 0.95),
            )
            for key in sorted({*work, *waits})
        ]

    def expire(self, before: float) -> None:
        """Delete the hours before `before`."""
        with self._database.transaction(Turn.JOBS) as transaction:
            for table in ("job_statistics", "job_waits"):
                transaction.execute(f"DELETE FROM {table} WHERE hour < ?", (before,))
