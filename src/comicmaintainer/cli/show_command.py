"""`show`: what a comic contains."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from comicmaintainer.cli import conflict_lines, output
from comicmaintainer.cli.change_lines import count_of
from comicmaintainer.cli.session import Session, pass_session
from comicmaintainer.comics.metadata import to_dict
from comicmaintainer.comics.metadata.members import SOURCE_TITLES
from comicmaintainer.errors import DatabaseError
from comicmaintainer.library.conflict_marks import is_in_conflict
from comicmaintainer.operations.comic import read_comic

if TYPE_CHECKING:
    from comicmaintainer.library.conflicts import ConflictGroup


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_session
def show(session: Session, file: Path, as_json: bool) -> None:
    """Show what a comic contains: format, pages, tags and where they come from."""
    comic = read_comic(session.comics, file)
    tags = to_dict(comic.metadata)
    conflict = _conflict_of(session, file)
    facts = {
        "path": str(file),
        "format": str(comic.format),
        "pages": [name for name, *_ in comic.page_facts],
        "tags": tags,
        "formats": [str(name) for name in comic.sources.by_format],
        "problems": [str(problem) for problem in comic.sources.problems],
        "conflict": None if conflict is None else conflict_lines.shown(conflict),
    }
    if as_json:
        output.as_json(facts)
        return
    output.say(str(file), bold=True)
    output.say(f"  {comic.format}, {count_of(len(comic.page_facts), 'page')}")
    if comic.sources.by_format:
        output.say(
            f"  tags from {', '.join(SOURCE_TITLES[name] for name in comic.sources.by_format)}"
        )
    rows = [(name, value) for name, value in tags.items() if name != "pages"]
    if rows:
        output.as_table(["tag", "value"], rows)
    else:
        output.say("  no tags")
    if conflict is not None:
        conflict_lines.say(conflict)
    for problem in comic.sources.problems:
        output.say(f"  {problem}", fg="yellow", err=True)


def _conflict_of(session: Session, file: Path) -> ConflictGroup | None:
    """Return the conflict of a file; None also if there is no catalogue."""
    if session.settings.database_url is None and not session.settings.database_path.is_file():
        return None
    services = session.unchecked_services
    path = os.path.realpath(file)
    try:
        return services.conflicts.of_file(path) if is_in_conflict(services.database, path) else None
    except DatabaseError as error:
        output.note(f"Could not check for a conflict with another file: {error}")
        return None
