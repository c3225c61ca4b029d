"""Items of jobs: claims, leases and results (SQL only).

Used by job_manager and worker. Invariants: an item in `processing` names the worker that holds it;
a result is accepted only with the token (worker, attempt) of that claim, in the transaction that
counts it; `attempt` only ever grows, so that no token is given twice; counters are kept, never
counted. Times are UTC epoch seconds.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from comicmaintainer.database import Database, Row, Transaction
from comicmaintainer.jobs import statistics, waiting
from comicmaintainer.jobs.job_store import next_revision
from comicmaintainer.jobs.model import ClaimedItem, HandIn, ItemState, Priority, Trigger

AGEING_S = 600
"""A job that got no claim for this long counts as one level more urgent, and so on."""
BACKOFF_S = (5.0, 30.0, 180.0)
"""How long to wait before a retryable failure is tried again: three times at most."""
SUSPICIOUS_LOSSES = 3
"""An item whose worker was lost this often comes last, and alone: it may kill its workers."""

_DETAILS = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=str)
# What the command line may do here, the record of an imported job may not claim for itself.
_JOB = (
    "job_id, kind, params, preview, source_job_id, status, created_at, priority,"
    " CASE WHEN imported = 1 AND trigger = 'cli' THEN 'api' ELSE trigger END AS trigger, imported,"
    " min(4, priority + cast((:now - coalesce(last_claim_at, created_at)) / :ageing AS INTEGER))"
    " AS urgency"
)
# Of jobs that have not begun, the older is never less urgent than the younger of its priority: so
# the first few of each priority, read off an index, are all that a claim has to look at.
_NOT_BEGUN = f"""
    SELECT * FROM (
        SELECT {_JOB} FROM jobs INDEXED BY idx_jobs_not_begun
        WHERE status = 'queued' AND deleting = 0 AND priority = {{priority}} AND kind IN ({{kinds}})
        ORDER BY created_at, job_id LIMIT :many)
"""
_BEGUN = f"""
    SELECT {_JOB} FROM jobs
    WHERE status = 'processing' AND deleting = 0 AND kind IN ({{kinds}})
      AND EXISTS (SELECT 1 FROM job_items AS left INDEXED BY idx_job_items_queued
                  WHERE left.job_id = jobs.job_id AND left.state = 'queued'
                    AND left.not_before <= :now)
"""
_ONLY = f"""
    SELECT {_JOB} FROM jobs WHERE job_id = :only_job AND status IN ('queued', 'processing')
      AND deleting = 0 AND kind IN ({{kinds}})
"""
_CLAIM = """
    UPDATE job_items
    SET state = 'processing', worker_id = :worker_id, attempt = attempt + 1, claimed_at = :now
    WHERE job_id = :job_id AND seq IN (
        -- Named, since the planner would rather walk the primary key past all that is done.
        SELECT seq FROM job_items AS waiting INDEXED BY idx_job_items_queued
        WHERE job_id = :job_id AND state = 'queued' AND not_before <= :now
          AND (lost >= :suspicious) = :alone
          AND NOT EXISTS (SELECT 1 FROM job_items AS busy
                          WHERE busy.item = waiting.item AND busy.state = 'processing')
        ORDER BY seq LIMIT :wanted)
    RETURNING seq, item, params, attempt, failures, waits_for, closing
"""
_SETTLE = (
    "UPDATE job_items SET state = ?, worker_id = NULL, not_before = ?, failures = failures + ?,"
    " waits_for = NULL, closing = 0"
    " WHERE job_id = ? AND seq = ? AND state = 'processing' AND worker_id = ? AND attempt = ?"
)
RESULT = (
    "INSERT INTO job_results (job_id, item, success, error, details, seq, attempt, code,"
    " finished_at, duration_s) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
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
    """What one transaction adds to a job's counters."""

    processed: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True)
class Accepted:
    """How many results a hand-in was accepted with, and which were refused."""

    count: int
    refused: Sequence[HandIn] = field(default_factory=tuple)


