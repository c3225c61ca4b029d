"""The values of the job system: jobs, items, claims and outcomes, all frozen.

Times are UTC epoch seconds. Each state says what moves it on and what rescues it; the whole state
machine is in docs/job-states.md.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import Any, Protocol

from comicmaintainer.errors import ItemInterrupted


class JobStatus(StrEnum):
    """The state of a job."""

    QUEUED = "queued"
    """Stored; the first claim of one of its items makes it `processing`."""
    PROCESSING = "processing"
    """Items are being worked on; the last accepted result makes it `completed`. Items of a worker
    that died or stalled are rescued, so the job can't stay here forever."""
    PAUSED = "paused"
    """No items are claimed until `resume`; running items end or stop at a safe point."""
    COMPLETED = "completed"
    """Every item has its result, failed ones included. `retry` reopens it."""
    FAILED = "failed"
    """Its stored data can't be read; `error` says which part."""
    CANCELLED = "cancelled"
    """Stopped by request; items that have not started never will. This state is final."""


ACTIVE = (JobStatus.QUEUED, JobStatus.PROCESSING, JobStatus.PAUSED)
ENDED = (JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.CANCELLED)


class ItemState(StrEnum):
    """The state of one item of a job."""

    QUEUED = "queued"
    """May be claimed from `not_before` on, while its job is queued or processing."""
    PROCESSING = "processing"
    """Claimed by a worker; only that worker may hand in its result. Rescued if the worker dies."""
    WAITING = "waiting"
    """Waits until another item of its job has its result or makes way; that hand-in makes it
    `queued`. If items wait for each other, one of them is queued, so none waits forever."""
    SUCCEEDED = "succeeded"
    """Has its only result."""
    FAILED = "failed"
    """Has its only result, a failure; `retry` makes it `queued`."""


class Trigger(StrEnum):
    """Who asked for a job."""

    WATCHER = "watcher"
    WEB = "web"
    API = "api"
    CLI = "cli"
    SCHEDULE = "schedule"


class Priority(IntEnum):
    """How urgent a job is; higher values are claimed first."""

    BACKGROUND = 0
    LOW = 1
    NORMAL = 2
    HIGH = 3
    URGENT = 4


UNASSIGNED = ""
"""The kind of a job that was created but not started; no worker claims it."""


