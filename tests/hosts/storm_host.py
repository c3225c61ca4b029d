"""One worker process of a host in a storm, set by its environment as the service is.

Each item that runs is written as a line into the file RAN: kind, tab, item. With STOPPED (a share,
0 to 1) the process stops itself at random within a write transaction, so that it has the turn, and
right before the last step of a move, when nothing can ask any more whether it may go on.
"""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from comicmaintainer.database import Transaction
from comicmaintainer.database.postgresql import PostgresDatabase
from comicmaintainer.errors import ComicMaintainerError
from comicmaintainer.jobs.engine import hand_in, worker_store, workforce
from comicmaintainer.jobs.engine import worker as worker_module
from comicmaintainer.jobs.model import (
    ClaimedItem,
    GroupGuard,
    GroupRunner,
    ItemGuard,
    ItemRunner,
    Outcome,
)
from comicmaintainer.services import Services
from comicmaintainer.services.worker_tools import WorkerTools
from comicmaintainer.settings import Settings
from tests.hosts.copy_host import suspend_at_random

TOUCH = "touch"
TOUCH_S = 0.005
Note = Callable[[ClaimedItem], None]


@dataclass(frozen=True, slots=True)
class NotedGroups:
    """A GroupRunner that notes what runs."""

    run: GroupRunner
    note: Note

    @property
    def size(self) -> int:
        """See GroupRunner."""
        return self.run.size

    def __call__(
        self, claims: Sequence[ClaimedItem], guard: GroupGuard
    ) -> Sequence[Outcome | Exception | None]:
        """See GroupRunner."""
        for claim in claims:
            self.note(claim)
        return self.run(claims, guard)


def noted(run: ItemRunner, note: Note) -> ItemRunner:
    """Return a runner that notes what runs."""

    def runs(claim: ClaimedItem, guard: ItemGuard) -> Outcome:
        note(claim)
        return run(claim, guard)

    return runs


def touch(_claim: ClaimedItem, guard: ItemGuard) -> Outcome:
    """Do hardly anything."""
    time.sleep(TOUCH_S)
    guard.check()
    return Outcome(True)


def shorten(lease_s: float) -> None:
    """Let leases be shorter, so that a test need not wait, and failures be tried again sooner."""
    for module in (worker_store, workforce):
        vars(module)["LEASE_S"] = lease_s
    vars(worker_module)["HEARTBEAT_S"] = lease_s / 7.5
    vars(hand_in)["BACKOFF_S"] = (lease_s / 15, lease_s / 7, lease_s / 2)


def stop_within_transactions(share: float) -> None:
    """Stop this process at random when a write transaction has begun; others let it go on."""
    chance = random.Random(os.getpid())
    begun: Any = PostgresDatabase.transaction

    @contextmanager
    def transaction(self: PostgresDatabase, *turn: Any) -> Iterator[Transaction]:
        with begun(self, *turn) as opened:
            if chance.random() < share:
                os.kill(os.getpid(), signal.SIGSTOP)
            yield opened

    vars_of: Any = PostgresDatabase
    vars_of.transaction = transaction


def main() -> None:
    """Work until killed."""
    lease_s, stopped = float(os.environ["LEASE_S"]), float(os.environ["STOPPED"])
    shorten(lease_s)
    stop_within_transactions(stopped)
    suspend_at_random(10 * stopped)
    log = os.open(os.environ["RAN"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def note(claim: ClaimedItem) -> None:
        os.write(log, f"{claim.kind}\t{claim.item}\n".encode())

    services = Services(Settings.from_environment(os.environ))
    tools = WorkerTools.build(services)
    assert services.host_roots is not None
    services.host_roots.register()
    runners = {**tools.runners, TOUCH: touch}
    tools = replace(
        tools,
        runners={name: noted(run, note) for name, run in runners.items()},
        group_runners={name: NotedGroups(run, note) for name, run in tools.group_runners.items()},
    )
    tools.worker().start()
    while True:
        try:
            tools.recover()
            tools.recovery.finish_stopped()
        except ComicMaintainerError as error:
            print(error, flush=True)
        time.sleep(lease_s / 5)


if __name__ == "__main__":
    main()
