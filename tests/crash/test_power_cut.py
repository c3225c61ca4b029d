"""What a power cut leaves: the database as of the last checkpoint and a write-ahead log cut short.

With synchronous=FULL everything up to the log's length at an acknowledgement is on disk; behind it
may be anything. The long form: `COMICMAINTAINER_CUTS=1000 pytest tests/crash/test_power_cut.py`.
"""

from __future__ import annotations

import os
import random
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest
from benchmarks.named_kinds import NamedKinds

from comicmaintainer.database import SqliteDatabase
from comicmaintainer.jobs.engine.worker_store import WorkerStore
from comicmaintainer.jobs.job_manager import JobManager
from comicmaintainer.jobs.model import HandIn, JobRequest, Outcome

CUTS = int(os.environ.get("COMICMAINTAINER_CUTS", "50"))
KIND = "touch"
JOBS = 60
WAL_HEADER_BYTES, FRAME_HEADER_BYTES, PAGE_BYTES = 32, 24, 4096

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Acknowledged:
    """Something a caller was told, and how long the log was then."""

    wal_bytes: int
    job_id: str
    results: int


@dataclass(frozen=True)
class History:
    """A database that was written to without a checkpoint, and what was acknowledged on the way."""

    path: Path
    said: list[Acknowledged]

    @property
    def wal(self) -> Path:
        return self.path.with_name("jobs.db-wal")


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> History:
    path = tmp_path_factory.mktemp("written") / "jobs.db"
    database = SqliteDatabase(path)
    with database.exclusive_connection() as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.execute("PRAGMA wal_autocheckpoint=0")
    manager = JobManager(database, NamedKinds({KIND}))
    WorkerStore(database).register("w", "host", 1, 1, 1.0)
    said: list[Acknowledged] = []

    def note(job_id: str, results: int) -> None:
        said.append(Acknowledged(path.with_name("jobs.db-wal").stat().st_size, job_id, results))

    for number in range(JOBS):
        items = [f"{number}/{item}.cbz" for item in range(1 + number % 40)]
        job_id = manager.submit(JobRequest(KIND, items)).job_id
        note(job_id, 0)
        done: list[HandIn] = []
        for handed_in in range(2):
            accepted, claims = manager.items.exchange("w", done, len(items), {KIND}, 2.0)
            if handed_in:
                note(job_id, accepted.count)
            done = [HandIn(claim, Outcome(True, {"n": number}), 0.1) for claim in claims]
    # Copied, not closed: closing would write the log into the database.
    image = tmp_path_factory.mktemp("image") / "jobs.db"
    for suffix in ("", "-wal"):
        shutil.copy(f"{path}{suffix}", f"{image}{suffix}")
    database.close()
    return History(image, said)


@pytest.mark.parametrize("seed", range(CUTS))
def test_database_after_a_power_cut_is_sound_and_has_all_that_was_acknowledged(
    history: History, tmp_path: Path, seed: int
) -> None:
    chance = random.Random(seed)
    log = history.wal.read_bytes()
    length = chance.randrange(len(log) + 1)
    if seed % 2:  # at the end of a frame
        frame = FRAME_HEADER_BYTES + PAGE_BYTES
        length = WAL_HEADER_BYTES + length // frame * frame
    behind = chance.choice([b"", bytes(chance.randrange(20_000)), chance.randbytes(9_000)])
    path = tmp_path / "jobs.db"
    shutil.copy(history.path, path)
    path.with_name("jobs.db-wal").write_bytes(log[:length] + behind)

    database = SqliteDatabase(path)
    assert database.value("PRAGMA integrity_check") == "ok"
    assert database.rows("PRAGMA foreign_key_check") == []
    manager = JobManager(database, NamedKinds({KIND}))
    for said in history.said:
        if said.wal_bytes <= length:
            job = manager.get(said.job_id)
            assert job.processed_items >= said.results
    for job in manager.jobs.page(limit=JOBS):
        stored = list(manager.results.in_order(job.job_id))
        assert len(stored) == job.processed_items
        assert len(list(manager.results.items(job.job_id))) == job.total_items
    manager.submit(JobRequest(KIND, ["after"]))
    database.close()
