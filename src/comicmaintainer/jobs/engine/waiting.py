"""Items that wait for another item of their job, inside the transactions of others (SQL only).

    processing ─hands in `waits_for`→ waiting ─the other has its result, or makes way→ queued

What waits is claimed by nobody, so it takes up no thread. Items that wait for each other in a
circle would wait for ever: one of them is queued again and told so (`ClaimedItem.in_circle`).
Short circles are seen when they close, long ones when nothing else of the job is left to do.
Used by item_store and worker_store.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from comicmaintainer.database import Transaction
from comicmaintainer.jobs.model import HandIn

SHORT_CIRCLE = 16
"""Circles of up to this many items are looked for whenever an item begins to wait."""

_ANY = "SELECT 1 FROM job_items WHERE state = 'waiting' LIMIT 1"
_WAIT = """
    UPDATE job_items SET state = 'waiting', waits_for = :other
    WHERE job_id = :job_id AND seq = :seq AND state = 'queued' AND seq <> :other
      AND EXISTS (SELECT 1 FROM job_items AS other
                  WHERE other.job_id = :job_id AND other.seq = :other
                    AND other.state IN ('queued', 'processing', 'waiting'))
"""
_RELEASE = """
    UPDATE job_items SET state = 'queued', waits_for = NULL
    WHERE job_id = ? AND waits_for = ? AND state = 'waiting'
"""
_STALLED = """
    SELECT job_id FROM jobs WHERE status IN ('processing', 'paused')
      AND EXISTS (SELECT 1 FROM job_items AS stalled INDEXED BY idx_job_items_waiting
                  WHERE stalled.job_id = jobs.job_id AND stalled.state = 'waiting')
      AND NOT EXISTS (SELECT 1 FROM job_items AS due INDEXED BY idx_job_items_queued
                      WHERE due.job_id = jobs.job_id AND due.state = 'queued')
      AND NOT EXISTS (SELECT 1 FROM job_items AS busy INDEXED BY idx_job_items_busy
                      WHERE busy.job_id = jobs.job_id AND busy.state = 'processing')
"""


def wake_waiters(
    transaction: Transaction, waits: Sequence[HandIn], ended: Iterable[tuple[str, int]]
) -> None:
    """Wake the items that waited for `ended`, and let those of `waits`, queued by now, wait.

    An item whose other has its result already stays queued. `ended` are (job_id, seq).
    """
    if not waits and transaction.row(_ANY) is None:
        return
    transaction.execute_many(_RELEASE, ended)
    for hand_in in waits:
        claim, other = hand_in.claim, hand_in.outcome.waits_for
        if hand_in.outcome.makes_way:
            transaction.execute(_RELEASE, (claim.job_id, claim.seq))
        values = {"job_id": claim.job_id, "seq": claim.seq, "other": other}
        if transaction.execute(_WAIT, values) == 1 and other is not None:
            _open_short_circle(transaction, claim.job_id, claim.seq, other)
    wake_stalled(transaction)


def wake_stalled(transaction: Transaction) -> None:
    """Queue one waiting item of each job in which nothing else is left to do."""
    for row in transaction.rows(_STALLED):
        _wake_one(transaction, row["job_id"])


def _open_short_circle(transaction: Transaction, job_id: str, seq: int, other: int) -> None:
    at: int | None = other
    for _ in range(SHORT_CIRCLE):
        at = _waits_for(transaction, job_id, at)
        if at is None:
            return
        if at == seq:
            _queue(transaction, job_id, seq)
            return


def _wake_one(transaction: Transaction, job_id: str) -> None:
    """Follow who waits for whom until an item is met again, and queue that one."""
    at: int = transaction.value(
        "SELECT min(seq) FROM job_items WHERE job_id = ? AND state = 'waiting'", (job_id,)
    )
    met: set[int] = set()
    while at not in met:
        met.add(at)
        following = _waits_for(transaction, job_id, at)
        if following is None:
            # Not in a circle: what the one before waits for is gone (a salvaged database).
            transaction.execute(_RELEASE, (job_id, at))
            return
        at = following
    _queue(transaction, job_id, at)


def _waits_for(transaction: Transaction, job_id: str, seq: int | None) -> int | None:
    row = transaction.row(
        "SELECT waits_for FROM job_items WHERE job_id = ? AND seq = ? AND state = 'waiting'",
        (job_id, seq),
    )
    return None if row is None else row["waits_for"]


def _queue(transaction: Transaction, job_id: str, seq: int) -> None:
    """Queue a waiting item; that `waits_for` stays tells that it was in a circle."""
    transaction.execute(
        "UPDATE job_items SET state = 'queued' WHERE job_id = ? AND seq = ? AND state = 'waiting'",
        (job_id, seq),
    )
