"""Takes what workers hand in: outcomes of items, results, counters (SQL only).

Used by item_store and worker_store, inside their transactions. A result is accepted only with the
token (worker, attempt) of the claim, in the transaction that counts it; counters are maintained,
never recounted. On a server many hand in at once (decision 0153): only items that wait for others,
and the checks that close a job, have the turn of jobs. The counters of jobs come last, in one
message with the commit. Times are UTC epoch seconds.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from comicmaintainer.database import Transaction, Turn
from comicmaintainer.jobs import statistics
from comicmaintainer.jobs.engine import waiting
from comicmaintainer.jobs.job_store import REVISION, new_revision_at_end, next_revision
from comicmaintainer.jobs.model import HandIn, ItemState
from comicmaintainer.jobs.result_marks import marks_of

BACKOFF_S = (5.0, 30.0, 180.0)
"""Waits before each retry of a retryable failure: three retries at most."""
_DETAILS = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=str)
# The token alone: an item that nobody holds names no worker, so its state adds nothing.
HELD = "job_id = ? AND seq = ? AND worker_id = ? AND attempt = ?"
_RECORD_OUTCOME = """
    UPDATE job_items SET state = ?, not_before = ?, failures = failures + ?, worker_id = NULL,
        waits_for = NULL, closing = 0
"""
_RECORD_ONE = f"{_RECORD_OUTCOME} WHERE {HELD}"
# Each row is found by its primary key, and changed at its place (ctid): a planner that has no
# figures yet could else read all items of the job.
_RECORD_ALIKE = f"""
    {_RECORD_OUTCOME} WHERE ctid = ANY (ARRAY(
        SELECT held.place FROM unnest(CAST(? AS BIGINT[])) AS handed (seq),
        LATERAL (
            SELECT ctid AS place FROM job_items
            WHERE job_id = ? AND seq = handed.seq AND worker_id = ? AND attempt = ?
            FOR UPDATE) AS held))
    RETURNING seq
"""
_COLUMNS = {
    "job_id": "TEXT", "item": "TEXT", "success": "BIGINT", "error": "TEXT", "details": "TEXT",
    "seq": "BIGINT", "attempt": "BIGINT", "code": "TEXT", "finished_at": "FLOAT8",
    "duration_s": "FLOAT8", "effect": "TEXT", "group_key": "TEXT",
}  # fmt: skip
_INTO_RESULTS = f"INSERT INTO job_results ({', '.join(_COLUMNS)})"
_RESULT = f"{_INTO_RESULTS} VALUES ({', '.join('?' for _ in _COLUMNS)})"
_RESULTS_TOGETHER = f"""
    {_INTO_RESULTS} SELECT {", ".join(_COLUMNS)} FROM json_to_recordset(CAST(? AS JSON))
        AS handed ({", ".join(f"{name} {kind}" for name, kind in _COLUMNS.items())})
"""
_COUNT = f"""
    UPDATE jobs SET
        processed_items = processed_items + :processed,
        failed_items = failed_items + :failed,
        status = CASE WHEN status IN ('processing', 'queued', 'paused')
                       AND processed_items + :processed >= total_items
                      THEN 'completed' ELSE status END,
        completed_at = CASE WHEN status IN ('processing', 'queued', 'paused')
                             AND processed_items + :processed >= total_items
                            THEN :now ELSE completed_at END,
        revision = {REVISION}
    WHERE job_id = :job_id
"""

ResultRow = tuple[Any, ...]
"""The values of a result by the columns of its table, without its id."""


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


def turn_of(done: Iterable[HandIn]) -> Turn:
    """Return the turn that a hand-in needs on a server.

    Items that wait for others, and those that close their job, rely on what others hand in.
    """
    alone = any(h.outcome.waits_for is not None or h.outcome.closes for h in done)
    return Turn.JOBS if alone else Turn.ROWS


def accept(
    transaction: Transaction, done: Sequence[HandIn], results: Mapping[int, ResultRow], now: float
) -> Accepted:
    """Record what is handed in; `results` are the rows of results by the hand-ins' `id()`."""
    taken = _record_outcomes(transaction, done, now)
    waits = [hand_in for hand_in in taken if hand_in.outcome.waits_for is not None]
    waiting.lock_awaited(transaction, waits)
    counted = _without_last(transaction, [hand_in for hand_in in taken if is_result(hand_in)])
    waiting.wake_waiters(transaction, waits, [(h.claim.job_id, h.claim.seq) for h in counted])
    store_results(transaction, [results[id(hand_in)] for hand_in in counted])
    tallies: dict[str, Tally] = defaultdict(Tally)
    for hand_in in counted:
        tally = tallies[hand_in.claim.job_id]
        tally.processed += 1
        tally.failed += not hand_in.outcome.success
    if tallies:
        statistics.record_items(
            transaction,
            ((h.claim.kind, h.outcome.success, h.duration_s) for h in counted),
            now,
        )
        count_at_end(transaction, tallies, now)
    kept = set(map(id, taken))
    return Accepted(len(counted), tuple(h for h in done if id(h) not in kept))


