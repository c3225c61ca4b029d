"""Several workers on a server claim and hand in at once, and wait for each other if they must."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg
import pytest

from comicmaintainer.database import Turn
from comicmaintainer.database.postgresql import PostgresDatabase
from comicmaintainer.jobs.engine.claims import MANY, next_claims
from comicmaintainer.jobs.engine.hand_in import Accepted, accept, result_row
from comicmaintainer.jobs.job_manager import JobManager
from comicmaintainer.jobs.model import (
    ClaimedItem,
    HandIn,
    Job,
    JobRequest,
    JobStatus,
    Outcome,
    Priority,
)
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


def test_results_are_taken_while_others_have_the_turn_of_jobs(
    database: PostgresDatabase, manager: JobManager, worker: HandWorker
) -> None:
    job = submit(manager, "a", "b")
    claims = worker.claim()
    accepted: list[Accepted] = []
    with database.transaction(Turn.JOBS):
        with meanwhile(lambda: accepted.append(worker.hand_in(claims))):
            pass
        assert [one.count for one in accepted] == [2]
        assert manager.get(job.job_id).status is JobStatus.COMPLETED


def test_of_two_that_hand_in_at_once_the_last_one_ends_the_job(
    database: PostgresDatabase, manager: JobManager, clock: Clock,
    worker: HandWorker, other_worker: HandWorker,
) -> None:  # fmt: skip
    job = submit(manager, "a", "b")
    ours, theirs = worker.claim(1), other_worker.claim(1)
    with database.transaction(Turn.ROWS) as transaction:
        done = [HandIn(claim, DONE, 0.1) for claim in ours]
        accept(transaction, done, {id(one): result_row(one, clock()) for one in done}, clock())
        # What is counted comes at the end, so nobody waits for this worker until then.
        with meanwhile(lambda: other_worker.hand_in(theirs)):
            pass
        assert manager.get(job.job_id).processed_items == 1
        assert manager.get(job.job_id).status is JobStatus.PROCESSING
    ended = manager.get(job.job_id)
    assert (ended.processed_items, ended.status) == (2, JobStatus.COMPLETED)


def test_an_item_waits_for_no_other_whose_result_is_just_handed_in(
    database: PostgresDatabase, postgresql_url: str, manager: JobManager, clock: Clock,
    worker: HandWorker, other_worker: HandWorker,
) -> None:  # fmt: skip
    submit(manager, "a", "b", "c")
    ours, theirs = worker.claim(1), other_worker.claim(1)
    with ExitStack() as stack, database.transaction(Turn.ROWS) as transaction:
        done = [HandIn(claim, DONE, 0.1) for claim in ours]
        accept(transaction, done, {id(one): result_row(one, clock()) for one in done}, clock())
        waits = Outcome(False, waits_for=ours[0].seq)
        stack.enter_context(meanwhile(lambda: other_worker.hand_in(theirs, waits)))
        until_somebody_waits(postgresql_url)
    assert names(other_worker.claim()) == ["b", "c"]


def test_a_result_wakes_an_item_that_began_to_wait_for_it_just_before(
    database: PostgresDatabase, postgresql_url: str, manager: JobManager, clock: Clock,
    worker: HandWorker, other_worker: HandWorker,
) -> None:  # fmt: skip
    submit(manager, "a", "b", "c")
    ours, theirs = worker.claim(1), other_worker.claim(1)
    with ExitStack() as stack, database.transaction(Turn.JOBS) as transaction:
        waits = Outcome(False, waits_for=theirs[0].seq)
        accept(transaction, [HandIn(ours[0], waits, 0.1)], {}, clock())
        stack.enter_context(meanwhile(lambda: other_worker.hand_in(theirs)))
        until_somebody_waits(postgresql_url)
    assert names(worker.claim()) == ["a", "c"]


def test_many_items_are_claimed_from_where_the_last_claim_ended(
    database: PostgresDatabase, manager: JobManager, clock: Clock, worker: HandWorker
) -> None:
    job = submit(manager, *(f"{number:04}" for number in range(4 * MANY)))
    first, second = worker.claim(MANY), worker.claim(MANY)
    assert [claim.seq for claim in second] == list(range(MANY, 2 * MANY))
    # What was given back before that place has its turn when the next job is looked for.
    worker.items.release(first)
    assert [claim.seq for claim in worker.claim(MANY)] == list(range(2 * MANY, 3 * MANY))
    manager.pause(job.job_id)
    assert worker.claim(MANY) == []
    manager.resume(job.job_id)
    worker.items.release(second)
    clock.advance(1.0)
    urgent = manager.submit(JobRequest(kind="process", items=["u"], priority=Priority.URGENT))
    claims = worker.claim(MANY)
    assert [claim.job_id for claim in claims[:2]] == [urgent.job_id, job.job_id]
    assert [claim.seq for claim in claims[1:]] == list(range(MANY - 1))


def test_a_text_that_a_server_can_not_store_costs_no_result(
    database: PostgresDatabase, manager: JobManager, worker: HandWorker
) -> None:
    job = submit(manager, "a")
    outcome = Outcome(False, {"name": "a\0b"}, "It has \0 and \udcff.", "damaged_archive")
    assert worker.hand_in(worker.claim(), outcome).count == 1
    (result,) = manager.results.page(job.job_id)
    assert (result.error, result.details) == ("It has \ufffd and ?.", {"name": "a\ufffdb"})


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


def test_threads_share_the_last_items_of_all_jobs(
    database: PostgresDatabase, manager: JobManager, clock: Clock,
    worker: HandWorker, other_worker: HandWorker,
) -> None:  # fmt: skip
    """Four threads in all, so each may claim an eighth of what is left."""
    for each in (worker, other_worker):
        each.workers.register(f"{each.worker_id} more", "host", 2, 1, clock())

    def shared(wanted: int) -> int:
        _, claims = worker.items.exchange(worker.worker_id, (), wanted, KINDS, clock(), shares=True)
        return len(claims)

    submit(manager, *(f"{number}" for number in range(60)))
    submit(manager, *(f"other {number}" for number in range(20)))
    assert shared(20) == 10
    assert shared(5) == 5
    assert shared(MANY) == 65, "items that cheap are done in a moment"


def test_a_thread_that_shares_claims_many_jobs_of_one_item(
    manager: JobManager, clock: Clock, worker: HandWorker, other_worker: HandWorker
) -> None:
    for number in range(100):
        submit(manager, f"{number}")
    _, claims = worker.items.exchange(worker.worker_id, (), 8, KINDS, clock(), shares=True)
    assert len(claims) == 8