class ItemStore:
    """SQL of the `job_items` and `job_results` tables, as workers use it."""

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
    ) -> tuple[Accepted, list[ClaimedItem]]:
        """Hand in results and claim up to `wanted` further items, in one transaction.

        Items come in the order of their jobs' effective priority. `limits` bounds how many items
        of a kind are being run at a time, over all workers. `only_job` keeps to one job. A worker
        that was taken for dead gets nothing before it has registered anew.
        """
        with self._database.transaction() as transaction:
            accepted = self._accept(transaction, done, now)
            claims = (
                self._claim(transaction, worker_id, wanted, kinds, now, limits or {}, only_job)
                if wanted and kinds and _is_registered(transaction, worker_id)
                else []
            )
        return accepted, claims

    def release(self, claims: Sequence[ClaimedItem]) -> None:
        """Give back items that were claimed and not run."""
        with self._database.transaction() as transaction:
            transaction.execute_many(
                "UPDATE job_items SET state = 'queued', worker_id = NULL"
                " WHERE job_id = ? AND seq = ? AND state = 'processing' AND worker_id = ?"
                " AND attempt = ?",
                [(c.job_id, c.seq, c.worker_id, c.attempt) for c in claims],
            )

    def holds(self, claim: ClaimedItem) -> bool:
        """Tell whether `claim` is still its worker's and its job still wants it."""
        row = self._database.row(
            "SELECT 1 FROM job_items JOIN jobs USING (job_id)"
            " WHERE job_id = ? AND seq = ? AND state = 'processing' AND worker_id = ?"
            " AND attempt = ? AND status = 'processing' AND deleting = 0",
            (claim.job_id, claim.seq, claim.worker_id, claim.attempt),
        )
        return row is not None

    def still_claimed(self, claim: ClaimedItem) -> bool:
        """Tell whether `claim` is still its worker's, whatever became of its job."""
        row = self._database.row(
            "SELECT 1 FROM job_items WHERE job_id = ? AND seq = ? AND state = 'processing'"
            " AND worker_id = ? AND attempt = ?",
            (claim.job_id, claim.seq, claim.worker_id, claim.attempt),
        )
        return row is not None

    def is_running(self, job_id: str, seq: int) -> bool:
        """Tell whether some worker holds this item now."""
        row = self._database.row(
            "SELECT 1 FROM job_items WHERE job_id = ? AND seq = ? AND state = 'processing'",
            (job_id, seq),
        )
        return row is not None

    def wanted_jobs(self, job_ids: Collection[str]) -> set[str]:
        """Return those of `job_ids` whose items should go on running."""
        rows = self._database.rows(
            f"SELECT job_id FROM jobs WHERE job_id IN ({','.join('?' * len(job_ids))})"
            " AND status = 'processing' AND deleting = 0",
            tuple(job_ids),
        )
        return {row["job_id"] for row in rows}

    # --- inside the transaction ------------------------------------------------------------------

    def _accept(self, transaction: Transaction, done: Sequence[HandIn], now: float) -> Accepted:
        taken = self._settle(transaction, done, now)
        tallies: dict[str, Tally] = defaultdict(Tally)
        waits = [hand_in for hand_in in taken if hand_in.outcome.waits_for is not None]
        counted = _without_last(transaction, [hand_in for hand_in in taken if _is_result(hand_in)])
        for hand_in in counted:
            tally = tallies[hand_in.claim.job_id]
            tally.processed += 1
            tally.failed += not hand_in.outcome.success
        transaction.execute_many(RESULT, [_result_row(hand_in, now) for hand_in in counted])
        if tallies:
            count(transaction, tallies, now)
            statistics.record_items(
                transaction,
                ((h.claim.kind, h.outcome.success, h.duration_s) for h in counted),
                now,
            )
        waiting.settle(transaction, waits, [(h.claim.job_id, h.claim.seq) for h in counted])
        kept = set(map(id, taken))
        return Accepted(len(counted), tuple(h for h in done if id(h) not in kept))

    def _settle(
        self, transaction: Transaction, done: Sequence[HandIn], now: float
    ) -> Sequence[HandIn]:
        """Move the items on, and return the hand-ins whose token was still current."""
        rows = [_settlement(hand_in, now) for hand_in in done]
        transaction.execute("SAVEPOINT settle")
        taken = done
        if transaction.execute_many(_SETTLE, rows) != len(done):
            # Rare: some were taken over. Only one by one do the row counts tell which.
            transaction.execute("ROLLBACK TO settle")
            pairs = zip(done, rows, strict=True)
            taken = [hand_in for hand_in, row in pairs if transaction.execute(_SETTLE, row) == 1]
        transaction.execute("RELEASE settle")
        return taken

    def _claim(
        self,
        transaction: Transaction,
        worker_id: str,
        wanted: int,
        kinds: Collection[str],
        now: float,
        limits: Mapping[str, int],
        only_job: str | None,
    ) -> list[ClaimedItem]:
        claims: list[ClaimedItem] = []
        met: dict[str, Row] = {}
        rooms: dict[str, int] = {}
        many, is_whole = wanted, False
        while len(claims) < wanted and not is_whole:
            open_kinds = [kind for kind in kinds if rooms.get(kind, 1) > 0]
            jobs, is_whole = _runnable(transaction, open_kinds, now, many, only_job)
            many *= 4
            for job in jobs:
                kind, room = job["kind"], wanted - len(claims)
                if room <= 0 or job["job_id"] in met:
                    continue
                if kind in limits:
                    # A limited kind is claimed one by one: an item that only waits in a worker's
                    # batch would take another's place.
                    if kind not in rooms:
                        rooms[kind] = limits[kind] - self._running(transaction, kind)
                    room = min(1, rooms[kind])
                rows = self._take(transaction, worker_id, job["job_id"], room, now)
                met[job["job_id"]] = job
                claims += _claimed(job, rows, worker_id)
                if kind in limits:
                    rooms[kind] -= len(rows)
        claimed_from = dict.fromkeys(claim.job_id for claim in claims)
        self._note_claims(transaction, [met[job_id] for job_id in claimed_from], now)
        return claims

    def _take(
        self, transaction: Transaction, worker_id: str, job_id: str, wanted: int, now: float
    ) -> list[Row]:
        if wanted <= 0:
            return []
        arguments = {
            "worker_id": worker_id,
            "now": now,
            "job_id": job_id,
            "wanted": wanted,
            "suspicious": SUSPICIOUS_LOSSES,
            "alone": 0,
        }
        return transaction.rows(_CLAIM, arguments) or transaction.rows(
            _CLAIM, {**arguments, "wanted": 1, "alone": 1}
        )

    def _note_claims(self, transaction: Transaction, jobs: Sequence[Row], now: float) -> None:
        """Begin those of `jobs` that had not begun, and let all of them age from now on."""
        if jobs:
            transaction.execute_many(
                "UPDATE jobs SET last_claim_at = ? WHERE job_id = ?",
                [(now, job["job_id"]) for job in jobs],
            )
        begun = [job for job in jobs if job["status"] == "queued"]
        if begun:
            revision = next_revision(transaction)
            transaction.execute_many(
                "UPDATE jobs SET status = 'processing', started_at = coalesce(started_at, ?),"
                " revision = ? WHERE job_id = ? AND status = 'queued'",
                [(now, revision, job["job_id"]) for job in begun],
            )
            waits = [(job["kind"], max(0.0, now - job["created_at"])) for job in begun]
            statistics.record_waits(transaction, waits, now)

    def _running(self, transaction: Transaction, kind: str) -> int:
        return int(
            transaction.value(
                "SELECT count(*) FROM job_items JOIN jobs USING (job_id)"
                " WHERE state = 'processing' AND kind = ?",
                (kind,),
            )
        )


