"""Workers as stored rows: registration, heartbeat, and the rescue of a dead worker's items.

A claim's lease lasts `LEASE_S` from its worker's newest heartbeat, so renewing a thousand claims
costs one update. If a worker's row is gone, its items were rescued: it must drop what it runs and
register again under another id. Times are UTC epoch seconds.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Sequence

from comicmaintainer.database import Database, Row, Transaction, Turn
from comicmaintainer.database.stored_values import stored_json
from comicmaintainer.jobs.engine import waiting
from comicmaintainer.jobs.engine.hand_in import ResultRow, Tally, count_at_end, store_results
from comicmaintainer.jobs.model import Outcome, WorkerRecord
from comicmaintainer.jobs.result_marks import marks_of

LEASE_S = 15.0
"""How long a worker's claims last after its newest heartbeat, unless its process is gone."""
HEARTBEAT_S = 2.0
"""How often a worker sends a heartbeat: several would have to fail before its lease expires."""
MAX_LOST = 30
"""An item whose worker died this often most likely kills its workers."""

POISONED = (
    "The worker died each of the {lost} times it ran this file, so it is not tried again. "
    "Check the file, then retry."
)


class WorkerStore:
    """SQL of the `workers` table."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def register(
        self,
        worker_id: str,
        host: str,
        pid: int,
        threads: int,
        now: float,
        *,
        only_job: str | None = None,
        items_only: bool = False,
    ) -> None:
        """Add a worker, limited to one job if `only_job` is set; its lease starts now."""
        with self._database.transaction(Turn.JOBS) as transaction:
            transaction.execute(
                "INSERT INTO workers (worker_id, host, pid, threads, started_at, heartbeat_at,"
                " only_job, items_only) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (worker_id, host, pid, threads, now, now, only_job, items_only),
            )

    def heartbeat(self, worker_id: str, current: Sequence[str], now: float) -> bool:
        """Renew the lease. False if the worker's items were rescued: its claims are gone."""
        with self._database.transaction(Turn.ROWS) as transaction:
            renewed = transaction.execute(
                "UPDATE workers SET heartbeat_at = ?, current = ? WHERE worker_id = ?",
                (now, json.dumps(list(current), ensure_ascii=False), worker_id),
            )
        return renewed == 1

    def all(self) -> list[WorkerRecord]:
        """Return all workers, the oldest first."""
        return [
            WorkerRecord(
                worker_id=row["worker_id"],
                host=row["host"],
                pid=row["pid"],
                threads=row["threads"],
                started_at=row["started_at"],
                heartbeat_at=row["heartbeat_at"],
                current=_texts(row["current"]),
                only_job=row["only_job"],
                items_only=bool(row["items_only"]),
            )
            for row in self._database.rows(
                "SELECT worker_id, host, pid, threads, started_at, heartbeat_at, current, only_job,"
                " items_only FROM workers ORDER BY started_at, worker_id"
            )
        ]

    def holders(self, job_id: str) -> set[str]:
        """Return the ids of the workers that hold items of the job, whatever its status."""
        rows = self._database.rows(
            "SELECT DISTINCT worker_id FROM job_items INDEXED BY idx_job_items_busy"
            " WHERE job_id = ? AND state = 'processing'",
            (job_id,),
        )
        return {row["worker_id"] for row in rows}

    def rescue(self, gone: Collection[str], now: float) -> int:
        """Take back the items of the workers in `gone`, and of those whose lease has expired.

        Returns how many items are queued again. `gone` names workers known to be dead before their
        lease ends. No lease ends before the database has been answering for so long.
        """
        with self._database.transaction(Turn.JOBS) as transaction:
            # As long as nobody could send a heartbeat, a silent worker is not a dead one.
            expired = (
                []
                if self._database.serving_for_s() < LEASE_S
                else transaction.rows(
                    "SELECT worker_id FROM workers WHERE heartbeat_at < ?", (now - LEASE_S,)
                )
            )
            lost = {*gone, *(row["worker_id"] for row in expired)}
            rescued = sum(self._take_back(transaction, worker_id, now) for worker_id in lost)
            waiting.wake_stalled(transaction)
            return rescued

    def orphans(self) -> set[str]:
        """Return the ids of workers that hold items but have no row."""
        rows = self._database.rows(
            "SELECT DISTINCT worker_id FROM job_items WHERE state = 'processing'"
            " AND worker_id NOT IN (SELECT worker_id FROM workers)"
        )
        return {row["worker_id"] for row in rows}

    def _take_back(self, transaction: Transaction, worker_id: str, now: float) -> int:
        poisoned = transaction.rows(
            "UPDATE job_items SET state = 'failed', worker_id = NULL, lost = lost + 1"
            " WHERE worker_id = ? AND state = 'processing' AND lost + 1 >= ?"
            " RETURNING job_id, seq, item, attempt, lost",
            (worker_id, MAX_LOST),
        )
        tallies: dict[str, Tally] = defaultdict(Tally)
        for row in poisoned:
            tallies[row["job_id"]].processed += 1
            tallies[row["job_id"]].failed += 1
        if tallies:
            waiting.wake_waiters(transaction, (), [(row["job_id"], row["seq"]) for row in poisoned])
            store_results(transaction, [_poisoned_row(row, now) for row in poisoned])
            count_at_end(transaction, tallies, now)
        rescued = transaction.execute(
            "UPDATE job_items SET state = 'queued', worker_id = NULL, lost = lost + 1"
            " WHERE worker_id = ? AND state = 'processing'",
            (worker_id,),
        )
        transaction.execute("DELETE FROM workers WHERE worker_id = ?", (worker_id,))
        return rescued


def _poisoned_row(row: Row, now: float) -> ResultRow:
    error = POISONED.format(lost=row["lost"])
    return (
        row["job_id"],
        row["item"],
        0,
        error,
        None,
        row["seq"],
        row["attempt"],
        "worker_died",
        now,
        None,
        *marks_of(Outcome(False, None, error, "worker_died"), row["item"]),
    )


def _texts(stored: str) -> tuple[str, ...]:
    value = stored_json(stored)
    return tuple(map(str, value)) if isinstance(value, list) else ()
