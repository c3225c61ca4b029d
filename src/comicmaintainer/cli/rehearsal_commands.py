"""`comicmaintainer rehearse`, `rest` and `remove-copies`: try on copies, then on all files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from comicmaintainer.cli import output, selection_options, targets, work
from comicmaintainer.cli.job_ids import JOB_ID
from comicmaintainer.cli.json_option import JsonObject
from comicmaintainer.cli.session import Session, pass_session
from comicmaintainer.jobs.model import Trigger
from comicmaintainer.jobs.plain_values import parse_priority
from comicmaintainer.operations.declared.rehearse import KIND as REHEARSE

_WAIT = click.option("--wait", is_flag=True, help="Follow the job until it ends.")
_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.command(help=REHEARSE.command_help)
@targets.PATHS
@click.option("--all", "everything", is_flag=True, help="Choose from the watched folders.")
@click.option("--filter", "wanted", type=JsonObject(), help=selection_options.FILTER_HELP)
@click.option(
    "--folder", required=True, type=click.Path(path_type=Path), help="Where the copies go."
)
@click.option("--kind", default="process", show_default=True, help="What to do to the copies.")
@click.option("--params", type=JsonObject(), default="{}", help="Parameters of that kind.")
@click.option("--count", type=click.IntRange(1, 1000), default=20, show_default=True)
@click.option("--priority", default="normal", help="background, low, normal, high or urgent.")
@_WAIT
@_JSON
@pass_session
def rehearse(
    session: Session,
    /,
    paths: tuple[Path, ...],
    everything: bool,
    wanted: dict[str, Any] | None,
    folder: Path,
    kind: str,
    params: dict[str, Any],
    count: int,
    priority: str,
    wait: bool,
    as_json: bool,
) -> None:
    """Submit a rehearsal; it may be of files outside the watched folders."""
    request = session.services.rehearsals.request(
        selection_options.sample_of(paths, everything, wanted),
        {"folder": str(folder), "kind": kind, "params": params, "count": count},
        Trigger.CLI,
        expand=targets.expand,
    )
    request = replace(request, priority=parse_priority(priority))
    raise SystemExit(work.submit(session.services, request, wait=wait, json=as_json))


@click.command()
@JOB_ID
@click.option("--preview", is_flag=True, help="Only show what would be changed.")
@_WAIT
@_JSON
@pass_session
def rest(session: Session, /, job_id: str, preview: bool, wait: bool, as_json: bool) -> None:
    """Run on all files what the rehearsal JOB_ID tried on a few copies."""
    request = session.services.rehearsals.rest(
        job_id, Trigger.CLI, preview=preview, expand=targets.expand
    )
    raise SystemExit(work.submit(session.services, request, wait=wait, json=as_json))


@click.command("remove-copies")
@JOB_ID
@_WAIT
@_JSON
@pass_session
def remove_copies(session: Session, /, job_id: str, wait: bool, as_json: bool) -> None:
    """Move the copies that the rehearsal JOB_ID made to the trash."""
    request = session.services.rehearsals.removal(job_id, Trigger.CLI)
    copies = "1 copy goes" if len(request.items) == 1 else f"{len(request.items):,} copies go"
    output.note(f"{copies} to the trash.")
    folder = session.services.rehearsals.describe(job_id).folder
    if session.services.roots.root_of(Path(folder)) is None:
        output.note(
            "The folder is not watched, so the copies only move into its .comicmaintainer/trash. "
            f"When you no longer need them, delete {folder} yourself."
        )
    raise SystemExit(work.submit(session.services, request, wait=wait, json=as_json))