def count(transaction: Transaction, tallies: Mapping[str, Tally], now: float) -> None:
    """Add results to their jobs' counters, and complete the jobs that have all of them."""
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


def _runnable(
    transaction: Transaction, kinds: Sequence[str], now: float, many: int, only_job: str | None
) -> tuple[list[Row], bool]:
    """Return jobs with something to claim, the most urgent first, and whether these are all.

    Of the jobs that have not begun, at most `many` of each priority.
    """
    names = {f"kind{number}": kind for number, kind in enumerate(kinds)}
    chosen = ", ".join(f":{name}" for name in names)
    parts = [_NOT_BEGUN.format(priority=int(one), kinds=chosen) for one in Priority]
    parts = (
        [_BEGUN.format(kinds=chosen), *parts] if only_job is None else [_ONLY.format(kinds=chosen)]
    )
    jobs = transaction.rows(
        " UNION ALL ".join(parts) + " ORDER BY urgency DESC, created_at, job_id",
        {"now": now, "ageing": AGEING_S, "many": many, "only_job": only_job, **names},
    )
    unbegun = Counter(job["priority"] for job in jobs if job["status"] == "queued")
    return jobs, only_job is not None or max(unbegun.values(), default=0) < many


def _is_registered(transaction: Transaction, worker_id: str) -> bool:
    found = transaction.row("SELECT 1 FROM workers WHERE worker_id = ?", (worker_id,))
    return found is not None


def _claimed(job: Row, rows: Sequence[Row], worker_id: str) -> list[ClaimedItem]:
    params = json.loads(job["params"])
    claims = [
        ClaimedItem(
            job_id=job["job_id"],
            seq=row["seq"],
            item=row["item"],
            kind=job["kind"],
            params=params,
            item_params=json.loads(row["params"]) if row["params"] else {},
            preview=bool(job["preview"]),
            trigger=Trigger(job["trigger"]),
            source_job_id=job["source_job_id"],
            worker_id=worker_id,
            attempt=row["attempt"],
            failures=row["failures"],
            in_circle=row["waits_for"] is not None,
            closing=bool(row["closing"]),
            imported=bool(job["imported"]),
        )
        for row in rows
    ]
    claims.sort(key=lambda claim: claim.seq)  # RETURNING promises no order
    return claims


def _without_last(transaction: Transaction, counted: Sequence[HandIn]) -> Sequence[HandIn]:
    """Queue the last item of each job that is to be closed again, and return all others."""
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
    return hand_in.outcome.waits_for is None and not _is_tried_again(hand_in)


def _is_tried_again(hand_in: HandIn) -> bool:
    outcome = hand_in.outcome
    return not outcome.success and outcome.retryable and hand_in.claim.failures < len(BACKOFF_S)


def _settlement(hand_in: HandIn, now: float) -> tuple[Any, ...]:
    claim = hand_in.claim
    state, not_before, failures = ItemState.SUCCEEDED, 0.0, 0
    if hand_in.outcome.waits_for is not None:
        state = ItemState.QUEUED
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
    )
