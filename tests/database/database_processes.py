"""Bodies of the processes that these tests start; each process imports them again."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from comicmaintainer.database import SqliteDatabase


def open_and_write(path: Path, barrier: Any, number: int) -> None:
    """Open the database at the same moment as the others, and store one job."""
    barrier.wait()
    database = SqliteDatabase(path)
    with database.transaction() as transaction:
        transaction.execute(
            "INSERT INTO jobs (job_id, status, total_items, created_at) VALUES (?, 'queued', 0, 0)",
            (f"p{number}",),
        )


def open_again_and_again(folder: Path, barrier: Any, number: int, rounds: int) -> None:
    """Do the same in a new empty folder, `rounds` times."""
    for round_ in range(rounds):
        open_and_write(folder / str(round_) / "jobs.db", barrier, number)


def write_for(path: Path, barrier: Any, number: int, seconds: float, report: Path) -> None:
    """Write batches of 50 rows until the time is over; report the number and the longest wait."""
    database = SqliteDatabase(path)
    database.row("SELECT 1")
    barrier.wait()
    done, longest = 0, 0.0
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        began = time.monotonic()
        with database.transaction() as transaction:
            transaction.execute_many(
                "INSERT INTO job_results (job_id, item, success) VALUES ('shared', ?, 1)",
                [(f"{number}-{done}-{row}",) for row in range(50)],
            )
        longest = max(longest, time.monotonic() - began)
        done += 1
    report.write_text(json.dumps({"batches": done, "longest_s": longest}), encoding="utf-8")
