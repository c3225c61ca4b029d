"""The worker itself, with real threads: it finishes, stops, pauses, and gives back."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from socket import gethostname

import pytest
from benchmarks.named_kinds import NamedKinds

from comicmaintainer.database import Database
from comicmaintainer.errors import (
    DamagedArchive,
    DatabaseDamaged,
    DiskFull,
    JobStopped,
    LeaseLost,
    SchemaMismatch,
)
from comicmaintainer.jobs.engine.batch import Batch
from comicmaintainer.jobs.engine.worker import Worker
from comicmaintainer.jobs.engine.worker_store import LEASE_S
from comicmaintainer.jobs.job_manager import JobManager
from comicmaintainer.jobs.model import (
    ClaimedItem,
    GroupGuard,
    GroupRunner,
    ItemGuard,
    ItemRunner,
    Job,
    JobRequest,
    JobStatus,
    Outcome,
    Priority,
)
from tests.kit.waiting import wait_until

PATIENCE_S = 60.0
KINDS = NamedKinds({"work"})


@pytest.fixture
def manager(database: Database) -> JobManager:
    return JobManager(database, KINDS)


@contextmanager
def running(
    database: Database,
    runner: ItemRunner,
    threads: int = 2,
    group_runner: GroupRunner | None = None,
) -> Iterator[Worker]:
    groups = {} if group_runner is None else {"work": group_runner}
    worker = Worker(database, {"work": runner}, group_runners=groups, threads=threads)
    worker.start()
    try:
        yield worker
    finally:
        worker.stop()


def ended(manager: JobManager, job_id: str) -> Job:
    wait_until(lambda: manager.get(job_id).status in (JobStatus.COMPLETED, JobStatus.CANCELLED))
    return manager.get(job_id)


def work(_claim: ClaimedItem, _guard: ItemGuard) -> Outcome:
    return Outcome(True)


def test_ten_jobs_started_at_once_with_four_threads_all_finish(
    database: Database, manager: JobManager
) -> None:
    with running(database, work, threads=4):
        jobs = [
            manager.submit(JobRequest("work", [f"{job}/{n}" for n in range(30)])).job_id
            for job in range(10)
        ]
        for job_id in jobs:
            job = ended(manager, job_id)
            assert (job.status, job.processed_items, job.failed_items) == (
                JobStatus.COMPLETED,
                30,
                0,
            )


def test_each_item_is_run_once(database: Database, manager: JobManager) -> None:
    runs: list[str] = []

    def note(claim: ClaimedItem, _guard: ItemGuard) -> Outcome:
        runs.append(claim.item)
        return Outcome(True)

    items = [f"{number}" for number in range(500)]
    with running(database, note, threads=4):
        ended(manager, manager.submit(JobRequest("work", items)).job_id)
    assert sorted(runs) == sorted(items)


def test_work_that_was_waiting_before_the_worker_started_is_done(
    database: Database, manager: JobManager
) -> None:
    job_id = manager.submit(JobRequest("work", ["a"])).job_id
    with running(database, work):
        assert ended(manager, job_id).processed_items == 1


def test_raised_errors_become_the_results_of_their_items(
    database: Database, manager: JobManager
) -> None:
    def runner(claim: ClaimedItem, _guard: ItemGuard) -> Outcome:
        if claim.item == "torn":
            raise DamagedArchive("torn.cbz is cut off.")
        if claim.item == "bug":
            raise ZeroDivisionError("division by zero")
        return Outcome(True)

    job_id = manager.submit(JobRequest("work", ["good", "torn", "bug"])).job_id
    with running(database, runner):
        assert ended(manager, job_id).failed_items == 2
    found = {result.item: (result.code, result.error) for result in manager.results.page(job_id)}
    assert found == {
        "good": (None, None),
        "torn": ("damaged_archive", "torn.cbz is cut off."),
        "bug": ("internal", "Unexpected ZeroDivisionError: division by zero"),
    }


def test_error_that_may_pass_puts_the_item_back(database: Database, manager: JobManager) -> None:
    def runner(_claim: ClaimedItem, _guard: ItemGuard) -> Outcome:
        raise DiskFull("No space left.")

    job_id = manager.submit(JobRequest("work", ["a"])).job_id
    with running(database, runner):
        wait_until(lambda: database.value("SELECT failures FROM job_items") == 1)
    assert manager.get(job_id).processed_items == 0
    assert database.value("SELECT state FROM job_items") == "queued"


def test_cancel_stops_a_large_job_at_the_running_items_safe_point(
    database: Database, manager: JobManager
) -> None:
    begun = threading.Event()
    stopped: list[str] = []

    def runner(claim: ClaimedItem, guard: ItemGuard) -> Outcome:
        begun.set()
        pause = threading.Event()
        try:
            while True:
                guard.check()
                pause.wait(0.005)
        except JobStopped:
            stopped.append(claim.item)
            raise

    job_id = manager.submit(JobRequest("work", [f"{n}" for n in range(10_000)])).job_id
    with running(database, runner, threads=2) as worker:
        begun.wait(PATIENCE_S)
        manager.cancel_job(job_id)
        wait_until(lambda: not worker.running)
        after = manager.submit(JobRequest("work", ["next"]), once=False).job_id
        wait_until(lambda: manager.get(after).status is JobStatus.PROCESSING)
    job = manager.get(job_id)
    assert (job.status, job.processed_items) == (JobStatus.CANCELLED, 0)
    assert len([item for item in stopped if item != "next"]) <= 2
    assert database.value("SELECT count(*) FROM job_items WHERE state = 'processing'") == 0


def test_cancel_drops_the_rest_of_a_claimed_batch_of_cheap_items(
    database: Database, manager: JobManager
) -> None:
    """Cheap items are claimed by the hundred; those not begun when cancel is noticed never are."""
    gate, first, ran = threading.Event(), threading.Event(), list[str]()

    def runner(claim: ClaimedItem, _guard: ItemGuard) -> Outcome:
        ran.append(claim.item)
        if len(ran) == 2_000:
            first.set()
            gate.wait(PATIENCE_S)
        return Outcome(True)

    job_id = manager.submit(JobRequest("work", [f"{n}" for n in range(10_000)])).job_id
    with running(database, runner, threads=1) as worker:
        first.wait(PATIENCE_S)
        manager.cancel_job(job_id)
        wait_until(lambda: job_id in worker._unwanted)
        gate.set()
        wait_until(lambda: not worker.running)
    assert len(ran) == 2_000
    job = manager.get(job_id)
    assert (job.status, job.processed_items) == (JobStatus.CANCELLED, 2_000)


def test_paused_job_continues_after_resume(database: Database, manager: JobManager) -> None:
    gate, begun = threading.Event(), threading.Event()

    def runner(claim: ClaimedItem, _guard: ItemGuard) -> Outcome:
        if claim.item == "5":
            begun.set()
            gate.wait(PATIENCE_S)
        return Outcome(True)

    job_id = manager.submit(JobRequest("work", [f"{n}" for n in range(200)])).job_id
    with running(database, runner, threads=1) as worker:
        begun.wait(PATIENCE_S)
        manager.pause(job_id)
        wait_until(lambda: job_id in worker._unwanted)
        gate.set()
        wait_until(lambda: not worker.running)
        assert manager.get(job_id).status is JobStatus.PAUSED
        manager.resume(job_id)
        assert ended(manager, job_id).processed_items == 200


def test_stopping_worker_hands_in_what_is_done_and_gives_back_the_rest(
    database: Database, manager: JobManager
) -> None:
    gate, begun = threading.Event(), threading.Event()

    def runner(claim: ClaimedItem, guard: ItemGuard) -> Outcome:
        if claim.item == "20":
            begun.set()
            gate.wait(PATIENCE_S)
            guard.check()
        return Outcome(True)

    job_id = manager.submit(JobRequest("work", [f"{n}" for n in range(100)])).job_id
    worker = Worker(database, {"work": runner}, threads=1)
    worker.start()
    begun.wait(PATIENCE_S)
    worker.stop(timeout_s=0)
    gate.set()
    worker.stop()
    assert manager.get(job_id).processed_items == 20
    states = database.rows("SELECT state, count(*) AS items FROM job_items GROUP BY state")
    assert {row["state"]: row["items"] for row in states} == {"succeeded": 20, "queued": 80}
    assert manager.workers.all() == []
    with running(database, work):
        assert ended(manager, job_id).processed_items == 100


def test_worker_considered_dead_registers_again_and_its_late_result_is_refused(
    database: Database, manager: JobManager
) -> None:
    gates = [threading.Event(), threading.Event()]
    begun = [threading.Event(), threading.Event()]
    guards: list[ItemGuard] = []

    def runner(_claim: ClaimedItem, guard: ItemGuard) -> Outcome:
        turn = len(guards)
        guards.append(guard)
        begun[turn].set()
        gates[turn].wait(PATIENCE_S)
        return Outcome(True, {"turn": turn})

    job_id = manager.submit(JobRequest("work", ["a"])).job_id
    with running(database, runner, threads=2) as worker:
        begun[0].wait(PATIENCE_S)
        old_id = worker.worker_id
        (record,) = manager.workers.all()
        manager.workers.rescue((), record.heartbeat_at + LEASE_S + 1)
        wait_until(lambda: worker.worker_id != old_id)
        begun[1].wait(PATIENCE_S)
        with pytest.raises(LeaseLost):
            guards[0].check()
        guards[1].check()
        gates[0].set()
        wait_until(lambda: len(worker.running) == 1)
        assert manager.get(job_id).processed_items == 0
        gates[1].set()
        ended(manager, job_id)
    (result,) = manager.results.page(job_id)
    assert result.details == {"turn": 1}


def test_dead_workers_items_are_taken_over_at_the_next_start(
    database: Database, manager: JobManager
) -> None:
    job_id = manager.submit(JobRequest("work", ["a", "b"])).job_id
    manager.workers.register("gone", gethostname(), 1, 1, 4e9)  # its lease would run for decades
    manager.items.exchange("gone", (), 2, KINDS, 1.0)
    with running(database, work):
        assert ended(manager, job_id).processed_items == 2


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
def test_items_that_could_not_be_given_back_are_not_held_forever(
    database: Database, manager: JobManager, caplog: pytest.LogCaptureFixture
) -> None:
    """The database refuses just when a stopped item is to be given back."""
    begun, gate = threading.Event(), threading.Event()
    runs: list[str] = []

    def runner(claim: ClaimedItem, _guard: ItemGuard) -> Outcome:
        runs.append(claim.item)
        if len(runs) == 1:
            begun.set()
            gate.wait(PATIENCE_S)
            raise JobStopped("the job was paused")
        return Outcome(True)

    job_id = manager.submit(JobRequest("work", ["a"])).job_id
    with running(database, runner, threads=1):
        begun.wait(PATIENCE_S)
        with database.transaction() as transaction:
            transaction.execute(
                "CREATE TRIGGER refuse BEFORE UPDATE OF state ON job_items"
                " WHEN new.state = 'queued' BEGIN SELECT RAISE(ABORT, 'refused'); END"
            )
        gate.set()
        wait_until(lambda: "trying again" in caplog.text)
        with database.transaction() as transaction:
            transaction.execute("DROP TRIGGER refuse")
        assert ended(manager, job_id).processed_items == 1


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
def test_results_that_could_not_be_handed_in_are_handed_in_later(
    database: Database, manager: JobManager, caplog: pytest.LogCaptureFixture
) -> None:
    runs: list[str] = []

    def runner(claim: ClaimedItem, _guard: ItemGuard) -> Outcome:
        runs.append(claim.item)
        return Outcome(True)

    with database.transaction() as transaction:
        transaction.execute(
            "CREATE TRIGGER refuse BEFORE INSERT ON job_results"
            " BEGIN SELECT RAISE(ABORT, 'refused'); END"
        )
    job_id = manager.submit(JobRequest("work", ["a"])).job_id
    with running(database, runner, threads=1):
        wait_until(lambda: "trying again" in caplog.text)
        with database.transaction() as transaction:
            transaction.execute("DROP TRIGGER refuse")
        assert ended(manager, job_id).processed_items == 1
    assert runs == ["a"]


def test_no_result_is_accepted_before_what_the_items_left_is_on_disk(
    database: Database, manager: JobManager
) -> None:
    left: list[str] = []
    accepted_too_early: list[str] = []
    job_id = manager.submit(JobRequest("work", [str(n) for n in range(50)])).job_id

    def runner(claim: ClaimedItem, _guard: ItemGuard) -> Outcome:
        left.append(claim.item)
        return Outcome(True)

    def flush() -> None:
        accepted = {result.item for result in manager.results.in_order(job_id)}
        accepted_too_early.extend(accepted.intersection(left))
        left.clear()

    worker = Worker(database, {"work": runner}, threads=1, before_hand_in=flush)
    worker.start()
    try:
        ended(manager, job_id)
    finally:
        worker.stop()
    assert left == []
    assert accepted_too_early == []


def test_slow_item_keeps_neither_the_rest_of_its_batch_nor_the_results_before_it(
    database: Database, manager: JobManager
) -> None:
    """After hundreds of cheap items one turns out slow, with hundreds claimed behind it."""
    gate, slow_begun = threading.Event(), threading.Event()

    def runner(claim: ClaimedItem, _guard: ItemGuard) -> Outcome:
        if claim.item == "2500":
            slow_begun.set()
            gate.wait(PATIENCE_S)
        return Outcome(True)

    job_id = manager.submit(JobRequest("work", [f"{n}" for n in range(3_000)])).job_id
    with running(database, runner, threads=2):
        slow_begun.wait(PATIENCE_S)
        wait_until(lambda: manager.get(job_id).processed_items == 2_999)
        gate.set()
        assert ended(manager, job_id).processed_items == 3_000


@dataclass
class Gate:
    """A runner of quick items that waits, until it is opened, once `holds` says so.

    It is asked with what was claimed ahead while the item runs.
    """

    holds: Callable[[Sequence[ClaimedItem]], bool] = bool
    worker: Worker | None = None
    closed: threading.Event = field(default_factory=threading.Event)
    opened: threading.Event = field(default_factory=threading.Event)
    ran: list[str] = field(default_factory=list)

    def __call__(self, claim: ClaimedItem, _guard: ItemGuard) -> Outcome:
        self.ran.append(claim.item)
        for thread in threading.enumerate():
            if thread.name == "ahead":
                thread.join()
        if self.worker is not None and self.holds(tuple(self.worker._batches[0].ahead)):
            self.closed.set()
            self.opened.wait(PATIENCE_S)
        time.sleep(0.01)
        return Outcome(True)


@contextmanager
def claiming_ahead(
    database: Database, gate: Gate, then: Callable[[], object] = lambda: None
) -> Iterator[Worker]:
    """Run a worker until its gate has closed; open it at the end, and do `then`."""
    if not database.dialect.locks_rows:
        pytest.skip("items are claimed ahead on a server only")
    with running(database, gate, threads=1) as worker:
        gate.worker = worker
        try:
            assert gate.closed.wait(PATIENCE_S)
            yield worker
        finally:
            gate.holds = lambda _ahead: False
            gate.opened.set()
        then()


def held(database: Database, job_id: str) -> int:
    """Return how many items of a job workers hold."""
    sql = "SELECT count(*) FROM job_items WHERE state = 'processing' AND job_id = ?"
    return int(database.value(sql, (job_id,)))


@pytest.mark.both_databases
def test_next_items_are_claimed_while_the_last_one_runs(
    database: Database, manager: JobManager
) -> None:
    job_id = manager.submit(JobRequest("work", [f"{n}" for n in range(500)])).job_id
    gate = Gate()
    with claiming_ahead(database, gate, lambda: ended(manager, job_id)):
        # What was done before is handed in, and the item that turns out slow keeps nothing.
        assert manager.get(job_id).processed_items == len(gate.ran) - 1
        wait_until(lambda: held(database, job_id) == 1)
    assert sorted(gate.ran, key=int) == [f"{n}" for n in range(500)]


@pytest.mark.both_databases
@pytest.mark.parametrize("action", ["cancel_job", "pause"])
def test_items_claimed_ahead_are_given_back_when_their_job_stops(
    database: Database, manager: JobManager, action: str
) -> None:
    """Although an item of another job is running, which keeps its claim."""
    first = manager.submit(JobRequest("work", [f"{n}" for n in range(500)])).job_id
    urgent: list[str] = []

    def holds(ahead: Sequence[ClaimedItem]) -> bool:
        if ahead and not urgent:
            request = JobRequest("work", ["other 1", "other 2"], priority=Priority.URGENT)
            urgent.append(manager.submit(request).job_id)
        return any(claim.job_id in urgent for claim in ahead)

    gate = Gate(holds)
    with claiming_ahead(database, gate, lambda: ended(manager, first)):
        assert held(database, urgent[0]) == 2
        getattr(manager, action)(urgent[0])
        wait_until(lambda: held(database, urgent[0]) == 0)
        assert held(database, first) == 1
    assert [item for item in gate.ran if item.startswith("other")] == []


@pytest.mark.both_databases
def test_worker_that_stops_gives_back_what_it_has_claimed_ahead(
    database: Database, manager: JobManager
) -> None:
    job_id = manager.submit(JobRequest("work", [f"{n}" for n in range(500)])).job_id
    gate = Gate()
    with claiming_ahead(database, gate) as worker:
        assert held(database, job_id) > 1
        worker._stopping.set()
    assert held(database, job_id) == 0
    assert manager.get(job_id).processed_items == len(gate.ran)


def test_worker_ends_where_the_database_lacks_what_every_claim_needs(
    database: Database, manager: JobManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended: list[object] = []
    died = threading.Event()

    def note(failure: threading.ExceptHookArgs) -> None:
        ended.append(failure.exc_type)
        died.set()

    monkeypatch.setattr(threading, "excepthook", note)
    with database.transaction() as transaction:
        transaction.execute("ALTER TABLE jobs DROP COLUMN last_claim_at")
    worker = Worker(database, {"process": lambda _claim, _guard: Outcome(True)}, threads=1)
    worker.start()
    assert died.wait(10)
    worker.stop()
    assert ended == [SchemaMismatch]


def test_damage_that_an_item_meets_is_reported_and_the_item_is_queued_again(
    manager: JobManager, database: Database
) -> None:
    reported = threading.Event()

    def run(_claim: ClaimedItem, _guard: ItemGuard) -> Outcome:
        raise DatabaseDamaged("an index is damaged")

    job = manager.submit(JobRequest("work", ["/a.cbz"]))
    worker = Worker(database, {"work": run}, threads=1, on_damage=reported.set)
    worker.start()
    try:
        assert reported.wait(PATIENCE_S)
    finally:
        worker.stop()
    assert manager.get(job.job_id).failed_items == 0
    assert database.rows("SELECT failures FROM job_items")[0][0] == 1


class Group:
    """A GroupRunner that notes what it gets."""

    size = 8

    def __init__(self, result_of: Callable[[ClaimedItem], Outcome | Exception | None]) -> None:
        self._result_of = result_of
        self.groups: list[list[str]] = []

    def __call__(
        self, claims: Sequence[ClaimedItem], guard: GroupGuard
    ) -> Sequence[Outcome | Exception | None]:
        assert guard.check(claims) == [None] * len(claims)
        self.groups.append([claim.item for claim in claims])
        return [self._result_of(claim) for claim in claims]


def test_items_of_one_job_run_in_groups_of_bounded_size(
    database: Database, manager: JobManager
) -> None:
    group = Group(lambda _: Outcome(True))
    with running(database, work, threads=1, group_runner=group):
        jobs = [
            manager.submit(JobRequest("work", [f"{job}/{n}" for n in range(100)])).job_id
            for job in range(2)
        ]
        assert [ended(manager, job_id).processed_items for job_id in jobs] == [100, 100]
    assert max(map(len, group.groups)) == group.size
    assert all(len({item.split("/")[0] for item in items}) == 1 for items in group.groups)
    in_groups = [item for items in group.groups for item in items]
    assert len(in_groups) == len(set(in_groups))


def test_each_item_of_a_group_gets_its_own_outcome(database: Database, manager: JobManager) -> None:
    def result_of(claim: ClaimedItem) -> Outcome | Exception:
        number = int(claim.item)
        if number % 3 == 0:
            return DamagedArchive("it is broken", path=claim.item)
        return ValueError("a defect") if number % 3 == 1 else Outcome(True)

    def alone(claim: ClaimedItem, _guard: ItemGuard) -> Outcome:
        result = result_of(claim)
        if isinstance(result, Exception):
            raise result
        return result

    with running(database, alone, threads=1, group_runner=Group(result_of)):
        job = manager.submit(JobRequest("work", [str(n) for n in range(60)]))
        assert ended(manager, job.job_id).failed_items == 40
    codes = [result.code for result in manager.results.in_order(job.job_id)]
    assert codes == [DamagedArchive.code, "internal", None] * 20


def test_items_that_do_not_fit_into_their_group_run_alone(
    database: Database, manager: JobManager
) -> None:
    alone: list[str] = []

    def run(claim: ClaimedItem, _guard: ItemGuard) -> Outcome:
        alone.append(claim.item)
        return Outcome(True)

    group = Group(lambda claim: None if int(claim.item) % 5 == 0 else Outcome(True))
    with running(database, run, threads=1, group_runner=group):
        job = manager.submit(JobRequest("work", [str(n) for n in range(60)]))
        assert ended(manager, job.job_id).processed_items == 60
    assert {str(n) for n in range(0, 60, 5)} <= set(alone)
    grouped = [item for items in group.groups for item in items]
    assert len(grouped) == len(set(grouped))


def test_a_group_guard_refuses_items_that_another_worker_has(
    database: Database, manager: JobManager, open_database: Callable[[], Database]
) -> None:
    checked = threading.Event()
    answers: list[type | None] = []

    class Taken(Group):
        def __call__(
            self, claims: Sequence[ClaimedItem], guard: GroupGuard
        ) -> Sequence[Outcome | Exception | None]:
            if not answers and len(claims) > 2:
                database_of_others = open_database()
                with database_of_others.transaction() as transaction:
                    transaction.execute(
                        "UPDATE job_items SET attempt = attempt + 1 WHERE seq = ?",
                        (claims[1].seq,),
                    )
                answers.extend(
                    None if error is None else type(error) for error in guard.check(claims[:3])
                )
                with database_of_others.transaction() as transaction:
                    transaction.execute(
                        "UPDATE job_items SET attempt = attempt - 1 WHERE seq = ?",
                        (claims[1].seq,),
                    )
                checked.set()
            return [Outcome(True) for _ in claims]

    with running(database, work, threads=1, group_runner=Taken(lambda _: Outcome(True))):
        job = manager.submit(JobRequest("work", [str(n) for n in range(50)]))
        assert ended(manager, job.job_id).failed_items == 0
    assert checked.is_set()
    assert answers == [None, LeaseLost, None]


def test_items_of_a_paused_job_say_nothing_about_the_size_of_batches() -> None:
    batch = Batch()
    batch.begin([])
    batch.end()
    assert batch.size == 1
    batch.begin([])
    batch.count([])
    batch.end(group_size=256)
    assert batch.size == 1
