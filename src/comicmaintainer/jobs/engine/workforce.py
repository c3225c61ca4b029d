"""Who works on jobs at this moment, and whether that is a service.

Used by the command line, health, doctor and the pages. A worker counts as present until its process
is gone, which its lock tells at once, and as alive while its heartbeat is fresh as well: one that
hangs is present but not alive. The worker of a command does only that command's job, so it is no
service.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from comicmaintainer.database import Database
from comicmaintainer.jobs.engine.liveness import Liveness
from comicmaintainer.jobs.engine.worker_store import LEASE_S, WorkerStore
from comicmaintainer.jobs.model import WorkerRecord


class Workforce:
    """The registered workers, told apart by what they can do. Safe to share between threads."""

    def __init__(self, database: Database, *, now: Callable[[], float] = time.time) -> None:
        self._workers = WorkerStore(database)
        self._liveness = Liveness.beside(database)
        self._now = now

    def present(self) -> list[WorkerRecord]:
        """Return the workers whose process is there, the oldest first; some may hang."""
        return [one for one in self._workers.all() if not self._liveness.is_dead(one.worker_id)]

    def alive(self) -> list[WorkerRecord]:
        """Return the workers whose process is there and has a fresh heartbeat, the oldest first."""
        newest = self._now() - LEASE_S
        return [worker for worker in self.present() if worker.heartbeat_at >= newest]

    def services(self) -> list[WorkerRecord]:
        """Return the workers that are alive and take up any job."""
        return [worker for worker in self.alive() if worker.only_job is None]

    def is_served(self) -> bool:
        """Tell whether a service works on jobs: what is queued now will be taken up."""
        return bool(self.services())

    def works_on(self, job_id: str, *, but: str | None = None) -> bool:
        """Tell whether a worker that is alive takes up items of the job; `but` is not counted."""
        return any(
            worker.only_job in (None, job_id) and worker.worker_id != but for worker in self.alive()
        )
