"""The shapes of jobs and results in answers, for the OpenAPI document.

Times are UTC epoch seconds, progress is in percent.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from comicmaintainer import json_input
from comicmaintainer.operations.declared.effects import Told

StatusName = Literal["queued", "processing", "paused", "completed", "failed", "cancelled"]
RowId = Annotated[int, Field(ge=0, lt=1 << 63)]
"""The id of a database row; SQLite has no larger ones."""
PriorityName = Literal["background", "low", "normal", "high", "urgent"]


class Body(BaseModel):
    """The body of a request: no unknown members, and no value that can't be stored."""

    model_config = ConfigDict(extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def require_plain(cls, value: Any) -> Any:
        """Refuse values that JSON allows but the database can't store, and too deep nesting."""
        json_input.require_plain(value)
        return value


class JobShape(BaseModel):
    """A job. `archived` marks the summary of a job that has been cleaned up.

    `requested_by` is the name of the user, the key or the schedule (see `trigger`). `about` is
    `{"all": true}`, `{"filter": {…}}`, `{"folders": […]}`, or the common `folder` of its files and
    the `first` of them; it is empty if that is not known.
    """

    job_id: str
    status: StatusName
    kind: str
    title: str | None
    trigger: str
    preview: bool
    priority: PriorityName
    params: dict[str, Any]
    total_items: int
    processed_items: int
    failed_items: int
    progress: float
    error: str | None
    created_at: float
    started_at: float | None
    completed_at: float | None
    source_job_id: str | None
    requested_by: str | None
    about: dict[str, Any]
    revision: int
    archived: bool


class ResultShape(BaseModel):
    """The accepted result of one item; `id` grows with time.

    `path` is the item's file, even if the item is the id of a change or a trash entry; `file_id` is
    that file's id, if it is in the catalogue now. `undoable` are the ids of its changes that are in
    effect, in the order for `POST /api/changes/undo`; `undone_at` is set once all were undone.
    """

    id: int
    item: str
    path: str | None
    file_id: int | None
    success: bool
    error: str | None
    code: str | None
    details: dict[str, Any] | None
    attempt: int | None
    finished_at: float | None
    duration_s: float | None
    undoable: list[int]
    undone_at: float | None


class JobWithResults(JobShape):
    """A job with its results, newest first; `next_results` continues after them."""

    results: list[ResultShape]
    next_results: int | None


class ResultPage(BaseModel):
    """Results; `next` is the `before`, or in the order of the files the `after`, of the next page.

    It is null on the last page.
    """

    results: list[ResultShape]
    next: int | None


class ListedJob(JobShape):
    """A job in a list, with its first item to distinguish it from others.

    `first_path` is the file of this item, if it is known.
    """

    first_item: str | None
    first_path: str | None


class JobPage(BaseModel):
    """Jobs, newest first; `next` is the `after` of the next page, if any.

    `counts` is the number of jobs in each status, `with_failures` of those with a failed file.
    """

    jobs: list[ListedJob]
    next: str | None
    counts: dict[str, int]
    with_failures: int


class Submitted(BaseModel):
    """An accepted job: it is stored, and survives a crash."""

    job_id: str
    total_items: int
    status: StatusName


class AlikeShape(BaseModel):
    """Files that get the same changes; `group` selects their results."""

    group: str
    items: int
    example: ResultShape


class JobOutcome(BaseModel):
    """What a job comes to, or what a preview would; `sentence` says it for people."""

    changed: int
    unchanged: int
    failed: int
    sentence: str
    told: list[Told]
    progress: list[str]
    alike: list[AlikeShape]


class FailureGroupShape(BaseModel):
    """Failed items that failed in the same way; `error` is the text of `example`.

    With `varies` the texts of the others differ in names or numbers. `group` is for `retry`.
    """

    code: str | None
    error: str
    items: int
    example: str
    example_path: str | None
    group: str | None
    varies: bool
