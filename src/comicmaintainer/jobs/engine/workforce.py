"""Which workers exist at this moment, whether a service is among them, and which ones are dead.

Used by the worker, the command line, health, doctor and the pages. A worker is present until its
process is gone, which its lock shows at once. It is alive if its heartbeat is fresh as well: a hung
worker is present but not alive. The worker of a command does only that command's job, so it is not
a service. Of the workers of a service, the main worker also watches, runs schedules and does the
chores; any other runs items only.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from comicmaintainer.database import Database
from comicmaintainer.jobs.engine.liveness import Liveness
from comicmaintainer.jobs.engine.worker_store import LEASE_S, WorkerStore
from comicmaintainer.jobs.model import WorkerRecord

logger = logging.getLogger(__name__)


class Workforce:
    """The registered workers, by what they can do. Thread-safe."""

    def __init__(self, database: Database, *, now: Callable[[], float] = time.time) -> None:
        self._workers = WorkerStore(database)
        self._liveness = Liveness.beside(database)
        self._now = now

    def present(self) -> list[WorkerRecord]:
        """Return the workers whose process exists, the oldest first; some may be hung."""
        return [
            worker
            for worker in self._workers.all()
            if not self._liveness.is_dead(worker.worker_id, worker.host)
        ]

    def alive(self) -> list[WorkerRecord]:
        """Return the present workers with a fresh heartbeat, the oldest first."""
        oldest_fresh = self._now() - LEASE_S
        return [worker for worker in self.present() if worker.heartbeat_at >= oldest_fresh]

    def services(self) -> list[WorkerRecord]:
        """Return the workers that are alive and work on any job."""
        return [worker for worker in self.alive() if worker.only_job is None]

    def is_served(self) -> bool:
        """Tell whether a service is alive, so that queued jobs will be worked on."""
        return bool(self.services())

    def has_main(self) -> bool:
        """Tell whether a worker is alive that watches, runs schedules and does the chores too."""
        return any(not worker.items_only for worker in self.services())

    def works_on(self, job_id: str, *, but: str | None = None) -> bool:
        """Tell whether a live worker, other than `but`, works on the job."""
        return any(
            worker.only_job in (None, job_id) and worker.worker_id != but for worker in self.alive()
        )

    def rescue(self, before: Callable[[], object] = lambda: None) -> int:
        """Take back the items of workers that are dead or hang; return how many are queued again.

        A worker of this machine whose process is gone is dead at once; any other, and one that
        hangs, when its lease has expired.
        `before` is called when it is known who is gone, while nobody else can claim their items.
        """
        hosts = dict.fromkeys(self._workers.orphans())
        hosts |= {worker.worker_id: worker.host for worker in self._workers.all()}
        gone = {name for name, host in hosts.items() if self._liveness.is_dead(name, host)}
        before()
        rescued = self._workers.rescue(gone, self._now())
        self._liveness.clear(gone)
        if rescued:
            logger.warning("Took over %d items of dead workers", rescued)
        return rescued
