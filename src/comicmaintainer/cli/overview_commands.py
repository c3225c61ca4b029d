"""`settings`, and `comicmaintainer notices …`."""

from __future__ import annotations

import dataclasses

import click

from comicmaintainer.cli import output
from comicmaintainer.cli.command_group import CommandGroup
from comicmaintainer.cli.session import Session, pass_session
from comicmaintainer.database import notices as database_notices
from comicmaintainer.errors import DatabaseError, NotFound
from comicmaintainer.services.chosen_settings import described

_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.command("settings")
@_JSON
@pass_session
def list_settings(session: Session, as_json: bool) -> None:
    """List the settings in effect: environment variable, value, allowed values, meaning."""
    try:
        chosen = session.services.chosen_settings.all()
    except DatabaseError as error:
        output.note(f"What was chosen on a page is not shown: {error}")
        chosen = []
    rows = described(session.settings, chosen)
    if as_json:
        output.as_json(rows)
        return
    columns = ("variable", "value", "allowed", "meaning")
    output.as_table(columns, [[row[name] for name in columns] for row in rows])


@click.group(cls=CommandGroup)
def notices() -> None:
    """Show notices, and dismiss those you have read."""


@notices.command("list")
@_JSON
@pass_session
def list_notices(session: Session, as_json: bool) -> None:
    """List the notices, newest first."""
    listed = database_notices.all_notices(session.services.database)
    if as_json:
        output.as_json([dataclasses.asdict(notice) for notice in listed])
        return
    output.as_table(
        ["key", "since", "notice"],
        [(notice.key, output.when(notice.at), notice.message) for notice in listed],
        empty="There are no notices.",
    )


@notices.command()
@click.argument("key")
@pass_session
def dismiss(session: Session, key: str) -> None:
    """Dismiss the notice KEY."""
    if not database_notices.dismiss(session.services.database, key):
        raise NotFound(f"There is no notice {key!r}; see: comicmaintainer notices list")
    output.say("The notice is dismissed.")
