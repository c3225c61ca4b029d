"""The statements that give items to workers."""

from __future__ import annotations

from pathlib import Path

from comicmaintainer.database import SqliteDatabase, Transaction
from comicmaintainer.jobs.engine.claims import next_claims
from comicmaintainer.jobs.job_manager import JobManager
from comicmaintainer.jobs.model import JobRequest
from tests.kit.clock import Clock
from tests.kit.hand_worker import KINDS, HandWorker


def test_sqlite_prepares_the_statements_of_a_claim_once(tmp_path: Path, clock: Clock) -> None:
    """SQLite asks an authorizer for each statement that it prepares, not for those it runs."""
    database = SqliteDatabase(tmp_path / "jobs.db")
    JobManager(database, KINDS).submit(JobRequest("process", list("abcdefghi")))
    worker = HandWorker(database, clock, "worker-1")
    prepared: list[str | None] = []

    def authorize(_action: int, first: str | None, *_rest: object) -> int:
        prepared.append(first)
        return 0  # allowed

    def claim(transaction: Transaction, wanted: int) -> int:
        kinds = frozenset({"process"})
        return len(next_claims(transaction, worker.worker_id, wanted, kinds, 1e9, {}, None))

    with database.transaction() as transaction:
        connection = transaction._connection
        connection.set_authorizer(authorize)
        try:
            # The job begins with the first claim, and only later ones find it begun.
            assert claim(transaction, 1) == 1
            assert prepared
            claim(transaction, 2)
            prepared.clear()
            assert claim(transaction, 3) == 3
        finally:
            connection.set_authorizer(None)
    assert prepared == []
    database.close()
