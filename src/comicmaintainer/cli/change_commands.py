"""`undo` and `history`: the changes in the journal."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from comicmaintainer.cli import change_lines, output, work
from comicmaintainer.cli.session import Session, pass_session
from comicmaintainer.errors import FileMissing, InvalidInput, JobNotFound, UndoRefused
from comicmaintainer.jobs.model import Trigger
from comicmaintainer.library.ignored import COMIC_SUFFIXES
from comicmaintainer.library.journal import Change, ChangeState
from comicmaintainer.library.plain_values import change_of
from comicmaintainer.operations.changes.file_change import ChangeType
from comicmaintainer.operations.declared.undo import KIND as UNDO


@click.command(help=UNDO.command_help)
@click.argument("target")
@click.option("--change", "is_change", is_flag=True, help="TARGET is the number of one change.")
@click.option("--preview", is_flag=True, help="Only show what would be undone.")
@click.option("--wait", is_flag=True, help="Follow the job until it ends.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_session
def undo(
    session: Session, /, target: str, is_change: bool, preview: bool, wait: bool, as_json: bool
) -> None:
    """Submit the undo of a change, of a file's last change or of a job; or show it."""
    requests = session.services.requests
    if is_change:
        request = requests.undo_changes([_number(target)], Trigger.CLI)
    elif _is_path(target):
        request = requests.undo_changes([_last_change(session, target)], Trigger.CLI)
    else:
        request = requests.undo_job(_job_id(session, target), Trigger.CLI)
    if preview:
        _show_undo([session.services.journal.get(int(item)) for item in request.items], as_json)
        return
    raise SystemExit(work.submit(session.services, request, wait=wait, json=as_json))


@click.command()
@click.argument("target")
@click.option("--limit", type=click.IntRange(1, 1000), default=100, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_session
def history(session: Session, /, target: str, limit: int, as_json: bool) -> None:
    """Show the changes of a file or of a job. TARGET is a path or a job."""
    journal = session.services.journal
    if _is_path(target):
        changes = journal.history(str(Path(target).resolve()), limit=limit)
        if not changes and not Path(target).exists():
            raise FileMissing(f"{target} does not exist, and the journal has no change of it.")
    else:
        changes = journal.changes_of_job(_job_id(session, target), limit=limit)
    if as_json:
        output.as_json([_shown(change) for change in changes])
        return
    if not changes:
        whose = "of" if _is_path(target) else "of job"
        output.note(f"The journal has no change {whose} {target}.")
    for change in changes:
        by = "" if change.job_id is None else f"  job {change.job_id[:8]}"
        what = f"{change.kind}, {change.state}{by}"
        output.say(f"{change.change_id}  {output.when(change.applied_at)}  {what}")
        output.changes(_shown_path(change), {"changes": [change.summary]})


def _show_undo(changes: list[Change], as_json: bool) -> None:
    if as_json:
        output.as_json([_shown(change) for change in changes])
        return
    for change in changes:
        output.changes(change.path_now, {"changes": [{"type": "undo", "of": dict(change.summary)}]})
    output.say(f"{change_lines.count_of(len(changes), 'change')} would be undone.")


def _is_path(target: str) -> bool:
    """Return whether TARGET must be a path, perhaps of a file that has since moved."""
    path = Path(target)
    return "/" in target or path.suffix.lower() in COMIC_SUFFIXES or path.exists()


def _shown_path(change: Change) -> str:
    """Return where the file is, or was before it went to the trash."""
    return change.path_before if change.kind == ChangeType.TRASH else change.path_now


def _job_id(session: Session, target: str) -> str:
    """Return the full id of a job; also of a job of which only the changes are left."""
    try:
        return session.services.manager.full_id(target)
    except JobNotFound:
        if session.services.journal.changes_of_job(target, limit=1):
            return target
        raise FileMissing(f"There is no job and no file {target}.") from None


def _number(text: str) -> str:
    if not text.isdigit():
        raise InvalidInput(
            f"{text!r} is not the number of a change; see: comicmaintainer history PATH"
        )
    return text


def _last_change(session: Session, target: str) -> str:
    path = str(Path(target).resolve())
    for change in session.services.journal.history(path, limit=100):
        if change.state is ChangeState.APPLIED:
            return str(change.change_id)
    if not Path(path).exists():
        raise FileMissing(f"{target} does not exist, and the journal has no change of it.")
    raise UndoRefused(f"There is no change of {target} to undo.")


def _shown(change: Change) -> Mapping[str, Any]:
    """Return a change by the names of --json: always with the place where the file is now."""
    value = change_of(change)
    names = ("change_id", "job_id", "kind", "state", "path_before", "applied_at", "undone_at")
    return {name: value[name] for name in names} | {
        "path_after": change.path_now,
        "change": value["summary"],
    }