@dataclass(frozen=True, slots=True)
class JobRequest:
    """A request for a job. `items` keep their order; a repeated item counts once."""

    kind: str
    items: Sequence[str]
    params: Mapping[str, Any] = field(default_factory=dict)
    trigger: Trigger = Trigger.API
    preview: bool = False
    priority: Priority = Priority.NORMAL
    title: str | None = None
    source_job_id: str | None = None
    """The job that this one applies, undoes or repeats."""
    requested_by: str | None = None
    """The name of the user, of the key or of the schedule."""
    about: Mapping[str, Any] | None = None
    """What the job is about, see about.py; by default where its files are."""
    item_params: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Parameters of single items, by item (for example, a planned change to apply)."""
    selection: Mapping[str, Any] | None = None
    """The unevaluated selection that `items` were chosen from, if a later job needs it."""
    imported: bool = False
    """`items` come from another database, whose ids mean nothing here."""
    root_ids: Mapping[str, int] = field(default_factory=dict)
    """The watched folders in which items lie, where only hosts that have them may run them."""

    def dedupe_key(self) -> str:
        """Return a hash that is equal for two requests for the same work."""
        digest = hashlib.sha256()
        head = [self.kind, dict(self.params), self.preview, self.source_job_id]
        digest.update(json.dumps(head, sort_keys=True, default=str).encode())
        for item in self.items:
            digest.update(b"\0")
            digest.update(item.encode("utf-8", "surrogateescape"))
            own = self.item_params.get(item)
            if own:
                digest.update(json.dumps(dict(own), sort_keys=True, default=str).encode())
        return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class Job:
    """One stored job. `archived` marks the summary of a job that cleanup has removed."""

    job_id: str
    status: JobStatus
    kind: str
    total_items: int
    processed_items: int
    failed_items: int
    error: str | None
    created_at: float
    started_at: float | None
    completed_at: float | None
    params: Mapping[str, Any]
    trigger: Trigger
    title: str | None
    preview: bool
    priority: Priority
    source_job_id: str | None
    requested_by: str | None
    revision: int
    about: Mapping[str, Any] = field(default_factory=dict)
    archived: bool = False

    @property
    def progress(self) -> float:
        """The percentage of items that have their result, 0 to 100."""
        if self.total_items == 0:
            return 100.0
        return round(100 * self.processed_items / self.total_items, 1)


@dataclass(frozen=True, slots=True)
class JobResult:
    """The accepted result of one item. `result_id` grows with time."""

    result_id: int
    job_id: str
    seq: int | None
    item: str
    success: bool
    error: str | None
    code: str | None
    details: Mapping[str, Any] | None
    attempt: int | None
    finished_at: float | None
    duration_s: float | None


@dataclass(frozen=True, slots=True)
class ClaimedItem:
    """An item that a worker holds; `(worker_id, attempt)` is the token its result must carry."""

    job_id: str
    seq: int
    item: str
    kind: str
    params: Mapping[str, Any]
    item_params: Mapping[str, Any]
    preview: bool
    trigger: Trigger
    source_job_id: str | None
    worker_id: str
    attempt: int
    failures: int = 0
    """How often it had a retryable failure before."""
    breaks_cycle: bool = False
    """This item was in a cycle of items that wait for each other: it must break the cycle."""
    closing: bool = False
    """It is the last item of its job, and all others have their results; see `Outcome.closes`."""
    imported: bool = False
    """Its job came with an import; see `JobRequest.imported`."""
    lost: int = 0
    """How often a worker died while it held the item."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of running an item.

    `details` is stored with the result as JSON. `retryable` failures are tried again later.

    With `waits_for`, the seq of another item of the job, this is not a result: the item runs again
    once that other item has its result. `makes_way` wakes the items that waited for this one,
    although it has no result yet. With `not_before`, this is no result either: the item runs again
    from that time on, as often as it takes, and no thread waits for it. With `closes`, the item
    runs once more if it turns out to be the last of its job, to check the job as a whole
    (`ClaimedItem.closing`).
    """

    success: bool
    details: Mapping[str, Any] | None = None
    error: str | None = None
    code: str | None = None
    retryable: bool = False
    waits_for: int | None = None
    makes_way: bool = False
    not_before: float | None = None
    closes: bool = False

    @property
    def is_result(self) -> bool:
        """Whether the item has ended, unless a retryable failure is tried again."""
        return self.waits_for is None and self.not_before is None


@dataclass(frozen=True, slots=True)
class HandIn:
    """An outcome on its way to the store."""

    claim: ClaimedItem
    outcome: Outcome
    duration_s: float


class ItemGuard(Protocol):
    """Checked by a running item before it does something that can't be undone."""

    def check(self) -> None:
        """Return if the item may continue.

        Raises:
            LeaseLost: another worker has taken the item over.
            JobStopped: its job was paused, cancelled or deleted, or this worker is to stop.
        """


ItemRunner = Callable[[ClaimedItem, ItemGuard], Outcome]
"""Does the work of one item. It may raise a ComicMaintainerError instead of returning a failure."""


class GroupGuard(Protocol):
    """The guards of items that run together."""

    def of(self, claim: ClaimedItem) -> ItemGuard:
        """Return the guard of one item."""

    def check(self, claims: Sequence[ClaimedItem]) -> Sequence[ItemInterrupted | None]:
        """Return for each item the error that its guard would raise, or None."""


class GroupRunner(Protocol):
    """Does the work of several items of one kind and one job together."""

    @property
    def size(self) -> int:
        """How many items should run together at present; more are never given."""

    def __call__(
        self, claims: Sequence[ClaimedItem], guard: GroupGuard
    ) -> Sequence[Outcome | Exception | None]:
        """Return for each item its outcome, or what an ItemRunner would have raised.

        None stands for an item that does not fit in: it has done nothing, and must run alone.
        """


@dataclass(frozen=True, slots=True)
class WorkerRecord:
    """A worker process as others see it.

    `current` lists the items it is running; `only_job` names the only job it works on, if set. With
    `items_only` it runs items of all jobs, but leaves watching, schedules and chores to another.
    """

    worker_id: str
    host: str
    pid: int
    threads: int
    started_at: float
    heartbeat_at: float
    current: Sequence[str]
    only_job: str | None = None
    items_only: bool = False
