"""A worker that does only what a test tells it.

Used by the tests of jobs: it claims and hands in through the real stores, so that tests decide when
a lease ends, who is late, and in which order things happen.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from benchmarks.named_kinds import NamedKinds

from comicmaintainer.database import Database
from comicmaintainer.errors import InvalidInput
from comicmaintainer.jobs.engine.hand_in import Accepted
from comicmaintainer.jobs.engine.item_store import ItemStore
from comicmaintainer.jobs.engine.worker_store import LEASE_S, WorkerStore
from comicmaintainer.jobs.model import ClaimedItem, HandIn, Outcome
from comicmaintainer.jobs.transfer.checks import Known
from comicmaintainer.jobs.transfer.importer import Importer
from tests.kit.clock import Clock

DONE = Outcome(True)
FAILED = Outcome(False, None, "The page is damaged.", "damaged_archive")
DISK_FULL = Outcome(False, None, "No space left.", "disk_full", retryable=True)


class _Kinds(NamedKinds):
    """Kinds whose selections have `paths`, or are of everything."""

    def require_readable(self, kind: str, selection: Mapping[str, object]) -> None:
        if selection and not selection.keys() <= {"paths", "all"}:
            raise InvalidInput(f"A selection has paths, also one for {kind!r}.")

    def require_kept(self, part: Mapping[str, object]) -> None:
        self.require_readable("rehearse", part)


KINDS = _Kinds({"process", "tag", "verify"})


class HandWorker:
    """One registered worker, played by hand."""

    def __init__(self, database: Database, clock: Clock, worker_id: str) -> None:
        self.worker_id = worker_id
        self.items = ItemStore(database)
        self.workers = WorkerStore(database)
        self._clock = clock
        self.register()

    def register(self) -> None:
        self.workers.register(self.worker_id, "host", 1, 1, self._clock())

    def beat(self) -> None:
        """Keep the lease, as a heartbeat does."""
        self.workers.heartbeat(self.worker_id, (), self._clock())

    def claim(
        self,
        wanted: int = 100,
        kinds: Collection[str] = KINDS,
        limits: Mapping[str, int] | None = None,
    ) -> list[ClaimedItem]:
        _, claims = self.items.exchange(self.worker_id, (), wanted, kinds, self._clock(), limits)
        return claims

    def hand_in(
        self, claims: Sequence[ClaimedItem], outcome: Outcome = DONE, duration_s: float = 0.01
    ) -> Accepted:
        done = [HandIn(claim, outcome, duration_s) for claim in claims]
        accepted, _ = self.items.exchange(self.worker_id, done, 0, (), self._clock())
        return accepted

    def run_all(self, outcome: Outcome = DONE, wanted: int = 1000) -> int:
        """Claim and hand in until nothing can be claimed; return how many were accepted."""
        total = 0
        while claims := self.claim(wanted):
            total += self.hand_in(claims, outcome).count
        return total

    def die(self) -> int:
        """Let the lease run out and another rescue the items; return how many."""
        self._clock.advance(LEASE_S + 1)
        return self.workers.rescue((), self._clock())


def importer(database: Database) -> Importer:
    """An importer that knows KINDS, the template `builtin`, and selections with `paths` or all."""
    return Importer(database, Known(KINDS, {"builtin"}))


def names(claims: Sequence[ClaimedItem]) -> list[str]:
    return [claim.item for claim in claims]
