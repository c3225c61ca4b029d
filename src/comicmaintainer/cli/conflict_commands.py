"""`conflicts`: names that several different comics should have."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

from comicmaintainer.cli import output
from comicmaintainer.cli.session import Session, pass_session
from comicmaintainer.database.paging import all_entries
from comicmaintainer.errors import DatabaseError
from comicmaintainer.library.conflicts import ConflictGroup, ConflictingFile, Conflicts

_PAGE = 100


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_session
def conflicts(session: Session, as_json: bool) -> None:
    """List files whose name another comic has already, and how the two differ."""
    groups = _groups(session.services.conflicts)
    if as_json:
        output.as_json([shown(group) for group in groups])
        return
    if not groups:
        output.note("No files are in conflict.")
    for group in groups:
        say(group)


def conflict_of(session: Session, file: Path) -> ConflictGroup | None:
    """Return the conflict of a file; None also if there is no catalogue."""
    if not session.settings.database_path.is_file():
        return None
    try:
        return session.services.conflicts.of_file(os.path.realpath(file))
    except DatabaseError as error:
        output.note(f"Could not check for a conflict with another file: {error}")
        return None


def say(group: ConflictGroup) -> None:
    """Print one conflict: the file with the name, the files that want it, and how they differ."""
    output.say(f"Other comics should have the name of {group.path} too:", bold=True)
    for one in group.files:
        output.say(one.file.path)
        rows = [(each.label, each.own, each.other) for each in one.apart]
        if rows:
            output.as_table(["", "this file", "the file with the name"], rows)
        if one.likeness is not None:
            alike = f"{one.likeness.alike} of {one.likeness.compared} pages"
            output.say(f"They look alike ({alike}): comicmaintainer duplicates --near")
        advice = _advice(one, group)
        if advice is not None:
            output.say(advice)
    if group.count > len(group.files):
        output.say(f"and {group.count - len(group.files):,} more")


def shown(group: ConflictGroup) -> dict[str, Any]:
    """Return one conflict as plain values."""
    return {
        "path": group.path,
        "file_count": group.count,
        "files": [
            {
                "path": one.file.path,
                "reason": one.file.reason,
                "apart": [
                    {
                        "field": each.field,
                        "own": each.own,
                        "other": each.other,
                        "advice": each.advice,
                    }
                    for each in one.apart
                ],
                "alike": None if one.likeness is None else one.likeness.alike,
                "compared": None if one.likeness is None else one.likeness.compared,
            }
            for one in group.files
        ],
    }


def _advice(one: ConflictingFile, group: ConflictGroup) -> str | None:
    if group.holder is None:
        return "The file with the name is not in the catalogue. Is it a comic?"
    if not one.apart:
        return "Their names and tags do not differ: compare the pages."
    return next((each.advice for each in one.apart if each.advice is not None), None)


def _groups(conflicts: Conflicts) -> list[ConflictGroup]:
    return list(all_entries(lambda key: conflicts.groups(after_key=key, limit=_PAGE)))


COMMANDS = (conflicts,)
