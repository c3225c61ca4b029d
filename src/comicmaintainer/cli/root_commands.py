"""`roots`: list the folders in the catalogue, and forget one that is no longer watched."""

from __future__ import annotations

import dataclasses
import os

import click

from comicmaintainer.cli import output
from comicmaintainer.cli.command_group import CommandGroup
from comicmaintainer.cli.session import Session, pass_session
from comicmaintainer.library.root_states import RootState


@click.group(cls=CommandGroup)
def roots() -> None:
    """Show the watched folders, and forget one that is no longer watched."""


@roots.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_session
def list_roots(session: Session, as_json: bool) -> None:
    """List the folders in the catalogue."""
    states = session.services.root_states.all()
    if as_json:
        output.as_json([dataclasses.asdict(root) for root in states])
        return
    output.as_table(
        ["comics", "state", "folder"],
        [[f"{root.files:,}", _state(root), root.path] for root in states],
    )


@roots.command()
@click.argument("folder", type=click.Path())
@pass_session
def forget(session: Session, folder: str) -> None:
    """Remove FOLDER, which is no longer watched, from the catalogue.

    Its files are not touched. Once it is watched again, changes made there can be undone again.
    """
    path = os.path.abspath(folder)  # noqa: PTH100 - as written: a link may lead elsewhere by now
    count = session.services.root_states.forget(path)
    output.say(f"{path} is forgotten. Comics removed from the catalogue: {count:,}.")


def _state(root: RootState) -> str:
    if not root.is_watched:
        return "no longer watched"
    return "never scanned" if root.last_scan_at is None else "watched"
