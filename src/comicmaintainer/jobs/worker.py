"""Runs items: claims them, hands each to the function of its kind, and hands in what came of it.

Used by the worker process and by the command line when no server runs. Each thread hands in its
results and claims its next items in one transaction; it claims as many as it can run in about
`BATCH_S`, so cheap items come by the hundred and slow ones singly. A claim lives as long as the
worker's heartbeat. A worker that stalled past its lease and comes back finds its claims gone: it
registers anew, and what it still hands in is refused.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field

from comicmaintainer.database import Database
from comicmaintainer.errors import (
    ComicMaintainerError,
    DatabaseError,
    ItemInterrupted,
    JobStopped,
    LeaseLost,
)
from comicmaintainer.jobs.item_store import ItemStore
from comicmaintainer.jobs.liveness import Liveness
from comicmaintainer.jobs.model import ClaimedItem, HandIn, ItemRunner, Outcome
from comicmaintainer.jobs.worker_store import HEARTBEAT_S, WorkerStore

logger = logging.getLogger(__name__)

BATCH_S = 0.1
LARGEST_BATCH = 400
CHEAP_BATCH = 32
"""From this batch size on, items cost so little that threads would only fight for the interpreter:
they take turns instead (measured: 15,000 no-op items/s with four threads unordered, 25,000 so)."""
IDLE_S = 0.1
IDLE_CLAIM_S = 1.0
STOP_CHECK_S = 0.25
AFTER_DATABASE_ERROR_S = 1.0


class Worker:
    """A pool of `threads` item threads in this process, and the heartbeat that proves it alive.

    `limits` bounds how many items of a kind run at a time; `only_job` keeps it to one job.
    """

    def __init__(
        self,
        database: Database,
        runners: Mapping[str, ItemRunner],
        *,
        threads: int = 4,
        limits: Mapping[str, int] | None = None,
        only_job: str | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._database = database
        self._items = ItemStore(database)
        self._workers = WorkerStore(database)
        self._liveness = Liveness(database.path.parent / "workers")
        self._runners = dict(runners)
        self._limits = dict(limits or {})
        self._only_job = only_job
        self._count = threads
        self._now = now
        self._stopping = threading.Event()
        self._cheap_turn = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._worker_id = ""
        self._running: dict[int, ClaimedItem] = {}
        self._unwanted: frozenset[str] = frozenset()

    @property
    def worker_id(self) -> str:
        """The id under which this worker holds its claims now."""
        return self._worker_id

    def start(self) -> None:
        """Register, rescue what dead workers held, and start the threads."""
        self._register()
        self._rescue()
        names = [("heartbeat", self._beat), ("stop-check", self._watch_jobs)]
        names += [(f"item-{number}", self._work) for number in range(self._count)]
        for name, target in names:
            thread = threading.Thread(target=target, name=name, daemon=True)
            thread.start()
            self._threads.append(thread)

    def stop(self, timeout_s: float | None = None) -> None:
        """Claim nothing more, let each running item reach its end or a safe point, and leave."""
        self._stopping.set()
        deadline = None if timeout_s is None else time.monotonic() + timeout_s
        for thread in self._threads:
            thread.join(None if deadline is None else max(0.0, deadline - time.monotonic()))
        if not any(thread.is_alive() for thread in self._threads):
            # What a thread could not give back (the database failed) is rescued from here on.
            self._workers.rescue([self._worker_id], self._now())
            self._liveness.leave()

    # --- being alive -----------------------------------------------------------------------------

    def _register(self) -> None:
        worker_id = uuid.uuid4().hex
        self._liveness.enter(worker_id)
        self._workers.register(
            worker_id, socket.gethostname(), os.getpid(), self._count, self._now()
        )
        self._worker_id = worker_id

    def _rescue(self) -> None:
        known = {record.worker_id for record in self._workers.all()}
        gone = {name for name in known | self._workers.orphans() if self._liveness.is_dead(name)}
        rescued = self._workers.rescue(gone - {self._worker_id}, self._now())
        if rescued:
            logger.warning("Took over %d items of workers that are gone", rescued)

    def _beat(self) -> None:
        while not self._stopping.wait(HEARTBEAT_S):
            try:
                current = [claim.item for claim in list(self._running.values())]
                if not self._workers.heartbeat(self._worker_id, current, self._now()):
                    logger.warning("This worker was taken for dead; it registers anew")
                    self._register()
                self._rescue()
            except DatabaseError as error:
                logger.warning("Heartbeat failed: %s", error)

    def _watch_jobs(self) -> None:
        """Learn which of the jobs being run are no longer wanted (cancelled, paused, deleted)."""
        seen = -1
        while not self._stopping.wait(STOP_CHECK_S):
            held = {claim.job_id for claim in list(self._running.values())}
            try:
                version = self._database.data_version()
                if held and (version != seen or self._unwanted):
                    self._unwanted = frozenset(held - self._items.wanted_jobs(held))
                seen = version
            except DatabaseError as error:
                logger.warning("Could not look for cancelled jobs: %s", error)

    # --- items -----------------------------------------------------------------------------------

    def _work(self) -> None:
        thread = _ItemThread()
        while not self._stopping.is_set():
            try:
                with self._cheap_turn if thread.batch >= CHEAP_BATCH else nullcontext():
                    self._turn(thread)
            except DatabaseError as error:
                logger.warning("Can't reach the database, trying again: %s", error)
                self._stopping.wait(AFTER_DATABASE_ERROR_S)
        if thread.done:
            self._last_hand_in(thread)

    def _turn(self, thread: _ItemThread) -> None:
        """Hand in, claim, and run what was claimed; or wait until something may have changed."""
        if not thread.done and not self._something_new(thread):
            return
        worker_id = self._worker_id
        accepted, claims = self._items.exchange(
            worker_id,
            thread.done,
            thread.batch,
            self._runners,
            self._now(),
            self._limits,
            self._only_job,
        )
        for refused in accepted.refused:
            logger.warning(
                "Result refused, another worker has the item: job %s, %s",
                refused.claim.job_id,
                refused.claim.item,
            )
        thread.done.clear()
        thread.found_nothing = not claims
        if claims:
            self._run_batch(thread, claims)

    def _something_new(self, thread: _ItemThread) -> bool:
        if not thread.found_nothing:
            return True
        deadline = time.monotonic() + IDLE_CLAIM_S
        while time.monotonic() < deadline:
            version = self._database.data_version()
            if version != thread.seen_version:
                thread.seen_version = version
                return True
            if self._stopping.wait(IDLE_S):
                return False
        return True

    def _run_batch(self, thread: _ItemThread, claims: list[ClaimedItem]) -> None:
        started = time.monotonic()
        unrun: list[ClaimedItem] = []
        me = threading.get_ident()
        try:
            for claim in claims:
                if self._stopping.is_set() or claim.job_id in self._unwanted:
                    unrun.append(claim)
                    continue
                self._running[me] = claim
                hand_in = self._run(claim)
                if hand_in is None:
                    unrun.append(claim)
                else:
                    thread.done.append(hand_in)
        finally:
            self._running.pop(me, None)
        thread.adapt(time.monotonic() - started, len(claims))
        if unrun:
            self._items.release(unrun)

    def _run(self, claim: ClaimedItem) -> HandIn | None:
        """Run one item; None if it was interrupted and has to be given back."""
        started = time.monotonic()
        try:
            outcome = self._runners[claim.kind](claim, _Guard(self._items, claim, self._stopping))
        except ItemInterrupted as interruption:
            logger.info("Stopped %s of job %s: %s", claim.item, claim.job_id, interruption)
            return None
        except ComicMaintainerError as error:
            outcome = Outcome(False, None, str(error), error.code, error.retryable)
        except Exception as error:
            logger.exception("Job %s failed on %s", claim.job_id, claim.item)
            outcome = Outcome(
                False, None, f"Unexpected {type(error).__name__}: {error}", "internal"
            )
        return HandIn(claim, outcome, time.monotonic() - started)

    def _last_hand_in(self, thread: _ItemThread) -> None:
        try:
            self._items.exchange(self._worker_id, thread.done, 0, (), self._now())
        except DatabaseError as error:
            logger.warning(
                "%d results could not be stored and will be made again: %s",
                len(thread.done),
                error,
            )


@dataclass(slots=True)
class _ItemThread:
    """What one item thread carries from turn to turn."""

    done: list[HandIn] = field(default_factory=list)
    batch: int = 1
    found_nothing: bool = False
    seen_version: int = -1

    def adapt(self, elapsed_s: float, count: int) -> None:
        """Choose the next batch so that it takes about BATCH_S; grow fourfold at most."""
        fitting = int(BATCH_S / max(elapsed_s / count, 1e-6))
        self.batch = max(1, min(fitting, self.batch * 4, LARGEST_BATCH))


@dataclass(frozen=True, slots=True)
class _Guard:
    """The ItemGuard of one claim."""

    items: ItemStore
    claim: ClaimedItem
    stopping: threading.Event

    def check(self) -> None:
        """See ItemGuard.check."""
        if self.stopping.is_set():
            raise JobStopped("the worker is shutting down")
        if self.items.holds(self.claim):
            return
        if self.items.still_claimed(self.claim):
            raise JobStopped("the job was paused, cancelled or deleted")
        raise LeaseLost("another worker has taken over")
