"""A database that is deleted under the service: people are told, and the worker begins anew."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path

from comicmaintainer.database import SqliteDatabase, notices
from comicmaintainer.processes.serve import WorkerHeartbeats


def test_worker_restarts_and_a_notice_is_posted(tmp_path: Path) -> None:
    database = SqliteDatabase(tmp_path / "jobs.db")
    told: list[str] = []
    heartbeats = WorkerHeartbeats(database, on_replaced=lambda: told.append("announced"))
    with subprocess.Popen(["sleep", "60"]) as worker:
        heartbeats(worker.pid)
        heartbeats(worker.pid)
        assert told == []
        assert worker.poll() is None
        database.path.unlink()
        heartbeats(worker.pid)
        assert worker.wait(10) == -signal.SIGTERM
    assert told == ["announced"]
    assert any("deleted or replaced" in notice.message for notice in notices.all_notices(database))


def test_all_workers_restart_each_once(tmp_path: Path) -> None:
    database = SqliteDatabase(tmp_path / "jobs.db")
    told: list[str] = []
    heartbeats = WorkerHeartbeats(database, on_replaced=lambda: told.append("announced"))
    sleep = ["sleep", "60"]
    with subprocess.Popen(sleep) as one, subprocess.Popen(sleep) as other:
        for worker in (one, other):
            heartbeats(worker.pid)
        database.path.unlink()
        for worker in (one, other):
            heartbeats(worker.pid)
            assert worker.wait(10) == -signal.SIGTERM
    with subprocess.Popen(sleep) as fresh:
        heartbeats(fresh.pid)
        heartbeats(fresh.pid)
        assert fresh.poll() is None
        fresh.kill()
    assert told == ["announced"]


def test_database_that_is_deleted_before_the_first_heartbeat_is_noticed(tmp_path: Path) -> None:
    database = SqliteDatabase(tmp_path / "jobs.db")
    heartbeats = WorkerHeartbeats(database)
    database.path.unlink()
    with subprocess.Popen(["sleep", "60"]) as worker:
        heartbeats(worker.pid)
        assert worker.wait(10) == -signal.SIGTERM
    assert any("deleted or replaced" in notice.message for notice in notices.all_notices(database))
