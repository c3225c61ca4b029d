"""The command that converts comics to CBZ."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from comicmaintainer.cli import targets
from comicmaintainer.cli.kind_commands import kind_options, params_of
from comicmaintainer.cli.kind_jobs import job_options, run_kind
from comicmaintainer.cli.session import Session, pass_session
from comicmaintainer.errors import InvalidInput
from comicmaintainer.operations.declared.convert import KIND as CONVERT


@click.command(help=CONVERT.command_help)
@targets.PATHS
@click.option(
    "--all", "everything", is_flag=True, help="Every comic whose name does not end in .cbz."
)
@kind_options(CONVERT)
@job_options()
@pass_session
def convert(session: Session, /, paths: tuple[Path, ...], everything: bool, **options: Any) -> None:
    """Run `convert`; with `--all` for the files whose names do not end in .cbz."""
    params = params_of(CONVERT, options)
    if "quality" in params and params.get("images", "keep") == "keep":
        raise InvalidInput(
            "--quality needs --images webp or --images jpeg; otherwise no page changes."
        )
    chosen = targets.choose(session.services, paths, everything=everything)
    if everything:
        chosen = [path for path in chosen if not path.lower().endswith(".cbz")]
    run_kind(session, CONVERT.name, chosen, params, **options)
