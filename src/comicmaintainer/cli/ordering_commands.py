"""Commands that put comics in order: process, rename and tag."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from comicmaintainer.cli import targets
from comicmaintainer.cli.kind_commands import kind_options, option_of, params_of
from comicmaintainer.cli.kind_jobs import job_options, run_kind
from comicmaintainer.cli.session import Session, pass_session
from comicmaintainer.comics.metadata import parse_assignments
from comicmaintainer.comics.metadata.members import WRITABLE_FORMATS
from comicmaintainer.errors import FileMissing, InvalidInput
from comicmaintainer.operations.declared.process import KIND as PROCESS
from comicmaintainer.operations.declared.rename import KIND as RENAME
from comicmaintainer.operations.declared.rules_parameters import ON_MALFORMED
from comicmaintainer.operations.declared.tag import KIND as TAG


@click.command(help=PROCESS.command_help)
@targets.PATHS
@targets.EVERYTHING
@click.option("--unprocessed", is_flag=True, help="Files in the catalogue not yet processed.")
@kind_options(PROCESS)
@job_options()
@pass_session
def process(
    session: Session,
    /,
    paths: tuple[Path, ...],
    everything: bool,
    unprocessed: bool,
    **options: Any,
) -> None:
    """Run `process`, on request for the files that never were processed."""
    chosen = targets.choose(session.services, paths, everything=everything, unprocessed=unprocessed)
    run_kind(session, PROCESS.name, chosen, params_of(PROCESS, options), **options)


@click.command(help=RENAME.command_help)
@targets.PATHS
@targets.EVERYTHING
@kind_options(RENAME)
@job_options()
@pass_session
def rename(session: Session, /, paths: tuple[Path, ...], everything: bool, **options: Any) -> None:
    """Run `rename`, with `--to` for a single file."""
    chosen = targets.choose(session.services, paths, everything=everything)
    params = params_of(RENAME, options)
    if "to" in params and len(chosen) != 1:
        raise InvalidInput(f"--to renames one file, but {len(chosen):,} are selected.")
    run_kind(session, RENAME.name, chosen, params, **options)


@click.command(help=TAG.command_help)
@targets.PATHS
@targets.EVERYTHING
@click.option(
    "--set", "assignments", multiple=True, metavar="FIELD=VALUE", help="Set a field (repeat)."
)
@click.option("--clear", multiple=True, metavar="FIELD", help="Clear this field (repeat).")
@click.option("--copy-from", type=click.Path(path_type=Path), help="Take tags from this comic.")
@click.option(
    "--format",
    "formats",
    multiple=True,
    type=click.Choice(list(WRITABLE_FORMATS)),
    help="Write this format (repeat). Default: comicinfo, and the formats already in the comic.",
)
@option_of(ON_MALFORMED)
@job_options()
@pass_session
def tag(
    session: Session,
    /,
    paths: tuple[Path, ...],
    everything: bool,
    assignments: tuple[str, ...],
    clear: tuple[str, ...],
    copy_from: Path | None,
    formats: tuple[str, ...],
    on_malformed: str | None,
    **options: Any,
) -> None:
    """Run `tag` with what `--set`, `--clear` and `--copy-from` say."""
    if copy_from is not None and not copy_from.is_file():
        raise FileMissing(f"{copy_from} does not exist, so no tags can be copied from it.")
    both = {field.partition("=")[0] for field in assignments}.intersection(clear)
    if both:
        raise InvalidInput(f"{', '.join(sorted(both))}: either --set or --clear, not both.")
    if not (assignments or clear or copy_from):
        raise InvalidInput("Say what to change: --set, --clear or --copy-from.")
    params = {
        "set": dict(parse_assignments(assignments)) or None,
        "clear": list(clear) or None,
        "copy_from": None if copy_from is None else str(copy_from.resolve()),
        "formats": list(formats) or None,
        "on_malformed": on_malformed,
    }
    chosen = targets.choose(session.services, paths, everything=everything)
    run_kind(session, TAG.name, chosen, params, **options)
