"""`comicmaintainer jobs …`: list, inspect, follow and control jobs."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Sequence

import click

from comicmaintainer.cli import following, output, work
from comicmaintainer.cli.change_lines import count_of
from comicmaintainer.cli.command_group import CommandGroup
from comicmaintainer.cli.job_ids import JOB_ID
from comicmaintainer.cli.job_subject import asked_by, subject
from comicmaintainer.cli.progress import sentence
from comicmaintainer.cli.session import Session, pass_session
from comicmaintainer.errors import JobNotFound, NotFound
from comicmaintainer.jobs.model import Job, JobResult, JobStatus, Trigger
from comicmaintainer.jobs.plain_values import parse_priority, result_of, status_of
from comicmaintainer.jobs.result_groups import Chosen
from comicmaintainer.jobs.result_store import FailureGroup, Outcomes
from comicmaintainer.operations.declared.kind import Findings
from comicmaintainer.operations.declared.kinds import findings_of, is_of_changes, kind_named


def _kind(_context: click.Context, _parameter: click.Parameter, value: str | None) -> str | None:
    return None if value is None else kind_named(value).name


_KIND = click.option("--kind", callback=_kind, help="Only jobs of this kind.")


@click.group(cls=CommandGroup)
def jobs() -> None:
    """List, inspect, follow and control jobs."""


@jobs.command("list")
@click.option("--status", type=click.Choice([str(status) for status in JobStatus]), multiple=True)
@_KIND
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_session
def list_jobs(
    session: Session, status: tuple[str, ...], kind: str | None, limit: int, as_json: bool
) -> None:
    """List jobs, newest first."""
    jobs = session.services.manager.jobs.page(
        statuses=[JobStatus(name) for name in status], kind=kind, limit=limit
    )
    if as_json:
        output.as_json([status_of(job) for job in jobs])
        return
    output.as_table(
        ["job", "kind", "about", "asked by", "status", "done", "failed", "created"],
        [
            (
                job.job_id,
                job.kind + (" (preview)" if job.preview else ""),
                subject(job),
                asked_by(job),
                job.status,
                f"{job.processed_items:,}/{job.total_items:,}",
                f"{job.failed_items:,}",
                output.when(job.created_at),
            )
            for job in jobs
        ],
        empty="There are no such jobs." if status or kind else "There are no jobs yet.",
        shortened="about",
    )


@jobs.command()
@JOB_ID
@click.option("--failed", is_flag=True, help="Only failed items.")
@click.option("--limit", type=click.IntRange(1, 100_000), default=100, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_session
def show(session: Session, job_id: str, failed: bool, limit: int, as_json: bool) -> None:
    """Show a job with its newest results; of one cleaned up, what can still be undone."""
    manager = session.services.manager
    job = manager.get(job_id)
    if job.archived:
        chosen = Chosen([], failures=True) if failed else Chosen()
        results = session.services.outcomes.page(job, chosen, limit=limit)
    else:
        results = manager.results.page(
            job_id, limit=limit, outcomes=Outcomes.FAILED if failed else Outcomes.ALL
        )
    if as_json:
        output.as_json(status_of(job) | {"results": [result_of(result) for result in results]})
        return
    output.say(sentence(job))
    for name, at in (
        ("created", job.created_at),
        ("started", job.started_at),
        ("ended", job.completed_at),
    ):
        output.say(f"  {name}: {output.when(at)}")
    findings = findings_of(job.kind)
    for result in results:
        if not result.success:
            output.failure(result.item, result.error)
        elif findings is Findings.ALL and not (result.details or {}).get("changes"):
            output.findings(result.item, result.details)
        else:
            output.changes(_name(job, result), result.details)


@jobs.command()
@JOB_ID
@pass_session
def watch(session: Session, job_id: str) -> None:
    """Follow a job until it ends. The exit code reports the outcome."""
    manager = session.services.manager
    job = manager.get(job_id)
    job = following.watch(session.services, job)
    raise SystemExit(work.report(manager, job, json=False))


@jobs.command()
@JOB_ID
@pass_session
def cancel(session: Session, job_id: str) -> None:
    """Cancel a job. Items that have not started are never run."""
    if not session.services.manager.cancel_job(job_id):
        raise JobNotFound(f"There is no job {job_id}.")
    _print_state(session.services.manager.get(job_id))


@jobs.command()
@JOB_ID
@pass_session
def delete(session: Session, job_id: str) -> None:
    """Delete a job with its results. An active job is stopped first."""
    if not session.services.manager.delete_job(job_id):
        raise JobNotFound(f"There is no job {job_id}.")
    output.say(f"Job {job_id} is deleted; its summary stays in the history.")
    if not session.services.manager.workforce.is_served():
        session.services.manager.purge()


@jobs.command()
@JOB_ID
@pass_session
def pause(session: Session, job_id: str) -> None:
    """Pause a job. No more items start until it is resumed."""
    _print_state(session.services.manager.pause(job_id))


@jobs.command()
@JOB_ID
@pass_session
def resume(session: Session, job_id: str) -> None:
    """Resume a paused job. Without a service it runs here."""
    job = session.services.manager.resume(job_id)
    _print_state(job)
    raise SystemExit(work.run_unless_served(session.services, job))


@jobs.command()
@JOB_ID
@click.argument("priority")
@pass_session
def priority(session: Session, job_id: str, priority: str) -> None:
    """Change how urgent a job is: background, low, normal, high or urgent."""
    job = session.services.manager.set_priority(job_id, parse_priority(priority))
    output.say(f"Job {job_id} has priority {job.priority.name.lower()}.")


@jobs.command()
@JOB_ID
@click.option("--code", help="Only items that failed with this error code.")
@click.option("--error", help="Only items that failed with exactly this text.")
@pass_session
def retry(session: Session, job_id: str, code: str | None, error: str | None) -> None:
    """Queue a job's failed items again. Without a service they run here."""
    manager = session.services.manager
    count = manager.retry(job_id, code=code, error=error)
    if count == 0 and (code is not None or error is not None):
        raise NotFound(_no_such_failure(manager.results.failures(job_id), job_id))
    verb = "is" if count == 1 else "are"
    output.say(f"{count_of(count, 'failed item')} of job {job_id} {verb} queued again.")
    if count:
        raise SystemExit(work.run_unless_served(session.services, manager.get(job_id)))


