"""`comicmaintainer protect …`: folders whose files are never written."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import click

from comicmaintainer.cli import output
from comicmaintainer.cli.command_group import CommandGroup
from comicmaintainer.cli.session import Session, pass_session


@click.group(cls=CommandGroup)
def protect() -> None:
    """Say in which folders files are never written."""


@protect.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_session
def list_protected(session: Session, as_json: bool) -> None:
    """List the protected folders."""
    listed = session.services.protected.all()
    if as_json:
        output.as_json([dataclasses.asdict(one) for one in listed])
        return
    output.as_table(
        ["folder", "since"],
        [(one.folder, output.when(one.since_at)) for one in listed],
        empty="No folder is protected.",
    )


@protect.command("add")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@pass_session
def add(session: Session, folder: Path) -> None:
    """Protect FOLDER: its files, however deep, are read but never written."""
    services = session.services
    services.protected.add(folder.absolute(), services.now())
    output.say(f"Files in {folder} are not written any more.")


@protect.command("remove")
@click.argument("folder", type=click.Path(path_type=Path))
@pass_session
def remove(session: Session, folder: Path) -> None:
    """Let the files of FOLDER be written again."""
    services = session.services
    services.protected.release(str(folder.resolve()), services.now())
    output.say(f"Files in {folder} may be written again.")
