"""A workbench that identifies comics at a replay server."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from comicmaintainer.database import SqliteDatabase
from comicmaintainer.jobs.model import Job, JobStatus
from comicmaintainer.outgoing.transport import Transport
from comicmaintainer.sources.source_settings import GivenSettings
from comicmaintainer.sources.sources import Sources
from tests.kit.clock import Clock
from tests.operations.workbench import Guard, Workbench

MOST_ROUNDS = 100


def identifying_bench(
    folder: Path, address: str, transport: Transport, *, now: float, **context: Any
) -> Workbench:
    """Return a workbench of which ComicVine is switched on, at this address."""
    clock = Clock(now)
    given = {"comicvine": GivenSettings(True, address, {"key": "k3y"})}
    database = SqliteDatabase(folder / "config" / "jobs.db")
    sources = Sources.build(database, given, answer_days=30, now=clock, transport=transport)
    bench = Workbench(folder, sources=sources, **context)
    bench.clock = clock
    object.__setattr__(bench.context, "now", clock)
    return bench


def finish(bench: Workbench, job: Job, guard: Guard | None = None) -> None:
    """Work until the job has ended, letting the clock go on while its items wait."""
    for _ in range(MOST_ROUNDS):
        bench.work(guard)
        if bench.manager.get(job.job_id).status is JobStatus.COMPLETED:
            return
        bench.clock.advance(2)
    raise AssertionError("the job did not end")
