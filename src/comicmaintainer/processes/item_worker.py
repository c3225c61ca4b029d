"""A worker process that runs items and nothing else, so that they use another processor core.

Used by `comicmaintainer worker --items-only`, which serve starts beside the main worker (see
worker). It loads little, because it may be idle most of the time.
"""

from __future__ import annotations

import logging
import threading

from comicmaintainer.database.turn_watch import TurnWatch
from comicmaintainer.processes import worker_process
from comicmaintainer.processes.maintenance import CHECK, Maintenance, check_on_request
from comicmaintainer.processes.memory_keeper import MemoryKeeper
from comicmaintainer.processes.worker_process import Loop, Part, run_parts
from comicmaintainer.services import Services
from comicmaintainer.services.worker_tools import WorkerTools
from comicmaintainer.settings import Settings

logger = logging.getLogger(__name__)


def run(settings: Settings) -> None:
    """Run items until told to stop.

    Raises:
        DatabaseError: the database can't be used.
    """
    worker_process.run(settings, "item-worker", _work)


def _work(services: Services, tools: WorkerTools, stopping: threading.Event) -> None:
    run_parts(build_parts(services, tools), stopping)


def build_parts(services: Services, tools: WorkerTools) -> list[Part]:
    """Return the parts of the process, in the order they start."""
    maintenance = Maintenance([check_on_request(services)])
    worker = tools.worker(items_only=True, on_damage=lambda: maintenance.do_soon(CHECK))
    return [
        TurnWatch(services.database, logger.warning),
        worker,
        maintenance,
        Loop("memory", MemoryKeeper().run),
    ]
