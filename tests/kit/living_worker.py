"""A registered worker that counts as alive: its lock is held by the test until the process ends."""

from __future__ import annotations

import os
import time

from comicmaintainer.database import Database
from comicmaintainer.jobs.engine.liveness import Liveness
from comicmaintainer.jobs.engine.worker_store import WorkerStore


def register_worker(
    database: Database,
    worker_id: str = "w",
    *,
    host: str | None = None,
    threads: int = 1,
    now: float | None = None,
    only_job: str | None = None,
    items_only: bool = False,
) -> Liveness:
    """Register a worker and return its lock, which `leave` lets go as its death does."""
    liveness = Liveness.beside(database)
    liveness.enter(worker_id)
    at = time.time() if now is None else now
    WorkerStore(database).register(
        worker_id,
        host or database.host,
        os.getpid(),
        threads,
        at,
        only_job=only_job,
        items_only=items_only,
    )
    return liveness
