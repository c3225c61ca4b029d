"""Requests for jobs that follow another job: apply a preview, undo a job or single changes.

Used by the web API and the command line. Nothing is stored here: the caller hands the request to
JobManager.submit, which checks it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from operator import attrgetter

from comicmaintainer.database import paging
from comicmaintainer.errors import JobStateConflict
from comicmaintainer.jobs.about import about_items
from comicmaintainer.jobs.job_manager import JobManager
from comicmaintainer.jobs.model import ACTIVE, Job, JobRequest, JobStatus, Trigger
from comicmaintainer.library.journal import Change, ChangeState, Journal
from comicmaintainer.operations.declared.undo import KIND as UNDO

_PAGE = 500


class Requests:
    """Builds the requests that follow from previews, jobs and changes."""

    def __init__(self, manager: JobManager, journal: Journal) -> None:
        self._manager = manager
        self._journal = journal

    def apply(self, preview_id: str, trigger: Trigger = Trigger.API) -> JobRequest:
        """Return the request that does exactly what a preview showed, item by item.

        Items that an earlier job has already applied, and that were not undone since, are left out.

        Raises:
            JobNotFound: no such job.
            JobStateConflict: the job is not a preview, did not complete, changes nothing, or is
                already applied as a whole.
        """
        preview = self._manager.get(preview_id)
        if not preview.preview:
            raise JobStateConflict(f"Job {preview_id} is not a preview, so it can't be applied.")
        if preview.status is not JobStatus.COMPLETED or preview.archived:
            state = "cleaned up" if preview.archived else preview.status
            raise JobStateConflict(f"Can't apply preview {preview_id}: it is {state}.")
        own = self._manager.results.item_params(preview_id)
        planned = {
            result.item: {**own.get(result.item, {}), "plan": result.details}
            for result in self._manager.results.in_order(preview_id, successful_only=True)
            if result.details and result.details.get("changes")
        }
        if not planned:
            raise JobStateConflict(
                f"Nothing of preview {preview_id} can be applied: {_why_nothing(preview)}."
            )
        followers = self._manager.jobs.following(preview_id, preview.kind)
        if not any(status in ACTIVE for status in followers.values()):
            for job_id in followers:
                for path in self._paths_changed_by(job_id):
                    planned.pop(path, None)
            if not planned:
                raise JobStateConflict(
                    f"Preview {preview_id} was already applied by job {', '.join(followers)}. To "
                    "see what is left to do, make a new preview."
                )
        return JobRequest(
            kind=preview.kind,
            items=list(planned),
            params=preview.params,
            trigger=trigger,
            priority=preview.priority,
            title=preview.title,
            source_job_id=preview_id,
            about=preview.about or None,
            item_params=planned,
        )

    def undo_job(self, job_id: str, trigger: Trigger = Trigger.API) -> JobRequest:
        """Return the request that undoes every change of a job, newest first.

        The job itself may have been cleaned up: its changes are in the journal.

        Raises:
            JobNotFound: no such job, and the journal has no changes by it.
            JobStateConflict: the job has not ended, or nothing of it is left to undo.
        """
        self.require_known(job_id)
        job = self._manager.jobs.get(job_id)
        if job is not None and job.status in ACTIVE:
            raise JobStateConflict(f"Job {job_id} is still running: cancel it first, then undo it.")
        if self._manager.is_at_work(job_id):
            raise JobStateConflict(
                f"Job {job_id} was stopped, but is still working on a file. Undo it when that file "
                "is done."
            )
        changes = [str(change.change_id) for change in self._applied_changes(job_id)]
        if not changes:
            raise JobStateConflict(
                f"Nothing to undo in job {job_id}: it changed no files, was already undone, or its "
                "journal has expired."
            )
        request = self.undo_changes(changes, trigger, source_job_id=job_id)
        source = self._manager.find(job_id)
        return replace(request, about=source.about) if source and source.about else request

    def require_known(self, job_id: str) -> None:
        """Check that there is such a job, its summary, or a change by it in the journal.

        Raises:
            JobNotFound: there is none of these.
        """
        if not self._journal.count_of_job(job_id):
            self._manager.get(job_id)

    def undo_changes(
        self,
        change_ids: Sequence[str],
        trigger: Trigger = Trigger.API,
        *,
        source_job_id: str | None = None,
    ) -> JobRequest:
        """Return the request that undoes the given changes, in the given order."""
        some = [int(number) for number in change_ids[:_PAGE]]
        return JobRequest(
            kind=UNDO.name,
            items=change_ids,
            trigger=trigger,
            source_job_id=source_job_id,
            about=about_items(list(self._journal.paths_of(some).values())),
        )

    def _applied_changes(self, job_id: str) -> Iterator[Change]:
        def page_after(change_id: int | None) -> list[Change]:
            return self._journal.changes_of_job(job_id, before_id=change_id, limit=_PAGE)

        for change in paging.all_rows(page_after, attrgetter("change_id")):
            if change.state is ChangeState.APPLIED:
                yield change

    def _paths_changed_by(self, job_id: str) -> set[str]:
        """Return the former paths of files that a job changed and that were not undone."""
        return {change.path_before for change in self._applied_changes(job_id)}


def _why_nothing(preview: Job) -> str:
    if preview.total_items == 0:
        return "it has no files"
    if preview.failed_items == preview.total_items:
        return "all its files failed"
    if preview.failed_items:
        return "its files failed or need no change"
    return "its files need no change"
