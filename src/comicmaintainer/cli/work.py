"""Submits jobs from the command line, waits for them, and reports their outcome.

Every job goes through the shared store, so it is listed, counted and undone like any other.
`following` decides who runs it: a service or this process.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from comicmaintainer.cli import following, outcome_lines, output
from comicmaintainer.cli.change_lines import count_of
from comicmaintainer.cli.exit_codes import ExitCode
from comicmaintainer.cli.progress import sentence
from comicmaintainer.jobs.model import Job, JobRequest, JobResult, JobStatus
from comicmaintainer.jobs.plain_values import result_of, status_of
from comicmaintainer.jobs.result_groups import UNCHANGED, Chosen
from comicmaintainer.jobs.result_store import Outcomes
from comicmaintainer.library.journal import ChangeState
from comicmaintainer.operations.declared.effects import outcome_sentence
from comicmaintainer.operations.declared.kind import Findings
from comicmaintainer.operations.declared.kinds import findings_of, is_of_changes, is_rehearsal
from comicmaintainer.services.progress_told import progress_told

if TYPE_CHECKING:
    from comicmaintainer.jobs.job_manager import JobManager
    from comicmaintainer.services import Services
    from comicmaintainer.services.rehearsals import Rehearsal

_SHOWN_FAILURES = 20


def submit(services: Services, request: JobRequest, *, wait: bool, json: bool) -> ExitCode:
    """Submit a job and run it, or leave it to the service; report the outcome."""
    return run(services, services.manager.submit(request), wait=wait, json=json)


def run(services: Services, job: Job, *, wait: bool, json: bool) -> ExitCode:
    """Run a stored job, or leave it to the service; report the outcome."""
    manager = services.manager
    if not wait and not job.preview and manager.workforce.is_served():
        if json:
            output.as_json(status_of(job))
        else:
            output.say(f"Job {job.job_id} with {count_of(job.total_items, 'item')} is queued.")
            output.note(f"Follow it with: comicmaintainer jobs watch {job.job_id}")
        return ExitCode.DONE
    job = following.run_to_end(services, job, quiet=json)
    code = report(manager, job, json=json)
    if not json:
        _print_next_step(services, job)
    return code


def run_unless_served(services: Services, job: Job) -> ExitCode | None:
    """Run the rest of a stored job here and report on it, unless a service is running."""
    if services.manager.workforce.is_served():
        return None
    job = following.run_to_end(services, job, quiet=False)
    return report(services.manager, job, json=False)


def report(manager: JobManager, job: Job, *, json: bool) -> ExitCode:
    """Print how a job ended, and return the matching exit code."""
    if json:
        results = [result_of(result) for result in manager.results.in_order(job.job_id)]
        output.as_json(status_of(job) | {"results": results})
        return _exit_code(job)
    shown = findings_of(job.kind)
    if job.preview or shown is Findings.HEALTH:
        outcome_lines.print_changes(manager, job)
    if shown is Findings.ALL:
        for result in manager.groups.all(job.job_id, Chosen()):
            output.findings(result.item, result.details)
    if job.preview or shown is Findings.CHANGES:
        outcome_lines.print_unchanged(manager, job)
    failures = manager.results.page(job.job_id, limit=_SHOWN_FAILURES, outcomes=Outcomes.FAILED)
    for item, error in dict.fromkeys((_item(job, failed), failed.error) for failed in failures):
        output.failure(item, error, err=True)
    if job.failed_items > _SHOWN_FAILURES:
        output.note(
            f"… and {job.failed_items - _SHOWN_FAILURES:,} more failed; see all with: "
            f"comicmaintainer jobs show {job.job_id} --failed"
        )
    if job.preview and job.status is JobStatus.COMPLETED and not is_of_changes(job.kind):
        effects = manager.groups.effects(job.job_id)
        text = outcome_sentence(effects, failed=job.failed_items, preview=True)
    else:
        text = sentence(job)
    output.say(text, err=job.preview)
    return _exit_code(job)


def _item(job: Job, failed: JobResult) -> str:
    """Return the item of a failure, or "" for the number of a change, which says nothing."""
    return "" if is_of_changes(job.kind) else failed.item


def _print_next_step(services: Services, job: Job) -> None:
    if job.preview:
        for text in progress_told(services, job, services.manager.groups.effects(job.job_id)):
            output.note(text)
        if _would_change(services.manager, job):
            output.note(f"Apply it with: comicmaintainer jobs apply {job.job_id}")
    elif is_rehearsal(job.kind):
        _print_rehearsal_steps(job, services.rehearsals.describe(job.job_id))
    elif services.journal.changes_of_job(job.job_id, limit=1, state=ChangeState.APPLIED):
        output.note(f"Undo it with: comicmaintainer undo {job.job_id}")


def _would_change(manager: JobManager, job: Job) -> bool:
    """Return whether a preview has changes to apply."""
    return any(effect != UNCHANGED for effect in manager.groups.effects(job.job_id))


def _print_rehearsal_steps(job: Job, rehearsal: Rehearsal) -> None:
    if job.processed_items > job.failed_items:
        output.note(f"Look at the copies in {rehearsal.folder}")
        if rehearsal.ended is None:
            output.note(
                f"Run it on all files: comicmaintainer rest {job.job_id} (first with --preview)"
            )
    if rehearsal.copies:
        output.note(f"Remove the copies: comicmaintainer remove-copies {job.job_id}")


def _exit_code(job: Job) -> ExitCode:
    if job.status in (JobStatus.CANCELLED, JobStatus.FAILED):
        return ExitCode.JOB_NOT_DONE
    return ExitCode.SOME_FAILED if job.failed_items else ExitCode.DONE
