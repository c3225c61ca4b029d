"""A full and a read-only disk under the database: a clear message, nothing broken, and on it goes.

Needs to mount a small filesystem, so it runs as root only.
"""

from __future__ import annotations

import multiprocessing
import os
import subprocess
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest
from benchmarks.named_kinds import NamedKinds

from comicmaintainer.database import SqliteDatabase
from comicmaintainer.errors import DatabaseError, DatabaseFull
from comicmaintainer.jobs.engine.worker import Worker
from comicmaintainer.jobs.job_manager import JobManager
from comicmaintainer.jobs.model import ClaimedItem, ItemGuard, JobRequest, JobStatus, Outcome
from tests.kit.waiting import wait_until

KIND = "touch"
PATIENCE_S = 120.0


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A filesystem of a few megabytes."""
    mount = tmp_path / "disk"
    mount.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", str(mount)]
    if os.geteuid() != 0 or subprocess.run(command, check=False).returncode != 0:
        pytest.skip("mounting needs root")
    yield mount
    subprocess.run(["umount", "-l", str(mount)], check=True)


def fill(disk: Path, leave_bytes: int) -> Path:
    filler = disk / "filler"
    status = os.statvfs(disk)
    filler.write_bytes(bytes(max(0, status.f_bavail * status.f_frsize - leave_bytes)))
    return filler


def remount(disk: Path, how: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{how}", str(disk)], check=True)


def asked_until_refused(manager: JobManager) -> tuple[list[str], DatabaseError]:
    """Submit until the database refuses; return the acknowledged jobs and the refusal."""
    acknowledged: list[str] = []
    for number in range(10_000):
        items = [f"{number}/{item}.cbz" for item in range(100)]
        try:
            acknowledged.append(manager.submit(JobRequest(KIND, items)).job_id)
        except DatabaseError as error:
            return acknowledged, error
    pytest.fail("the disk was never full")


def test_full_disk_refuses_clearly_keeps_what_it_acknowledged_and_continues_when_there_is_space(
    small_disk: Path,
) -> None:
    database = SqliteDatabase(small_disk / "jobs.db")
    manager = JobManager(database, NamedKinds({KIND}))
    first = manager.submit(JobRequest(KIND, ["a"])).job_id
    filler = fill(small_disk, leave_bytes=400_000)
    acknowledged, refusal = asked_until_refused(manager)
    assert isinstance(refusal, DatabaseFull)
    assert "full" in str(refusal)
    assert "free some space" in str(refusal)
    for job_id in (first, *acknowledged):
        assert manager.get(job_id).status is JobStatus.QUEUED
    assert database.value("PRAGMA integrity_check") == "ok"
    filler.unlink()
    again = manager.submit(JobRequest(KIND, ["after"])).job_id
    assert manager.get(again).total_items == 1
    assert len(manager.jobs.page(limit=10_000)) == len(acknowledged) + 2
    database.close()


def test_worker_on_a_full_disk_finishes_its_job_when_there_is_space(
    small_disk: Path, caplog: pytest.LogCaptureFixture
) -> None:
    database = SqliteDatabase(small_disk / "jobs.db")
    manager = JobManager(database, NamedKinds({KIND}))
    job_id = manager.submit(JobRequest(KIND, [f"{n}.cbz" for n in range(1500)])).job_id
    space = [fill(small_disk, leave_bytes=150_000)]

    def bulky(_claim: ClaimedItem, _guard: ItemGuard) -> Outcome:
        return Outcome(True, {"note": "x" * 300})

    worker = Worker(database, {KIND: bulky}, threads=2)
    try:
        worker.start()
        wait_until(lambda: "is full" in caplog.text)
        space.pop().unlink()
        wait_until(lambda: manager.get(job_id).status is JobStatus.COMPLETED)
    finally:
        for filler in space:
            filler.unlink()
        worker.stop()
    assert manager.get(job_id).processed_items == 1500
    assert database.value("SELECT count(*) FROM job_results") == 1500
    assert database.value("PRAGMA integrity_check") == "ok"
    database.close()


def asked_elsewhere(path: Path, item: str) -> str:
    """Submit in a process of its own; return the job's id, or the refusal in words."""
    database = SqliteDatabase(path)
    try:
        return JobManager(database, NamedKinds({KIND})).submit(JobRequest(KIND, [item])).job_id
    except DatabaseError as error:
        return f"{error.code}: {error}"


def in_a_process(path: Path, item: str) -> str:
    # Unlike multiprocessing's Pool, an executor tells when its process has died.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as executor:
        return executor.submit(asked_elsewhere, path, item).result(PATIENCE_S)


def test_read_only_disk_refuses_clearly_and_serves_again_when_writable(small_disk: Path) -> None:
    path = small_disk / "jobs.db"
    first = in_a_process(path, "a")
    remount(small_disk, "ro")
    refusal = in_a_process(path, "b")
    remount(small_disk, "rw")
    second = in_a_process(path, "c")
    assert refusal.startswith("database_read_only")
    assert f"The disk that holds {path} is read-only now" in refusal
    database = SqliteDatabase(path)
    jobs = JobManager(database, NamedKinds({KIND})).jobs.page()
    assert {job.job_id for job in jobs} == {first, second}
    assert database.value("PRAGMA integrity_check") == "ok"
    database.close()
