"""`scan`: brings the catalogue up to date."""

from __future__ import annotations

import click

from comicmaintainer.cli.kind_jobs import run_kind
from comicmaintainer.cli.session import Session, pass_session
from comicmaintainer.errors import InvalidInput
from comicmaintainer.operations.declared.scan import KIND as SCAN


@click.command(help=SCAN.command_help)
@click.option(
    "--forget-missing",
    is_flag=True,
    help="Forget missing files even if a share seems to have dropped.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_session
def scan(session: Session, forget_missing: bool, as_json: bool) -> None:
    """Run `scan` on all watched folders, and wait for it."""
    folders = [str(root) for root in session.services.all_roots.everywhere()]
    if not folders:
        raise InvalidInput("WATCHED_DIR is not set, so there is nothing to scan.")
    params = {"forget_missing": forget_missing}
    run_kind(session, SCAN.name, folders, params, wait=True, as_json=as_json)
