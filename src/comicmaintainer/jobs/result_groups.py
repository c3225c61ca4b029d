"""What the results of a job come to: counts by effect, groups of alike ones, and pages in order.

Reads the marks that results were stored with (result_marks), so that the work is done by indexes:
the counts of a job of 100,000 items take some milliseconds. The order is that of the job's items,
by `seq`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter

from comicmaintainer.database import Database, Row, paging
from comicmaintainer.jobs.model import JobResult
from comicmaintainer.jobs.result_marks import EFFECTS
from comicmaintainer.jobs.result_store import RESULT_COLUMNS, result_from_row

UNCHANGED = ""
"""The effect of a success that changed nothing."""
FEWEST_ALIKE = 3
"""How many results must be alike for a group."""
MOST_GROUPS = 20
_PAGE = 1000


@dataclass(frozen=True, slots=True)
class Alike:
    """Successful results of a job that have the same changes; `first` is one of them."""

    group: str
    items: int
    first: JobResult


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which results of a job to list.

    `effects` are those of the wanted successes, None for all; `failures` says whether failures are
    wanted. With `group` only the results of that group are listed, whatever the rest says; those of
    the groups `apart` are left out.
    """

    effects: Sequence[str] | None = None
    failures: bool = True
    group: str | None = None
    apart: Sequence[str] = ()

    @property
    def is_all(self) -> bool:
        """Whether every result is wanted."""
        return self.effects is None and self.failures and self.group is None and not self.apart


class ResultGroups:
    """SQL of the `job_results` table by the marks of results."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def effects(self, job_id: str) -> dict[str, int]:
        """Return how many successes of a job have each effect."""
        rows = self._database.rows(EFFECTS, (job_id,))
        return {row["effect"]: row["items"] for row in rows}

    def alike(self, job_id: str) -> list[Alike]:
        """Return the largest groups of successes with the same changes, the largest first."""
        rows = self._database.rows(
            f"SELECT {RESULT_COLUMNS}, group_key, items FROM ("
            "  SELECT count(*) AS items, min(seq) AS first_seq"
            "  FROM job_results WHERE job_id = ?1 AND group_key IS NOT NULL"
            "  GROUP BY group_key HAVING count(*) >= ?2"
            " ) AS alike JOIN job_results AS result"
            " ON result.job_id = ?1 AND result.seq = first_seq"
            " WHERE result.success <> 0 ORDER BY items DESC, first_seq LIMIT ?3",
            (job_id, FEWEST_ALIKE, MOST_GROUPS),
        )
        return [Alike(row["group_key"], row["items"], result_from_row(row)) for row in rows]

    def page(
        self, job_id: str, chosen: Chosen, *, limit: int = 100, after: int | None = None
    ) -> list[JobResult]:
        """Return a page of results in the order of the items; `after` is the seq of the last one.

        Results of the first release have no place in that order; they are on the first page.
        """
        rows = self._rows(job_id, chosen, limit, -1 if after is None else after)
        if after is None and not rows and chosen.is_all:
            rows = self._database.rows(
                f"SELECT {RESULT_COLUMNS} FROM job_results WHERE job_id = ? AND seq IS NULL"
                " ORDER BY id LIMIT ?",
                (job_id, limit),
            )
        return [result_from_row(row) for row in rows]

    def all(self, job_id: str, chosen: Chosen) -> Iterator[JobResult]:
        """Yield all results of a choice in the order of the items, a page in memory at a time."""

        def page_after(seq: int | None) -> list[JobResult]:
            return self.page(job_id, chosen, limit=_PAGE, after=seq)

        return paging.all_rows(page_after, attrgetter("seq"))

    def _rows(self, job_id: str, chosen: Chosen, limit: int, after: int) -> list[Row]:
        if chosen.group is not None:
            return self._database.rows(
                f"SELECT {RESULT_COLUMNS} FROM job_results"
                " WHERE job_id = ? AND group_key = ? AND seq > ? ORDER BY seq LIMIT ?",
                (job_id, chosen.group, after, limit),
            )
        if chosen.is_all:
            return self._database.rows(
                f"SELECT {RESULT_COLUMNS} FROM job_results WHERE job_id = ? AND seq > ?"
                " ORDER BY seq LIMIT ?",
                (job_id, after, limit),
            )
        return self._merged(job_id, chosen, limit, after)

    def _merged(self, job_id: str, chosen: Chosen, limit: int, after: int) -> list[Row]:
        """Return the first rows of several effects: each comes in order from the index."""
        effects = list(self.effects(job_id) if chosen.effects is None else chosen.effects)
        tests = ["effect = ?" for _ in effects] + ["effect IS NULL"] * chosen.failures
        if not tests:
            return []
        apart, outside = list(chosen.apart), ""
        if apart:
            marks = ", ".join("?" * len(apart))
            outside = f" AND (group_key IS NULL OR group_key NOT IN ({marks}))"
        parts, values = [], list[str | int]()
        for place, test in enumerate(tests):
            parts.append(
                f"SELECT * FROM (SELECT {RESULT_COLUMNS} FROM job_results"
                f" WHERE job_id = ? AND {test} AND seq > ?{outside} ORDER BY seq LIMIT ?)"
                f" AS part{place}"
            )
            values += [job_id, *effects[place : place + 1], after, *apart, limit]
        return self._database.rows(
            f"{' UNION ALL '.join(parts)} ORDER BY seq LIMIT ?", (*values, limit)
        )
