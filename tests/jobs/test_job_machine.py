"""Random sequences of everything that can be done to jobs, against a small model of them.

The short form runs with the tests; ten thousand sequences:

    COMICMAINTAINER_SEQUENCES=10000 pytest tests/jobs/test_job_machine.py
"""

from __future__ import annotations

import io
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    invariant,
    multiple,
    precondition,
    rule,
)

from comicmaintainer.database import Database
from comicmaintainer.errors import JobNotFound, JobStateConflict
from comicmaintainer.jobs.engine.claims import SUSPICIOUS_LOSSES
from comicmaintainer.jobs.engine.hand_in import BACKOFF_S
from comicmaintainer.jobs.engine.worker_store import LEASE_S
from comicmaintainer.jobs.job_manager import JobManager, Retention
from comicmaintainer.jobs.model import ClaimedItem, JobRequest, JobStatus, Outcome, Priority
from comicmaintainer.jobs.transfer.exporter import Exporter
from tests.kit.clock import Clock
from tests.kit.databases import Place, runs_on_all
from tests.kit.hand_worker import DISK_FULL, DONE, FAILED, KINDS, HandWorker, importer
from tests.kit.postgresql import Server

SEQUENCES = int(os.environ.get("COMICMAINTAINER_SEQUENCES", "40"))
FEW_SEQUENCES = 8
"""Each takes about a second on PostgreSQL."""
ARCHIVES = [f"{letter}.cbz" for letter in "abcdefg"]
ACTIVE = (JobStatus.QUEUED, JobStatus.PROCESSING, JobStatus.PAUSED)


@dataclass
class ModelItem:
    """What the model knows of an item."""

    item: str
    state: str = "queued"
    holder: tuple[str, int] | None = None
    attempts: int = 0
    failures: int = 0
    lost: int = 0
    not_before: float = 0.0


@dataclass
class ModelJob:
    """What the model knows of a job."""

    items: list[ModelItem]
    status: JobStatus = JobStatus.QUEUED
    started: bool = False
    ended_at: float | None = None
    priority: Priority = Priority.NORMAL
    archived: bool = field(default=False)

    @property
    def is_running(self) -> bool:
        return any(item.holder for item in self.items)

    def complete_if_done(self, now: float) -> None:
        """Complete the job if all its items have their result."""
        if self.status in ACTIVE and all(i.state in ("succeeded", "failed") for i in self.items):
            self.status, self.ended_at = JobStatus.COMPLETED, now