@jobs.command()
@JOB_ID
@click.option("--wait", is_flag=True, help="Follow the new job until it ends.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_session
def apply(session: Session, job_id: str, wait: bool, as_json: bool) -> None:
    """Do exactly what a preview showed. Files that have changed since are refused."""
    request = session.services.requests.apply(job_id, Trigger.CLI)
    raise SystemExit(work.submit(session.services, request, wait=wait, json=as_json))


@jobs.command()
@JOB_ID
@click.option("--wait", is_flag=True, help="Follow the new job until it ends.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_session
def repeat(session: Session, job_id: str, wait: bool, as_json: bool) -> None:
    """Run a job again over the same files, as a new job."""
    job = session.services.manager.repeat(job_id, Trigger.CLI)
    raise SystemExit(work.run(session.services, job, wait=wait, json=as_json))


@jobs.command()
@JOB_ID
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_session
def failures(session: Session, job_id: str, as_json: bool) -> None:
    """Show a job's failed items grouped by how they failed, the most frequent first."""
    groups = session.services.manager.results.failures(job_id)
    if as_json:
        output.as_json([dataclasses.asdict(group) for group in groups])
        return
    output.as_table(
        ["items", "code", "error", "for example"],
        [(f"{group.items:,}", group.code or "-", group.error, group.example) for group in groups],
        empty=f"No item of job {job_id} has failed.",
    )


@jobs.command()
@_KIND
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_session
def history(session: Session, kind: str | None, limit: int, as_json: bool) -> None:
    """List the summaries of jobs that cleanup has removed."""
    jobs = session.services.manager.history.page(kind=kind, limit=limit)
    if as_json:
        output.as_json([status_of(job) for job in jobs])
        return
    output.as_table(
        ["job", "kind", "about", "asked by", "status", "items", "failed", "ended"],
        [
            (
                job.job_id,
                job.kind,
                subject(job),
                asked_by(job),
                job.status,
                f"{job.total_items:,}",
                f"{job.failed_items:,}",
                output.when(job.completed_at),
            )
            for job in jobs
        ],
        empty="The history is empty: no job has been cleaned up yet."
        if kind is None
        else f"The history has no {kind} job.",
        shortened="about",
    )


@jobs.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_session
def overview(session: Session, as_json: bool) -> None:
    """Show what jobs are doing now: how many per state, the oldest waiting one, the workers."""
    manager, now = session.services.manager, session.services.now()
    hour = manager.statistics.periods(now - 3600, now)
    counts = {str(state): count for state, count in manager.jobs.count_by_status().items()}
    oldest = output.when(manager.jobs.oldest_queued_at())
    items = sum(period.items for period in hour)
    failed = sum(period.failed for period in hour)
    workers = manager.workforce.present()
    if as_json:
        values = {"counts": counts, "oldest_queued": oldest, "items_last_hour": items}
        worker_values = [dataclasses.asdict(worker) for worker in workers]
        output.as_json(values | {"failed_last_hour": failed, "workers": worker_values})
        return
    for state, count in counts.items():
        output.say(f"{state}: {count:,}")
    output.say(f"oldest waiting: {oldest}")
    output.say(f"last hour: {count_of(items, 'item')}, {failed:,} failed")
    for worker in workers:
        doing = ", ".join(worker.current) or "idle"
        since = f"heartbeat {output.when(worker.heartbeat_at)}"
        what = "worker" if worker.only_job is None else f"command for job {worker.only_job[:8]}"
        output.say(f"{what} on {worker.host}, process {worker.pid}, {since}: {doing}")
    if not manager.workforce.is_served():
        output.note("No worker is running: jobs wait until the service is started.")


@jobs.command()
@click.option("--days", type=click.IntRange(1, 3660), default=7, show_default=True)
@click.option(
    "--hours", type=click.IntRange(1, 24 * 366), help="By the hour instead, for this many hours."
)
@_KIND
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_session
def statistics(
    session: Session, days: int, hours: int | None, kind: str | None, as_json: bool
) -> None:
    """Show what jobs did per day (or hour) and kind."""
    now = time.time()
    span_s, count = (86400, days) if hours is None else (3600, hours)
    periods = session.services.manager.statistics.periods(
        now - count * span_s, now + 1, span_s=span_s, kind=kind
    )
    if as_json:
        output.as_json([dataclasses.asdict(period) for period in periods])
        return
    unit = "day" if hours is None else "hour"
    output.as_table(
        [unit, "kind", "items", "failed", "half under (s)", "95% under (s)"],
        [
            (
                output.when(period.starts_at)[: 10 if hours is None else 16],
                period.kind,
                f"{period.items:,}",
                f"{period.failed:,}",
                _seconds(period.p50_s),
                _seconds(period.p95_s),
            )
            for period in periods
        ],
        empty=f"No {'' if kind is None else f'{kind} '}job has run in the last "
        f"{count_of(count, unit)}.",
    )


def _no_such_failure(failures: Sequence[FailureGroup], job_id: str) -> str:
    if not failures:
        return f"No item of job {job_id} has failed."
    codes = ", ".join(sorted({group.code or "-" for group in failures}))
    return (
        f"No failed item of job {job_id} matches. Codes of its failed items: {codes}; see: "
        f"comicmaintainer jobs failures {job_id}"
    )


def _name(job: Job, result: JobResult) -> str:
    """Return the file of a result; an undo's items are the numbers of changes."""
    path = (result.details or {}).get("path")
    return str(path) if is_of_changes(job.kind) and path else result.item


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _print_state(job: Job) -> None:
    output.say(f"Job {job.job_id} is {job.status}.")
