"""Claims on a server: several workers claim at once, and wait for each other if they must."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg
import pytest

from comicmaintainer.database import Turn
from comicmaintainer.database.postgresql import PostgresDatabase
from comicmaintainer.jobs.engine.claims import next_claims
from comicmaintainer.jobs.job_manager import JobManager
from comicmaintainer.jobs.model import ClaimedItem, HandIn, Job, JobRequest, JobStatus
from tests.kit.clock import Clock
from tests.kit.hand_worker import DONE, KINDS, HandWorker, names
from tests.kit.waiting import wait_until


@pytest.fixture
def database(postgresql_url: str, tmp_path: Path) -> Iterator[PostgresDatabase]:
    opened = PostgresDatabase(postgresql_url, tmp_path)
    yield opened
    opened.close()


def submit(manager: JobManager, *items: str, kind: str = "process") -> Job:
    return manager.submit(JobRequest(kind=kind, items=items), once=False)


@contextmanager
def claiming(
    database: PostgresDatabase, clock: Clock, wanted: int, limits: dict[str, int] | None = None
) -> Iterator[list[ClaimedItem]]:
    """Yield what worker-1 has claimed, in a transaction that ends with the block."""
    with database.transaction(Turn.ROWS) as transaction:
        yield next_claims(transaction, "worker-1", wanted, KINDS, clock(), limits or {}, None)


@contextmanager
def meanwhile(action: Callable[[], object]) -> Iterator[None]:
    """Run `action` in a thread that has ended when the block has."""
    thread = threading.Thread(target=action)
    thread.start()
    yield
    thread.join()


def until_somebody_waits(url: str) -> None:
    """Wait until a session waits for a row of another one."""
    with psycopg.connect(url, autocommit=True) as connection:
        wait_until(
            lambda: connection.execute(
                "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
                " AND datname = current_database()"
            ).fetchone()
        )


def test_a_worker_skips_what_another_one_is_claiming(
    database: PostgresDatabase, manager: JobManager, clock: Clock,
    worker: HandWorker, other_worker: HandWorker,
) -> None:  # fmt: skip
    submit(manager, "a", "b", "c", "d", "e")
    assert names(worker.claim(1)) == ["a"]
    others: list[ClaimedItem] = []
    with claiming(database, clock, 2) as claims:
        with meanwhile(lambda: others.extend(other_worker.claim(5))):
            pass
        assert (names(claims), names(others)) == (["b", "c"], ["d", "e"])


def test_of_two_jobs_with_the_same_file_one_waits_until_the_other_is_done(
    database: PostgresDatabase, postgresql_url: str, manager: JobManager, clock: Clock,
    worker: HandWorker, other_worker: HandWorker,
) -> None:  # fmt: skip
    submit(manager, "a")
    first = worker.claim(1)
    submit(manager, "b")
    submit(manager, "b")
    others: list[ClaimedItem] = []
    with ExitStack() as stack, claiming(database, clock, 1) as claims:
        # The row is skipped, but the other job's row is not, and its file is being claimed.
        stack.enter_context(meanwhile(lambda: others.extend(other_worker.claim(1))))
        until_somebody_waits(postgresql_url)
    assert (names(claims), others) == (["b"], [])
    assert other_worker.claim(1) == []
    worker.hand_in([*first, *claims])
    assert names(other_worker.claim(1)) == ["b"]


def test_results_are_stored_even_if_the_claim_that_follows_fails(
    database: PostgresDatabase, postgresql_url: str, manager: JobManager, clock: Clock,
    worker: HandWorker, other_worker: HandWorker,
) -> None:  # fmt: skip
    job = submit(manager, "a")
    held = other_worker.claim(1)
    submit(manager, "b")
    submit(manager, "b")
    answers = []

    def exchange() -> None:
        done = [HandIn(held[0], DONE, 0.1)]
        answers.append(other_worker.items.exchange("worker-2", done, 1, KINDS, clock()))

    with ExitStack() as stack, claiming(database, clock, 1) as claims:
        assert names(claims) == ["b"]
        stack.enter_context(meanwhile(exchange))
        until_somebody_waits(postgresql_url)
    ((accepted, claimed),) = answers
    assert (accepted.count, accepted.refused, claimed) == (1, (), [])
    assert manager.get(job.job_id).status is JobStatus.COMPLETED


def test_a_limit_holds_while_two_claim_at_once(
    database: PostgresDatabase, manager: JobManager, clock: Clock,
    worker: HandWorker, other_worker: HandWorker,
) -> None:  # fmt: skip
    submit(manager, "a", "b", "c")
    limits = {"process": 2}
    others: list[ClaimedItem] = []
    with claiming(database, clock, 1, limits) as claims:
        assert names(claims) == ["a"]
        with meanwhile(lambda: others.extend(other_worker.claim(1, limits=limits))):
            pass
    assert others == []
    assert names(other_worker.claim(1, limits=limits)) == ["b"]
    assert other_worker.claim(1, limits=limits) == []
    assert worker.claim(1, limits=limits) == []


def test_a_worker_can_claim_while_another_one_hands_in(
    database: PostgresDatabase, manager: JobManager, worker: HandWorker, other_worker: HandWorker
) -> None:
    submit(manager, "a", "b")
    worker.claim(1)
    others: list[ClaimedItem] = []
    with database.transaction(Turn.JOBS) as transaction:
        transaction.execute("UPDATE jobs SET processed_items = 0")
        with meanwhile(lambda: others.extend(other_worker.claim(1))):
            pass
    assert names(others) == ["b"]


def test_items_are_given_only_to_hosts_that_have_their_root(
    database: PostgresDatabase, manager: JobManager, clock: Clock, worker: HandWorker
) -> None:
    def claimed(here: Sequence[int]) -> list[str]:
        claims = worker.items.exchange("worker-1", (), 9, KINDS, clock(), here=here)[1]
        return names(claims)

    roots = {"a": 1, "b": 2, "c": 1}
    manager.submit(JobRequest(kind="process", items=["a", "b", "c", "d"], root_ids=roots))
    manager.submit(JobRequest(kind="process", items=["e"], root_ids={"e": 3}))
    assert claimed((2,)) == ["b", "d"]
    assert claimed((2,)) == []
    assert claimed(()) == []
    assert claimed((1,)) == ["a", "c"]
    assert claimed((1, 3)) == ["e"]