def store_results(transaction: Transaction, rows: Sequence[ResultRow]) -> None:
    """Store results; on a server at the end, by one statement."""
    if not transaction.dialect.locks_rows:
        transaction.execute_many(_RESULT, rows)
    elif rows:
        records = [
            {name: value for name, value in zip(_COLUMNS, row, strict=True) if value is not None}
            for row in rows
        ]
        transaction.at_end(_RESULTS_TOGETHER, (_storable(_DETAILS.encode(records)),))


def count_at_end(transaction: Transaction, tallies: Mapping[str, Tally], now: float) -> None:
    """Add results to their jobs' counters, and complete the jobs that now have all of theirs."""
    new_revision_at_end(transaction)
    for job_id, tally in tallies.items():
        transaction.at_end(
            _COUNT,
            {"job_id": job_id, "processed": tally.processed, "failed": tally.failed, "now": now},
        )


def is_result(hand_in: HandIn) -> bool:
    """Tell whether the item has ended."""
    return hand_in.outcome.is_result and not _is_tried_again(hand_in)


def result_row(hand_in: HandIn, now: float) -> ResultRow:
    """Return what is stored of the result of an item."""
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


def _record_outcomes(
    transaction: Transaction, done: Sequence[HandIn], now: float
) -> Sequence[HandIn]:
    """Record the items' outcomes, and return the hand-ins whose token was still current."""
    if transaction.dialect.locks_rows:
        return _record_alike(transaction, done, now)
    rows = [(*_new_state(hand_in, now), *_token(hand_in)) for hand_in in done]
    transaction.execute("SAVEPOINT outcomes")
    taken = done
    if transaction.execute_many(_RECORD_ONE, rows) != len(done):
        # Rare: some were taken over. Only single updates show which.
        transaction.execute("ROLLBACK TO outcomes")
        pairs = zip(done, rows, strict=True)
        taken = [hand_in for hand_in, row in pairs if transaction.execute(_RECORD_ONE, row) == 1]
    transaction.execute("RELEASE outcomes")
    return taken


def _record_alike(transaction: Transaction, done: Sequence[HandIn], now: float) -> Sequence[HandIn]:
    """Do the same with one statement for all that have one state and, but for the seq, one token.

    That is one for most batches.
    """
    alike: dict[tuple[Any, ...], list[HandIn]] = defaultdict(list)
    for hand_in in done:
        claim = hand_in.claim
        token = (claim.job_id, claim.worker_id, claim.attempt)
        alike[_new_state(hand_in, now), token].append(hand_in)
    taken: set[int] = set()
    for (state, token), hand_ins in alike.items():
        seqs = ",".join(str(hand_in.claim.seq) for hand_in in hand_ins)
        rows = transaction.rows(_RECORD_ALIKE, (*state, f"{{{seqs}}}", *token))
        current = {row["seq"] for row in rows}
        taken.update(id(hand_in) for hand_in in hand_ins if hand_in.claim.seq in current)
    return [hand_in for hand_in in done if id(hand_in) in taken]


def _without_last(transaction: Transaction, counted: Sequence[HandIn]) -> Sequence[HandIn]:
    """Queue the last item of each closing job once more, and return all other hand-ins."""
    closing = {h.claim.job_id for h in counted if h.outcome.closes and not h.claim.closing}
    if not closing:
        return counted
    # Whoever counts results must have this first, so the counters stay as they are until the end.
    next_revision(transaction)
    held_back: set[int] = set()
    for job_id in closing:
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


def _is_tried_again(hand_in: HandIn) -> bool:
    outcome = hand_in.outcome
    has_failed = not outcome.success and outcome.is_result
    return has_failed and outcome.retryable and hand_in.claim.failures < len(BACKOFF_S)


def _token(hand_in: HandIn) -> tuple[str, int, str, int]:
    claim = hand_in.claim
    return (claim.job_id, claim.seq, claim.worker_id, claim.attempt)


def _new_state(hand_in: HandIn, now: float) -> tuple[ItemState, float, int]:
    """Return the item's state, when it may run again, and how many failures are added."""
    if not hand_in.outcome.is_result:
        return ItemState.QUEUED, hand_in.outcome.not_before or 0.0, 0
    if _is_tried_again(hand_in):
        return ItemState.QUEUED, now + BACKOFF_S[hand_in.claim.failures], 1
    return (ItemState.SUCCEEDED if hand_in.outcome.success else ItemState.FAILED), 0.0, 0


def _storable(text: str) -> str:
    """Return JSON without what a server can't store, so that the result of an item is accepted.

    A text from a damaged archive may have it.
    """
    return text.replace("\\u0000", "\\ufffd").encode("utf-8", "replace").decode("utf-8")
