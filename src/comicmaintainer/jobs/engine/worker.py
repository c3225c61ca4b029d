"""Runs items: claims them, calls the function of their kind, and hands in the outcomes.

Used by the worker process and by the command line when no server runs. Each thread hands in its
results and claims its next items in one transaction. It claims as many as it can run in a moment:
hundreds of cheap items, or one slow one. On a server it does so while its last items run
(ahead.py). A claim lives as long as the worker's heartbeat. A worker that stalled past its lease
has lost its claims: it registers again, and its old results are refused.
"""

from __future__ import annotations

import logging
import os
import threading
import time
import uuid
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext

from comicmaintainer.database import Database
from comicmaintainer.errors import (
    ComicMaintainerError,
    DatabaseDamaged,
    DatabaseError,
    ItemInterrupted,
    SchemaMismatch,
)
from comicmaintainer.jobs.engine.ahead import Ahead
from comicmaintainer.jobs.engine.batch import OF_FILE, OF_SERVER, Batch, drained
from comicmaintainer.jobs.engine.guards import Guards
from comicmaintainer.jobs.engine.item_store import ItemStore
from comicmaintainer.jobs.engine.liveness import Liveness
from comicmaintainer.jobs.engine.worker_store import HEARTBEAT_S, WorkerStore
from comicmaintainer.jobs.engine.workforce import Workforce
from comicmaintainer.jobs.model import (
    ClaimedItem,
    GroupGuard,
    GroupRunner,
    HandIn,
    ItemRunner,
    Outcome,
)

logger = logging.getLogger(__name__)

IDLE_S = 0.1
IDLE_CLAIM_S = 1.0
WATCH_S = 0.25
AFTER_DATABASE_ERROR_S = 1.0
MOST_SHOWN = 16
"""How many of its running items a worker names in its heartbeat."""


