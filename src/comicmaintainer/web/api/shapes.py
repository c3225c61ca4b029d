"""The shapes of jobs and results in answers, for the document of the API.

Times are UTC epoch seconds, progress is in percent.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from comicmaintainer import json_input

StatusName = Literal["queued", "processing", "paused", "completed", "failed", "cancelled"]
RowId = Annotated[int, Field(ge=0, lt=1 << 63)]
"""An id of a row; larger numbers can't be one."""
PriorityName = Literal["background", "low", "normal", "high", "urgent"]


class Body(BaseModel):
    """A request's body: no unknown members, and no value that can't be taken apart and stored."""

    model_config = ConfigDict(extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def require_plain(cls, value: Any) -> Any:
        """Refuse what JSON can spell and nothing can store, and what is nested too deep."""
        json_input.require_plain(value)
        return value


class JobShape(BaseModel):
    """A job. `archived` marks the summary of one that cleanup has removed."""

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
    revision: int
    archived: bool


class ResultShape(BaseModel):
    """The accepted result of one item; `id` grows with time.

    `path` is the file that the item is about, also where the item names a change or what lies in
    the trash; `file_id` is that file's, where the catalogue has it now.
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


class JobWithResults(JobShape):
    """A job with its newest results, the newest first; `next_results` continues after them."""

    results: list[ResultShape]
    next_results: int | None


class ResultPage(BaseModel):
    """Results, the newest first; `next` is the `before` of the page that follows, if any."""

    results: list[ResultShape]
    next: int | None


class ListedJob(JobShape):
    """A job in a list; `first_item` is what it begins with, to tell it from others.

    `first_path` is the file that this item is about, where that is known.
    """

    first_item: str | None
    first_path: str | None


class JobPage(BaseModel):
    """Jobs, the newest first; `next` is the `after` of the page that follows, if any.

    `counts` says how many jobs stand in each status, `with_failures` in how many a file failed.
    """

    jobs: list[ListedJob]
    next: str | None
    counts: dict[str, int]
    with_failures: int


class Submitted(BaseModel):
    """A job that was accepted: it is stored, and will be worked on whatever happens."""

    job_id: str
    total_items: int
    status: StatusName


class FailureGroupShape(BaseModel):
    """Failed items that share a code and an error text."""

    code: str | None
    error: str
    items: int
    example: str
    example_path: str | None
