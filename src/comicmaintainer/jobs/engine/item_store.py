"""Items of jobs: which worker holds them, and what workers exchange for them (SQL only).

Used by job_manager and worker. Invariants: an item in `processing` names the worker that holds it;
`attempt` only grows, so that no token (worker, attempt) is used twice. Times are UTC epoch seconds.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence

from comicmaintainer.database import Database, Turn
from comicmaintainer.errors import DatabaseError, WriteConflict
from comicmaintainer.jobs.engine.claims import Place, next_claims
from comicmaintainer.jobs.engine.hand_in import (
    HELD,
    Accepted,
    accept,
    is_result,
    result_row,
    turn_of,
)
from comicmaintainer.jobs.model import ClaimedItem, HandIn


class ItemStore:
    """SQL of the `job_items` and `job_results` tables for workers."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._place = Place()

    def exchange(
        self,
        worker_id: str,
        done: Sequence[HandIn],
        wanted: int,
        kinds: Collection[str],
        now: float,
        limits: Mapping[str, int] | None = None,
        only_job: str | None = None,
        here: Collection[int] = (),
        *,
        shares: bool = False,
    ) -> tuple[Accepted, list[ClaimedItem]]:
        """Hand in results and claim up to `wanted` new items, in one transaction.

        On a server these are two, so that a claim that fails costs no result. See
        `claims.next_claims` for `limits`, `only_job`, `here` and `shares`, which needs a server.
        """
        # Other processes wait for a writer, so whatever needs no database is done before.
        results = {id(one): result_row(one, now) for one in done if is_result(one)}
        rules = (wanted, kinds, now, limits or {}, only_job, here)
        if not self._database.dialect.locks_rows:
            with self._database.transaction(Turn.JOBS) as transaction:
                accepted = accept(transaction, done, results, now)
                return accepted, next_claims(transaction, worker_id, *rules)
        accepted = Accepted(0)
        if done:
            with self._database.transaction(turn_of(done)) as transaction:
                accepted = accept(transaction, done, results, now)
        if not wanted:
            return accepted, []
        try:
            with self._database.transaction(Turn.ROWS) as transaction:
                return accepted, next_claims(
                    transaction, worker_id, *rules, place=self._place, shares=shares
                )
        except DatabaseError as error:
            # What was handed in is stored. Two that claimed the same file can try again at once.
            if done or isinstance(error, WriteConflict):
                return accepted, []
            raise

    def release(self, claims: Sequence[ClaimedItem]) -> None:
        """Give back items that were claimed but not run."""
        with self._database.transaction(Turn.JOBS) as transaction:
            transaction.execute_many(
                f"UPDATE job_items SET state = 'queued', worker_id = NULL WHERE {HELD}",
                [(c.job_id, c.seq, c.worker_id, c.attempt) for c in claims],
            )

    def holds(self, claim: ClaimedItem) -> bool:
        """Tell whether the worker still holds `claim` and its job is still processing."""
        row = self._database.row(
            f"SELECT 1 FROM job_items JOIN jobs USING (job_id) WHERE {HELD}"
            " AND status = 'processing' AND deleting = 0",
            (claim.job_id, claim.seq, claim.worker_id, claim.attempt),
        )
        return row is not None

    def held(self, claims: Sequence[ClaimedItem]) -> set[int]:
        """Return the seqs of those of `claims`, all of one job, that `holds` is true of."""
        attempts = {claim.seq: claim.attempt for claim in claims}
        rows = self._database.rows(
            "SELECT seq, attempt FROM job_items JOIN jobs USING (job_id) WHERE job_id = ?"
            " AND seq IN (SELECT CAST(value AS BIGINT) FROM json_each(?)) AND worker_id = ?"
            " AND status = 'processing' AND deleting = 0",
            (claims[0].job_id, json.dumps(list(attempts)), claims[0].worker_id),
        )
        return {row["seq"] for row in rows if attempts[row["seq"]] == row["attempt"]}

    def still_claimed(self, claim: ClaimedItem) -> bool:
        """Tell whether the worker still holds `claim`, whatever the state of its job."""
        row = self._database.row(
            f"SELECT 1 FROM job_items WHERE {HELD}",
            (claim.job_id, claim.seq, claim.worker_id, claim.attempt),
        )
        return row is not None

    def is_running(self, job_id: str, seq: int) -> bool:
        """Tell whether a worker holds this item. A dead worker holds its items until the rescue."""
        row = self._database.row(
            "SELECT 1 FROM job_items WHERE job_id = ? AND seq = ? AND state = 'processing'",
            (job_id, seq),
        )
        return row is not None

    def is_pending(self, kind: str, item: str) -> bool:
        """Return whether a job of that kind still has this item to do."""
        row = self._database.row(
            "SELECT 1 FROM job_items JOIN jobs USING (job_id) WHERE item = ? AND kind = ?"
            " AND state IN ('queued', 'processing') AND deleting = 0"
            " AND status IN ('queued', 'processing', 'paused') LIMIT 1",
            (item, kind),
        )
        return row is not None

    def has_more(self, job_id: str) -> bool:
        """Tell whether items of the job wait for a worker."""
        row = self._database.row(
            "SELECT 1 FROM job_items WHERE job_id = ? AND state = 'queued' LIMIT 1", (job_id,)
        )
        return row is not None

    def wanted_jobs(self, job_ids: Collection[str]) -> set[str]:
        """Return those of `job_ids` whose items should keep running."""
        if not job_ids:
            return set()
        rows = self._database.rows(
            f"SELECT job_id FROM jobs WHERE job_id IN ({','.join('?' * len(job_ids))})"
            " AND status = 'processing' AND deleting = 0",
            tuple(job_ids),
        )
        return {row["job_id"] for row in rows}
