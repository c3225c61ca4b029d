"""Items of jobs: which worker holds them, and their results (SQL only).

Used by job_manager and worker. Invariants: an item in `processing` names the worker that holds it;
a result is accepted only with the token (worker, attempt) of that claim, in the transaction that
counts it; `attempt` only grows, so that no token is used twice; counters are maintained, never
recounted. Times are UTC epoch seconds.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from comicmaintainer.database import Database, Transaction, Turn
from comicmaintainer.errors import DatabaseError, WriteConflict
from comicmaintainer.jobs import statistics
from comicmaintainer.jobs.engine import waiting
from comicmaintainer.jobs.engine.claims import next_claims
from comicmaintainer.jobs.job_store import next_revision
from comicmaintainer.jobs.model import ClaimedItem, HandIn, ItemState
from comicmaintainer.jobs.result_marks import marks_of

BACKOFF_S = (5.0, 30.0, 180.0)
"""Waits before each retry of a retryable failure: three retries at most."""
_DETAILS = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=str)
# The token alone: an item that nobody holds names no worker, so its state adds nothing.
_HELD = "job_id = ? AND seq = ? AND worker_id = ? AND attempt = ?"
_RECORD_OUTCOME = (
    "UPDATE job_items SET state = ?, worker_id = NULL, not_before = ?, failures = failures + ?,"
    f" waits_for = NULL, closing = 0 WHERE {_HELD}"
)
RESULT = (
    "INSERT INTO job_results (job_id, item, success, error, details, seq, attempt, code,"
    " finished_at, duration_s, effect, group_key) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_COUNT = """
    UPDATE jobs SET
        processed_items = processed_items + :processed,
        failed_items = failed_items + :failed,
        status = CASE WHEN status IN ('processing', 'queued', 'paused')
                       AND processed_items + :processed >= total_items
                      THEN 'completed' ELSE status END,
        completed_at = CASE WHEN status IN ('processing', 'queued', 'paused')
                             AND processed_items + :processed >= total_items
                            THEN :now ELSE completed_at END,
        revision = :revision
    WHERE job_id = :job_id
"""


@dataclass(slots=True)
class Tally:
    """The increments of a job's counters in one transaction."""

    processed: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True)
class Accepted:
    """How many results of a hand-in were accepted, and which were refused."""

    count: int
    refused: Sequence[HandIn] = field(default_factory=tuple)