class JobMachine(RuleBasedStateMachine):
    """The database and the model, side by side."""

    jobs = Bundle("jobs")
    claims = Bundle("claims")

    databases: ClassVar[list[Database]] = []
    """Two, made once and emptied for each sequence; a move goes from one to the other."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = Clock()
        self.model: dict[str, ModelJob] = {}
        self._use(0)

    def _use(self, number: int) -> None:
        self.number = number
        self.database = emptied(self.databases[number])
        self.manager = JobManager(
            self.database, KINDS, retention=Retention(jobs_s=3600), now=self.clock
        )
        self.workers = [HandWorker(self.database, self.clock, f"w{n}") for n in range(2)]

    # --- asking ------------------------------------------------------------------------------

    @rule(
        target=jobs,
        items=st.lists(st.sampled_from(ARCHIVES), max_size=4, unique=True),
        kind=st.sampled_from(sorted(KINDS)),
    )
    def create(self, items: list[str], kind: str) -> str:
        self.clock.advance(0.001)
        job_id = self.manager.submit(JobRequest(kind, items), once=False).job_id
        self.model[job_id] = ModelJob([ModelItem(item) for item in items])
        self.model[job_id].complete_if_done(self.clock())
        return job_id

    @rule(job_id=jobs, action=st.sampled_from(["pause", "resume", "cancel_job"]))
    def control(self, job_id: str, action: str) -> None:
        job = self.model[job_id]
        sources = {
            "pause": (JobStatus.QUEUED, JobStatus.PROCESSING),
            "resume": (JobStatus.PAUSED,),
            "cancel_job": ACTIVE,
        }[action]
        try:
            getattr(self.manager, action)(job_id)
        except (JobStateConflict, JobNotFound):
            assert job.archived or job.status not in sources
        if job.archived or job.status not in sources:
            return
        if action == "pause":
            job.status = JobStatus.PAUSED
        elif action == "resume":
            job.status = JobStatus.PROCESSING if job.started else JobStatus.QUEUED
        else:
            job.status, job.ended_at = JobStatus.CANCELLED, self.clock()

    @rule(job_id=jobs, priority=st.sampled_from(Priority))
    def reprioritise(self, job_id: str, priority: Priority) -> None:
        job = self.model[job_id]
        try:
            self.manager.set_priority(job_id, priority)
        except (JobStateConflict, JobNotFound):
            assert job.archived or job.status not in ACTIVE
        else:
            job.priority = priority

    @rule(job_id=jobs)
    def retry(self, job_id: str) -> None:
        job = self.model[job_id]
        failed = [item for item in job.items if item.state == "failed"]
        possible = not job.archived and job.status not in (JobStatus.CANCELLED, JobStatus.FAILED)
        try:
            reopened = self.manager.retry(job_id)
        except (JobStateConflict, JobNotFound):
            assert not possible
            return
        assert reopened == (len(failed) if possible else 0)
        for item in failed:
            item.state, item.failures, item.lost, item.not_before = "queued", 0, 0, 0.0
        if failed and job.status is JobStatus.COMPLETED:
            job.status, job.ended_at = JobStatus.PROCESSING, None

    # --- working -----------------------------------------------------------------------------

    @rule(target=claims, number=st.integers(0, 1), wanted=st.integers(1, 5))
    def claim(self, number: int, wanted: int) -> object:
        return self._claimed(number, wanted)

    def _claimed(self, number: int, wanted: int) -> object:
        claims = self.workers[number].claim(wanted)
        now = self.clock()
        for claim in claims:
            job, item = self._found(claim)
            assert job.status in (JobStatus.QUEUED, JobStatus.PROCESSING)
            assert not job.archived
            assert item.state == "queued"
            assert item.not_before <= now
            assert claim.attempt > item.attempts
            item.state, item.attempts = "processing", claim.attempt
            item.holder = (claim.worker_id, claim.attempt)
            job.status, job.started = JobStatus.PROCESSING, True
        self._nothing_left_out(len(claims) == wanted)
        return multiple(*claims)

    @rule(claim=claims, outcome=st.sampled_from([DONE, FAILED, DISK_FULL, "later"]))
    def hand_in(self, claim: ClaimedItem, outcome: object) -> None:
        """Hand in, perhaps a second time, perhaps after the claim was lost."""
        worker = next(w for w in self.workers if w.worker_id == claim.worker_id)
        later_at = self.clock() + 100.0
        delayed = outcome == "later"
        if delayed:
            outcome = Outcome(False, not_before=later_at)
        accepted = worker.hand_in([claim], outcome)  # type: ignore[arg-type]
        job, item = self._found(claim)
        current = item.holder == (claim.worker_id, claim.attempt)
        assert (accepted.refused == ()) is current
        if not current:
            return
        item.holder = None
        if delayed:
            item.state, item.not_before, item.failures = "queued", later_at, claim.failures
        elif outcome is DISK_FULL and item.failures < len(BACKOFF_S):
            item.state = "queued"
            item.not_before = self.clock() + BACKOFF_S[item.failures]
            item.failures += 1
        else:
            item.state = "succeeded" if outcome is DONE else "failed"
            job.complete_if_done(self.clock())
        self.manager.purge()

    @rule(claim=consumes(claims))
    def give_back(self, claim: ClaimedItem) -> None:
        worker = next(w for w in self.workers if w.worker_id == claim.worker_id)
        worker.items.release([claim])
        _, item = self._found(claim)
        if item.holder == (claim.worker_id, claim.attempt):
            item.state, item.holder = "queued", None
        self.manager.purge()

    @rule(target=claims, number=st.integers(0, 1), next_number=st.integers(0, 1))
    def expire(self, number: int, next_number: int) -> object:
        """One worker stalls past its lease, the other rescues, and either of them goes on."""
        self.clock.advance(LEASE_S + 1)
        lost, alive = self.workers[number], self.workers[1 - number]
        alive.beat()
        alive.workers.rescue((), self.clock())
        for job in self.model.values():
            for item in job.items:
                if item.holder and item.holder[0] == lost.worker_id:
                    item.state, item.holder = "queued", None
                    item.lost += 1
        lost.register()
        self.manager.purge()
        return self._claimed(next_number, 5)

    @rule(seconds=st.sampled_from([1.0, 6.0, 40.0, 200.0, 1900.0]))
    def wait(self, seconds: float) -> None:
        self.clock.advance(seconds)
        for worker in self.workers:
            worker.beat()

    # --- removing, moving --------------------------------------------------------------------

    @rule(job_id=jobs)
    def delete(self, job_id: str) -> None:
        job = self.model[job_id]
        assert self.manager.delete_job(job_id) is not job.archived
        if not job.archived and job.status in ACTIVE:
            job.status = JobStatus.CANCELLED
        job.archived = True

    @rule()
    def clean(self) -> None:
        self.manager.clean_up()
        for job in self.model.values():
            if job.ended_at is not None and job.ended_at < self.clock() - 3600:
                job.archived = True

    @precondition(lambda self: all(i.holder is None for j in self.model.values() for i in j.items))
    @rule()
    def move(self) -> None:
        """Export everything and go on in another database with what was imported."""
        data = b"".join(Exporter(self.database).lines())
        self._use(1 - self.number)
        report = importer(self.database).read(io.BytesIO(data))
        assert report.clashes == []
        assert b"".join(Exporter(self.database).lines()) == data

    # --- what always holds -------------------------------------------------------------------

    @invariant()
    def model_and_database_agree(self) -> None:
        stored = {
            (row["job_id"], row["seq"]): row
            for row in self.database.rows("SELECT job_id, seq, item, state FROM job_items")
        }
        results = {
            (row["job_id"], row["seq"]): row["results"]
            for row in self.database.rows(
                "SELECT job_id, seq, count(*) AS results FROM job_results GROUP BY job_id, seq"
            )
        }
        for job_id, job in self.model.items():
            found = self.manager.get(job_id)
            assert (found.status, found.archived) == (job.status, job.archived)
            if job.archived and job.is_running:
                for seq in range(len(job.items)):  # until it is told what became of those
                    stored.pop((job_id, seq))
                    results.pop((job_id, seq), 0)
                continue
            done = [item for item in job.items if item.state in ("succeeded", "failed")]
            assert found.processed_items == len(done)
            assert found.failed_items == sum(item.state == "failed" for item in done)
            if job.archived:
                continue
            assert found.priority is job.priority
            assert found.completed_at == job.ended_at
            for seq, item in enumerate(job.items):
                row = stored.pop((job_id, seq))
                assert (row["item"], row["state"]) == (item.item, item.state)
                assert results.pop((job_id, seq), 0) == (item in done)
        assert stored == {}
        assert results == {}

    @invariant()
    def no_archive_is_worked_on_twice(self) -> None:
        busy = [item.item for job in self.model.values() for item in job.items if item.holder]
        assert len(busy) == len(set(busy))

    def _found(self, claim: ClaimedItem) -> tuple[ModelJob, ModelItem]:
        job = self.model[claim.job_id]
        return job, job.items[claim.seq]

    def _nothing_left_out(self, all_wanted: bool) -> None:
        """After a claim that got less than it wanted, nothing claimable is left."""
        jobs = list(self.model.values())
        busy = {item.item for job in jobs for item in job.items if item.holder}
        runnable = [job for job in jobs if job.status in (JobStatus.QUEUED, JobStatus.PROCESSING)]
        left = [
            item
            for job in runnable
            for item in job.items
            if item.state == "queued"
            and item.not_before <= self.clock()
            and item.item not in busy
            and item.lost < SUSPICIOUS_LOSSES  # those come last and one by one
        ]
        assert all_wanted or not left


def emptied(database: Database) -> Database:
    tables = ("job_results", "jobs", "workers", "job_history", "job_statistics", "job_waits")
    with database.transaction() as transaction:
        for table in tables:
            transaction.execute(f"DELETE FROM {table}")
    return database


def quick_folder() -> str | None:
    # What is looked for here are wrong states, not power cuts: memory will do.
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


SETTINGS = settings(
    max_examples=SEQUENCES,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


class TestJobs(JobMachine.TestCase):  # type: ignore[misc, valid-type]
    settings = SETTINGS

    @pytest.fixture(autouse=True, scope="class")
    @classmethod
    def databases(cls) -> Iterator[None]:
        folder = Path(tempfile.mkdtemp(prefix="job-machine-", dir=quick_folder()))
        with used(Place(folder / f"{number}") for number in range(2)):
            yield
        shutil.rmtree(folder)


class TestJobsOnPostgresql(JobMachine.TestCase):  # type: ignore[misc, valid-type]
    settings = settings(
        SETTINGS, max_examples=SEQUENCES if runs_on_all() else min(SEQUENCES, FEW_SEQUENCES)
    )

    @pytest.fixture(autouse=True, scope="class")
    @classmethod
    def databases(
        cls, postgresql_server: Server, tmp_path_factory: pytest.TempPathFactory
    ) -> Iterator[None]:
        folder = tmp_path_factory.mktemp("job-machine")
        with postgresql_server.database() as one, postgresql_server.database() as other:  # noqa: SIM117
            with used(Place(folder, url) for url in (one, other)):
                yield


@contextmanager
def used(places: Iterable[Place]) -> Iterator[None]:
    """Let the machine use these databases."""
    JobMachine.databases = [place.open() for place in places]
    yield
    for database in JobMachine.databases:
        database.close()
