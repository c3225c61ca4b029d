"""One worker process of a host, as tests start it: `host_process.py URL FOLDER HOST ROOT...`.

FOLDER is the host's own. Each item that runs is written as a line into a file there.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from pathlib import Path

from comicmaintainer.database.postgresql import PostgresDatabase
from comicmaintainer.jobs.engine import worker as worker_module
from comicmaintainer.jobs.engine import worker_store, workforce
from comicmaintainer.jobs.engine.worker import Worker
from comicmaintainer.jobs.model import ClaimedItem, ItemGuard, Outcome
from comicmaintainer.library.host_roots import HostRoots
from comicmaintainer.library.roots import LibraryRoots

KIND = "touch"
LEASE_S = 3.0
HEARTBEAT_S = 0.5
ITEM_S = 0.005
RAN = "ran"


class LongServing(PostgresDatabase):
    """As if the server had been answering for long, so that leases end."""

    def serving_for_s(self) -> float:
        """See Database."""
        return 1e9


def main(url: str, folder: Path, host: str, roots: list[Path]) -> None:
    """Work until killed."""
    # Shorter, so that a test need not wait.
    for module in (worker_store, workforce):
        vars(module)["LEASE_S"] = LEASE_S
    vars(worker_module)["HEARTBEAT_S"] = HEARTBEAT_S
    folder.mkdir(parents=True, exist_ok=True)
    database = LongServing(url, folder, host=host)
    log = os.open(folder / RAN, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def run(claim: ClaimedItem, guard: ItemGuard) -> Outcome:
        time.sleep(ITEM_S)
        guard.check()
        os.write(log, f"{claim.item}\n".encode())
        return Outcome(True)

    hosts = HostRoots(database, LibraryRoots(roots), now=database.now)
    hosts.register()
    worker = Worker(database, {KIND: run}, threads=2, roots_here=hosts.here, now=database.now)
    worker.start()
    threading.Event().wait()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3], [Path(text) for text in sys.argv[4:]])