class ItemStore:
    """SQL of the `job_items` and `job_results` tables for workers."""

    def __init__(self, database: Database) -> None:
        self._database = database

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
    ) -> tuple[Accepted, list[ClaimedItem]]:
        """Hand in results and claim up to `wanted` new items, in one transaction.

        On a server these are two, so that many workers claim at once. See `claims.next_claims` for
        `limits`, `only_job` and `here`.
        """
        # All processes share the turn to write, so whatever needs no database is done before it.
        results = {id(one): _result_row(one, now) for one in done if _is_result(one)}
        rules = (wanted, kinds, now, limits or {}, only_job, here)
        if not self._database.dialect.locks_rows:
            with self._database.transaction(Turn.JOBS) as transaction:
                accepted = self._accept(transaction, done, results, now)
                return accepted, next_claims(transaction, worker_id, *rules)
        accepted = Accepted(0)
        if done:
            with self._database.transaction(Turn.JOBS) as transaction:
                accepted = self._accept(transaction, done, results, now)
        if not wanted:
            return accepted, []
        try:
            with self._database.transaction(Turn.ROWS) as transaction:
                return accepted, next_claims(transaction, worker_id, *rules)
        except DatabaseError as error:
            # What was handed in is stored. Two that claimed the same file can try again at once.
            if done or isinstance(error, WriteConflict):
                return accepted, []
            raise

    def release(self, claims: Sequence[ClaimedItem]) -> None:
        """Give back items that were claimed but not run."""
        with self._database.transaction(Turn.JOBS) as transaction:
            transaction.execute_many(
                f"UPDATE job_items SET state = 'queued', worker_id = NULL WHERE {_HELD}",
                [(c.job_id, c.seq, c.worker_id, c.attempt) for c in claims],
            )

    def holds(self, claim: ClaimedItem) -> bool:
        """Tell whether the worker still holds `claim` and its job is still processing."""
        row = self._database.row(
            f"SELECT 1 FROM job_items JOIN jobs USING (job_id) WHERE {_HELD}"
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
            f"SELECT 1 FROM job_items WHERE {_HELD}",
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

    # --- inside the transaction ------------------------------------------------------------------

    def _accept(
        self,
        transaction: Transaction,
        done: Sequence[HandIn],
        results: Mapping[int, tuple[Any, ...]],
        now: float,
    ) -> Accepted:
        """Record what is handed in; `results` are the rows of results by the hand-ins' `id()`."""
        taken = self._record_outcomes(transaction, done, now)
        tallies: dict[str, Tally] = defaultdict(Tally)
        waits = [hand_in for hand_in in taken if hand_in.outcome.waits_for is not None]
        counted = _without_last(transaction, [hand_in for hand_in in taken if _is_result(hand_in)])
        for hand_in in counted:
            tally = tallies[hand_in.claim.job_id]
            tally.processed += 1
            tally.failed += not hand_in.outcome.success
        transaction.execute_many(RESULT, [results[id(hand_in)] for hand_in in counted])
        if tallies:
            count(transaction, tallies, now)
            statistics.record_items(
                transaction,
                ((h.claim.kind, h.outcome.success, h.duration_s) for h in counted),
                now,
            )
        waiting.wake_waiters(transaction, waits, [(h.claim.job_id, h.claim.seq) for h in counted])
        kept = set(map(id, taken))
        return Accepted(len(counted), tuple(h for h in done if id(h) not in kept))

    def _record_outcomes(
        self, transaction: Transaction, done: Sequence[HandIn], now: float
    ) -> Sequence[HandIn]:
        """Record the items' outcomes, and return the hand-ins whose token was still current."""
        rows = [_outcome_row(hand_in, now) for hand_in in done]
        transaction.execute("SAVEPOINT outcomes")
        taken = done
        if transaction.execute_many(_RECORD_OUTCOME, rows) != len(done):
            # Rare: some were taken over. Only single updates show which.
            transaction.execute("ROLLBACK TO outcomes")
            pairs = zip(done, rows, strict=True)
            taken = [
                hand_in for hand_in, row in pairs if transaction.execute(_RECORD_OUTCOME, row) == 1
            ]
        transaction.execute("RELEASE outcomes")
        return taken


def count(transaction: Transaction, tallies: Mapping[str, Tally], now: float) -> None:
    """Add results to their jobs' counters, and complete the jobs that now have all of theirs."""
    revision = next_revision(transaction)
    transaction.execute_many(
        _COUNT,
        [
            {
                "job_id": job_id,
                "processed": tally.processed,
                "failed": tally.failed,
                "now": now,
                "revision": revision,
            }
            for job_id, tally in tallies.items()
        ],
    )


def _without_last(transaction: Transaction, counted: Sequence[HandIn]) -> Sequence[HandIn]:
    """Queue the last item of each closing job once more, and return all other hand-ins."""
    held_back: set[int] = set()
    for job_id in {h.claim.job_id for h in counted if h.outcome.closes and not h.claim.closing}:
        own = [hand_in for hand_in in counted if hand_in.claim.job_id == job_id]
        is_last = transaction.row(
            "SELECT 1 FROM jobs WHERE job_id = ? AND total_items > 1"
            " AND status IN ('queued', 'processing', 'paused')"
            " AND coalesce(processed_items, 0) + ? >= total_items",
            (job_id, len(own)),
        )
        if is_last is None:
            continue
        last = next(h for h in reversed(own) if h.outcome.closes and not h.claim.closing)
        transaction.execute(
            "UPDATE job_items SET state = 'queued', closing = 1 WHERE job_id = ? AND seq = ?",
            (job_id, last.claim.seq),
        )
        held_back.add(id(last))
    return [h for h in counted if id(h) not in held_back] if held_back else counted


def _is_result(hand_in: HandIn) -> bool:
    return hand_in.outcome.is_result and not _is_tried_again(hand_in)


def _is_tried_again(hand_in: HandIn) -> bool:
    outcome = hand_in.outcome
    has_failed = not outcome.success and outcome.is_result
    return has_failed and outcome.retryable and hand_in.claim.failures < len(BACKOFF_S)


def _outcome_row(hand_in: HandIn, now: float) -> tuple[Any, ...]:
    claim = hand_in.claim
    state, not_before, failures = ItemState.SUCCEEDED, 0.0, 0
    if not hand_in.outcome.is_result:
        state, not_before = ItemState.QUEUED, hand_in.outcome.not_before or 0.0
    elif _is_tried_again(hand_in):
        state, not_before, failures = ItemState.QUEUED, now + BACKOFF_S[claim.failures], 1
    elif not hand_in.outcome.success:
        state = ItemState.FAILED
    token = (claim.job_id, claim.seq, claim.worker_id, claim.attempt)
    return (state, not_before, failures, *token)


def _result_row(hand_in: HandIn, now: float) -> tuple[Any, ...]:
    claim, outcome = hand_in.claim, hand_in.outcome
    details = None
    if outcome.details is not None:
        details = _DETAILS.encode(outcome.details)
    return (
        claim.job_id,
        claim.item,
        int(outcome.success),
        outcome.error,
        details,
        claim.seq,
        claim.attempt,
        outcome.code,
        now,
        hand_in.duration_s,
        *marks_of(outcome, claim.item),
    )
