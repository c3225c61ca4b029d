"""What jobs came to: counts, results in the order of the files, and what of it can be undone.

Used by the web API and the command line, for jobs that run, have ended, or were cleaned up. Of the
last, the history has the counts and the failures, and the journal what they changed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import attrgetter
from typing import Any

from comicmaintainer.jobs.job_manager import JobManager
from comicmaintainer.jobs.model import Job, JobResult
from comicmaintainer.jobs.result_groups import UNCHANGED, Alike, Chosen
from comicmaintainer.library.job_changes import ChangedFile, JobChanges
from comicmaintainer.library.journal import Change


class JobOutcomes:
    """Reads the outcome of jobs."""

    def __init__(self, manager: JobManager, changes: JobChanges) -> None:
        self._manager = manager
        self._changes = changes

    def effects(self, job: Job) -> Mapping[str, int]:
        """Return how many successes of a job have each effect, see jobs/result_marks.py."""
        if not job.archived:
            return self._manager.groups.effects(job.job_id)
        kept = self._manager.history.effects(job.job_id)
        if kept is not None:
            return kept
        found = self._changes.effects(job.job_id)
        rest = job.processed_items - job.failed_items - sum(found.values())
        return {UNCHANGED: rest, **found} if rest > 0 else found

    def alike(self, job: Job) -> Sequence[Alike]:
        """Return the groups of files that get the same changes; none of a job cleaned up."""
        return () if job.archived else self._manager.groups.alike(job.job_id)

    def page(
        self, job: Job, chosen: Chosen, *, limit: int, after: int | None = None
    ) -> list[JobResult]:
        """Return a page of results in the order of the files; `after` is the seq of the last."""
        if not job.archived:
            return self._manager.groups.page(job.job_id, chosen, limit=limit, after=after)
        found = self._changed(job, chosen, limit, after)
        if chosen.failures and chosen.group is None:
            found += self._failures(job, after)
        return sorted(found, key=attrgetter("seq"))[:limit]

    def changed_files(self, job: Job, results: Sequence[JobResult]) -> Mapping[int, ChangedFile]:
        """Return what the items of these results changed, by seq."""
        seqs = [result.seq for result in results if result.seq is not None]
        return {} if job.preview or not seqs else self._changes.of_items(job.job_id, seqs)

    def _changed(self, job: Job, chosen: Chosen, limit: int, after: int | None) -> list[JobResult]:
        kinds: set[str] = set()
        if chosen.effects is not None:
            kinds = {kind for effect in chosen.effects for kind in effect.split()}
            if not kinds:
                return []
        page = self._changes.page(job.job_id, kinds=sorted(kinds), limit=limit, after=after)
        return [_result_of(job, file) for file in page]

    def _failures(self, job: Job, after: int | None) -> list[JobResult]:
        return [
            JobResult(
                result_id=failure["seq"],
                job_id=job.job_id,
                seq=failure["seq"],
                item=failure["item"],
                success=False,
                error=failure["error"],
                code=failure["code"],
                details=None,
                attempt=None,
                finished_at=None,
                duration_s=None,
            )
            for failure in self._manager.history.failures(job.job_id)
            if after is None or failure["seq"] > after
        ]


def _result_of(job: Job, file: ChangedFile) -> JobResult:
    """Return the result of an item as far as the journal has it."""
    details = {
        "changes": [_summary_of(change) for change in file.changes],
        "path": file.path_now,
    }
    return JobResult(
        result_id=file.seq,
        job_id=job.job_id,
        seq=file.seq,
        item=file.path_before,
        success=True,
        error=None,
        code=None,
        details=details,
        attempt=None,
        finished_at=file.changes[-1].applied_at,
        duration_s=None,
    )


def _summary_of(change: Change) -> dict[str, Any]:
    """Return a change as results show it; a move has both paths."""
    shown: dict[str, Any] = {"type": change.kind}
    if change.path_after is not None:
        shown |= {"from": change.path_before, "to": change.path_after}
    return shown | dict(change.summary)
