from __future__ import annotations

import json
import multiprocessing
import os
from pathlib import Path

import pytest

from comicmaintainer.database import SqliteDatabase
from comicmaintainer.database.schema_steps import steps
from tests.database.database_processes import open_again_and_again, write_for

ROUNDS = int(os.environ.get("COMICMAINTAINER_START_ROUNDS", "8"))
WRITING_S = float(os.environ.get("COMICMAINTAINER_WRITING_S", "2"))
PROCESSES = 8
SPAWN = multiprocessing.get_context("spawn")


def run_all(processes: list[multiprocessing.process.BaseProcess]) -> None:
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0] * len(processes)


@pytest.mark.slow
def test_processes_that_start_on_an_empty_directory_create_one_sound_schema(tmp_path: Path) -> None:
    barrier = SPAWN.Barrier(PROCESSES)
    run_all(
        [
            SPAWN.Process(target=open_again_and_again, args=(tmp_path, barrier, number, ROUNDS))
            for number in range(PROCESSES)
        ]
    )
    for round_ in range(ROUNDS):
        database = SqliteDatabase(tmp_path / str(round_) / "jobs.db")
        jobs = {row["job_id"] for row in database.rows("SELECT job_id FROM jobs")}
        assert jobs == {f"p{number}" for number in range(PROCESSES)}
        assert database.rows("PRAGMA integrity_check")[0][0] == "ok"
        assert database.rows("PRAGMA user_version")[0][0] == len(steps())
        database.close()


@pytest.mark.slow
def test_writing_processes_get_fair_shares_without_lock_errors(tmp_path: Path) -> None:
    path = tmp_path / "jobs.db"
    database = SqliteDatabase(path)
    with database.transaction() as transaction:
        transaction.execute(
            "INSERT INTO jobs (job_id, status, total_items, created_at)"
            " VALUES ('shared', 'processing', 0, 0)"
        )
    barrier = SPAWN.Barrier(PROCESSES)
    reports = [tmp_path / f"{number}.json" for number in range(PROCESSES)]
    run_all(
        [
            SPAWN.Process(target=write_for, args=(path, barrier, number, WRITING_S, report))
            for number, report in enumerate(reports)
        ]
    )
    batches = [json.loads(report.read_text("utf-8"))["batches"] for report in reports]
    stored = database.rows("SELECT count(*) FROM job_results")[0][0]
    database.close()
    assert stored == 50 * sum(batches)
    assert min(batches) > 0.5 * sum(batches) / PROCESSES
