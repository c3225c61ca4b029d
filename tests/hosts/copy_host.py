"""One worker process of a host that works on comics, set by its environment as the service is.

    copy_host.py            works until it is killed
    copy_host.py catalogue  reads all comics of its roots into the catalogue, and ends

With SUSPENDED (a share, 0 to 1) it stops itself at random right before and right after the last
step of a move, where nothing can ask any more whether it may go on.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from pathlib import Path

from comicmaintainer.errors import ComicMaintainerError
from comicmaintainer.jobs.engine import hand_in, worker_store, workforce
from comicmaintainer.jobs.engine import worker as worker_module
from comicmaintainer.operations.changes import moves
from comicmaintainer.operations.items.catalogue_update import record
from comicmaintainer.services import Services
from comicmaintainer.services.worker_tools import WorkerTools
from comicmaintainer.settings import Settings

LEASE_S = 1.0
HEARTBEAT_S = 0.2
BACKOFF_S = (0.2, 0.5, 1.0)


def main() -> None:
    """Work until killed."""
    # Shorter, so that a test need not wait.
    for module in (worker_store, workforce):
        vars(module)["LEASE_S"] = LEASE_S
    vars(worker_module)["HEARTBEAT_S"] = HEARTBEAT_S
    vars(hand_in)["BACKOFF_S"] = BACKOFF_S
    suspend_at_random(float(os.environ.get("SUSPENDED", "0")))
    services = Services(Settings.from_environment(os.environ))
    tools = WorkerTools.build(services)
    if services.host_roots is not None:
        services.host_roots.look()
    if "catalogue" in sys.argv:
        for root in services.roots.paths:
            services.catalogue.add_root(root)
            for path in services.roots.walk(root):
                record(tools.context, path)
        tools.context.journal_batch.flush()
        return
    tools.worker().start()
    while True:
        try:
            tools.recover()
            tools.recovery.finish_stopped()
        except ComicMaintainerError as error:
            print(error, flush=True)
        time.sleep(HEARTBEAT_S)


def suspend_at_random(share: float) -> None:
    """Stop this process at random around the last step of a move; others let it go on."""
    chance = random.Random(os.getpid())
    moved = vars(moves)["moved"]

    def suspend(share: float) -> None:
        if chance.random() < share:
            os.kill(os.getpid(), signal.SIGSTOP)

    async def suspended(old: Path, new: Path) -> None:
        suspend(share)
        await moved(old, new)
        suspend(share / 5)

    vars(moves)["moved"] = suspended


if __name__ == "__main__":
    main()