class Worker:
    """A pool of `threads` item threads in this process, and its heartbeat.

    `group_runners` run several items of a kind together; where there is none, `runners` run each.
    `limits` bounds how many items of a kind run at a time; `only_job` keeps it to one job, and
    `items_only` tells others that this process does nothing else. `before_hand_in` writes what the
    runners left for the end of a batch. `before_rescue` is called at the start and with
    each heartbeat, before the items of dead workers are given to others. `on_damage` is called if
    the database turns out to be damaged. `roots_here` returns the roots whose items this host may
    run, on a server that several share.
    """

    def __init__(
        self,
        database: Database,
        runners: Mapping[str, ItemRunner],
        *,
        group_runners: Mapping[str, GroupRunner] | None = None,
        threads: int = 4,
        limits: Mapping[str, int] | None = None,
        only_job: str | None = None,
        items_only: bool = False,
        before_hand_in: Callable[[], None] | None = None,
        before_rescue: Callable[[], object] = lambda: None,
        on_damage: Callable[[], None] = lambda: None,
        roots_here: Callable[[], Collection[int]] = tuple,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._roots_here = roots_here
        self._database = database
        self._pace = OF_SERVER if database.dialect.locks_rows else OF_FILE
        self._items = ItemStore(database)
        self._workers = WorkerStore(database)
        self._workforce = Workforce(database, now=now)
        self._liveness = Liveness.beside(database)
        self._runners = dict(runners)
        self._group_runners = dict(group_runners or {})
        self._limits = dict(limits or {})
        self._only_job = only_job
        self._items_only = items_only
        self._before_hand_in = before_hand_in
        self._before_rescue = before_rescue
        self._on_damage = on_damage
        self._count = threads
        self._now = now
        self._stopping = threading.Event()
        self._cheap_turn = threading.Lock()
        self._exchange_turn = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._batches: list[Batch] = []
        self._worker_id = ""
        self._turn_holder = 0
        self._with_one_item: set[int] = set()
        self._sizes: dict[str, int] = {}
        self._running: dict[int, Sequence[ClaimedItem]] = {}
        self._unwanted: frozenset[str] = frozenset()

    @property
    def running(self) -> tuple[ClaimedItem, ...]:
        """The items that are running at this moment."""
        return tuple(claim for claims in list(self._running.values()) for claim in claims)

    @property
    def worker_id(self) -> str:
        """The id under which this worker currently holds its claims."""
        return self._worker_id

    @property
    def is_whole(self) -> bool:
        """False if a thread has died of an unexpected error, so that its work is not done."""
        return self._stopping.is_set() or all(thread.is_alive() for thread in self._threads)

    def start(self) -> None:
        """Register, rescue the items of dead workers, and start the threads."""
        self._register()
        self._workforce.rescue(self._before_rescue)
        self._batches = [Batch(self._pace) for _ in range(self._count)]
        self._begin("heartbeat", self._beat)
        self._begin("watch", self._watch)
        for number, batch in enumerate(self._batches):
            self._begin(f"item-{number}", self._work, batch)

    def _begin(self, name: str, target: Callable[..., None], *arguments: Batch) -> None:
        thread = threading.Thread(target=target, args=arguments, name=name, daemon=True)
        thread.start()
        self._threads.append(thread)

    def stop(self, timeout_s: float | None = None) -> None:
        """Stop claiming, let each running item reach its end or a safe point, and sign off."""
        self._stopping.set()
        deadline = None if timeout_s is None else time.monotonic() + timeout_s
        for thread in self._threads:
            thread.join(None if deadline is None else max(0.0, deadline - time.monotonic()))
        if not any(thread.is_alive() for thread in self._threads):
            # Rescue what a thread could not give back (the database failed).
            try:
                self._workers.rescue([self._worker_id], self._now())
            except DatabaseError as error:
                logger.warning("This worker's items stay claimed until its lease ends: %s", error)
            self._liveness.leave()

    # --- being alive -----------------------------------------------------------------------------

    def _register(self) -> None:
        worker_id = uuid.uuid4().hex
        self._liveness.enter(worker_id)
        self._workers.register(
            worker_id,
            self._database.host,
            os.getpid(),
            self._count,
            self._now(),
            only_job=self._only_job,
            items_only=self._items_only,
        )
        self._worker_id = worker_id

    def _beat(self) -> None:
        while not self._stopping.wait(HEARTBEAT_S):
            try:
                current = [claim.item for claim in self.running[:MOST_SHOWN]]
                if not self._workers.heartbeat(self._worker_id, current, self._now()):
                    logger.warning(
                        "Lease lost: this worker was considered dead. Registering again."
                    )
                    self._register()
                self._workforce.rescue(self._before_rescue)
            except DatabaseError as error:
                logger.warning("Heartbeat failed: %s", error)

    def _watch(self) -> None:
        """Find out which jobs were stopped, and take items from threads with a slow one."""
        seen = -1
        while not self._stopping.wait(WATCH_S):
            try:
                seen = self._note_unwanted(seen)
                for batch in self._batches:
                    if batch.is_overdue() or batch.job_ids() & self._unwanted:
                        self._relieve(batch)
            except DatabaseError as error:
                logger.warning("Could not check the running items: %s", error)

    def _note_unwanted(self, seen: int) -> int:
        """Note the running jobs that were cancelled, paused or deleted meanwhile."""
        held = {claim.job_id for claim in self.running}
        held = held.union(*(batch.job_ids() for batch in self._batches))
        version = self._database.data_version()
        if not held:
            # A paused job may have been resumed since.
            self._unwanted = frozenset()
        elif version != seen or self._unwanted:
            self._unwanted = frozenset(held - self._items.wanted_jobs(held))
        return version

    def _relieve(self, batch: Batch) -> None:
        batch.give_up_waiting()
        if batch.done or batch.unrun:
            self._exchange(batch, 0)

    # --- items -----------------------------------------------------------------------------------

    def _work(self, batch: Batch) -> None:
        seen = -1
        logged = ""
        ahead = Ahead(batch, self._exchange)
        while not self._stopping.is_set():
            try:
                if self._turn(batch, ahead):
                    continue
                seen = self._wait_for_change(seen)
                logged = ""
            except SchemaMismatch:
                # Retrying cannot help, so let the thread and the process end.
                raise
            except DatabaseError as error:
                if str(error) != logged:  # one line per second would fill the log
                    logger.warning("Can't reach the database, trying again: %s", error)
                logged = str(error)
                if isinstance(error, DatabaseDamaged):
                    self._on_damage()
                self._stopping.wait(AFTER_DATABASE_ERROR_S)
        self._last_hand_in(batch, ahead)

    def _turn(self, batch: Batch, ahead: Ahead) -> bool:
        """Hand in, claim, and run the claimed items. False if there was nothing to claim."""
        if self._pace.waits_for_server:
            # Several at once would only keep each other waiting.
            claims = ahead.take()
            if not claims:
                with self._exchange_turn if batch.is_cheap() else nullcontext():
                    claims = self._exchange(batch, batch.size)
            with self._turn_of_cheap_items(batch):
                self._run_batch(batch, claims, ahead)
        else:
            with self._turn_of_cheap_items(batch):
                claims = self._exchange(batch, batch.size)
                self._run_batch(batch, claims, ahead)
        return bool(claims)

    @contextmanager
    def _turn_of_cheap_items(self, batch: Batch) -> Iterator[None]:
        is_held = batch.is_cheap() and self._take_turn()
        try:
            yield
        finally:
            if is_held:
                self._cheap_turn.release()

    def _take_turn(self) -> bool:
        """Wait for the turn; False if the thread that has it has met a slow item.

        A group may take long because the disk is slow, and two groups would only slow it further.
        """
        while not self._cheap_turn.acquire(timeout=self._pace.longest_s):
            if self._turn_holder in self._with_one_item or self._stopping.is_set():
                return False
        self._turn_holder = threading.get_ident()
        return True

    def _exchange(self, batch: Batch, wanted: int) -> list[ClaimedItem]:
        """Give back and hand in the batch's items, and claim up to `wanted` new ones."""
        here = self._roots_here() if wanted else ()
        unrun, done = drained(batch.unrun), drained(batch.done)
        try:
            if unrun:
                self._items.release(unrun)
                unrun.clear()
            if done and self._before_hand_in is not None:
                self._before_hand_in()
            accepted, claims = self._items.exchange(
                self._worker_id,
                done,
                wanted,
                self._runners,
                self._now(),
                self._limits,
                self._only_job,
                here,
                shares=self._pace.waits_for_server,
            )
        except DatabaseError:
            batch.unrun.extend(unrun)
            batch.done.extend(done)
            raise
        for refused in accepted.refused:
            logger.warning(
                "Result refused: the job is gone or another worker has the item: job %s, %s",
                refused.claim.job_id,
                refused.claim.item,
            )
        return claims

    def _wait_for_change(self, seen: int) -> int:
        """Wait until the database changes or time is up; return the last version seen."""
        deadline = time.monotonic() + IDLE_CLAIM_S
        while time.monotonic() < deadline:
            version = self._database.data_version()
            if version != seen:
                return version
            if self._stopping.wait(IDLE_S):
                break
        return seen

    def _run_batch(self, batch: Batch, claimed: Sequence[ClaimedItem], ahead: Ahead) -> None:
        if not claimed:
            return
        batch.begin(claimed)
        me = threading.get_ident()
        kind = ""
        while claims := batch.next(self._most_together):
            if self._stopping.is_set() or claims[0].job_id in self._unwanted:
                batch.unrun.extend(claims)
                continue
            self._running[me] = claims
            batch.count(claims)
            kind = claims[0].kind
            if batch.is_nearly_done(claims):
                ahead.begin()
            started = time.monotonic()
            results = self._run(claims)
            each_s = (time.monotonic() - started) / len(claims)
            for claim, result in zip(claims, results, strict=True):
                if result is None:
                    batch.alone.append(claim)
                elif outcome := self._outcome(claim, result):
                    batch.done.append(HandIn(claim, outcome, each_s))
                else:
                    batch.unrun.append(claim)
        self._running.pop(me, None)
        if kind:
            # What one thread has learned about a kind is true for all.
            batch.size = max(batch.size, self._sizes.get(kind, 1))
            batch.end(self._most_together(kind))
            self._sizes[kind] = batch.size

    def _most_together(self, kind: str) -> int:
        runner = self._group_runners.get(kind)
        return 1 if runner is None else runner.size

    def _run(self, claims: Sequence[ClaimedItem]) -> Sequence[Outcome | Exception | None]:
        """Run items together; return the outcome of each, or the exception that it raised.

        None stands for an item that must run alone.
        """
        guard = Guards(self._items, self._stopping)
        try:
            if len(claims) > 1:
                return self._group_runners[claims[0].kind](claims, guard)
            return [self._run_one(claims[0], guard)]
        except Exception as error:  # noqa: BLE001 - becomes the outcome
            return [error] * len(claims)

    def _run_one(self, claim: ClaimedItem, guard: GroupGuard) -> Outcome:
        me = threading.get_ident()
        self._with_one_item.add(me)
        try:
            return self._runners[claim.kind](claim, guard.of(claim))
        finally:
            self._with_one_item.discard(me)

    def _outcome(self, claim: ClaimedItem, result: Outcome | Exception) -> Outcome | None:
        """Return the outcome of an item; None if it was interrupted and must be given back."""
        if isinstance(result, Outcome):
            return result
        if isinstance(result, ItemInterrupted):
            logger.info("Stopped %s of job %s: %s", claim.item, claim.job_id, result)
            return None
        if isinstance(result, ComicMaintainerError):
            if isinstance(result, DatabaseDamaged):
                self._on_damage()
            return Outcome(False, None, str(result), result.code, result.retryable)
        logger.error("Job %s failed on %s", claim.job_id, claim.item, exc_info=result)
        return Outcome(False, None, f"Unexpected {type(result).__name__}: {result}", "internal")

    def _last_hand_in(self, batch: Batch, ahead: Ahead) -> None:
        try:
            batch.unrun.extend(ahead.take())
        except DatabaseError as error:
            logger.warning("Could not claim items: %s", error)
        if batch.done or batch.unrun:
            try:
                self._exchange(batch, 0)
            except DatabaseError as error:
                logger.warning(
                    "%d results could not be stored; their items will run again: %s",
                    len(batch.done),
                    error,
                )
