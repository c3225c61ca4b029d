"""Items that wait for another item of their job (SQL only, inside the callers' transactions).

    processing ─hands in `waits_for`→ waiting ─the other has its result, or makes way→ queued

A waiting item is not claimed, so it takes up no thread. Items that wait for each other in a cycle
would wait forever: one of them is queued again with `ClaimedItem.breaks_cycle`. Short cycles are
found when they close, long ones when nothing else of the job is left to do. Used by item_store and
worker_store.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from comicmaintainer.database import Transaction
from comicmaintainer.jobs.model import HandIn

SHORT_CYCLE = 16
"""Cycles of up to this many items are detected when an item begins to wait."""

_ANY = "SELECT 1 FROM job_items WHERE state = 'waiting' LIMIT 1"
_WAIT = """
    UPDATE job_items SET state = 'waiting', waits_for = :other
    WHERE job_id = :job_id AND seq = :seq AND state = 'queued' AND seq <> :other
      AND EXISTS (SELECT 1 FROM job_items AS other
                  WHERE other.job_id = :job_id AND other.seq = :other
                    AND other.state IN ('queued', 'processing', 'waiting'))
"""
_LOCK = "SELECT 1 FROM job_items WHERE job_id = :job_id AND seq = :other FOR UPDATE"
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
    ORDER BY job_id
"""


def wake_waiters(
    transaction: Transaction, waits: Sequence[HandIn], ended: Iterable[tuple[str, int]]
) -> None:
    """Wake the items that waited for `ended`, and make the queued items of `waits` wait.

    An item stays queued if the one it waits for already has its result. `ended` are (job_id, seq).
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
            _break_short_cycle(transaction, claim.job_id, claim.seq, other)
    wake_stalled(transaction)


def lock_awaited(transaction: Transaction, waits: Iterable[HandIn]) -> None:
    """Let whoever hands in what `waits` wait for end first, or find them waiting."""
    if not transaction.dialect.locks_rows:
        return
    for hand_in in waits:
        values = {"job_id": hand_in.claim.job_id, "other": hand_in.outcome.waits_for}
        transaction.row(_LOCK, values)


def wake_stalled(transaction: Transaction) -> None:
    """Queue one waiting item of each job in which nothing else is left to do."""
    for row in transaction.rows(_STALLED):
        _wake_one(transaction, row["job_id"])


def _break_short_cycle(transaction: Transaction, job_id: str, seq: int, other: int) -> None:
    at: int | None = other
    for _ in range(SHORT_CYCLE):
        at = _waits_for(transaction, job_id, at)
        if at is None:
            return
        if at == seq:
            _queue(transaction, job_id, seq)
            return


def _wake_one(transaction: Transaction, job_id: str) -> None:
    """Follow the waits until an item repeats, and queue that one."""
    at: int = transaction.value(
        "SELECT min(seq) FROM job_items WHERE job_id = ? AND state = 'waiting'", (job_id,)
    )
    visited: set[int] = set()
    while at not in visited:
        visited.add(at)
        following = _waits_for(transaction, job_id, at)
        if following is None:
            # Not a cycle: the item that is waited for is gone (a salvaged database).
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
    """Queue a waiting item; it keeps `waits_for` to show that it was in a cycle."""
    transaction.execute(
        "UPDATE job_items SET state = 'queued' WHERE job_id = ? AND seq = ? AND state = 'waiting'",
        (job_id, seq),
    )
