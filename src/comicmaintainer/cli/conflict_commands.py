"""`conflicts`: names that several different comics should have."""

from __future__ import annotations

import click

from comicmaintainer.cli import conflict_lines, output
from comicmaintainer.cli.session import Session, pass_session
from comicmaintainer.database.paging import all_entries
from comicmaintainer.library.conflicts import ConflictGroup, Conflicts

_PAGE = 100


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_session
def conflicts(session: Session, as_json: bool) -> None:
    """List files whose name another comic has already, and how the two differ."""
    groups = _groups(session.services.conflicts)
    if as_json:
        output.as_json([conflict_lines.shown(group) for group in groups])
        return
    if not groups:
        output.note("No files are in conflict.")
    for group in groups:
        conflict_lines.say(group)


def _groups(conflicts: Conflicts) -> list[ConflictGroup]:
    return list(all_entries(lambda key: conflicts.groups(after_key=key, limit=_PAGE)))
