"""`parse`: shows how a file name is parsed."""

from __future__ import annotations

import click

from comicmaintainer.cli import output
from comicmaintainer.comics.filename.parser import parse_filename


@click.command()
@click.argument("name")
@click.option("--folder", help="Name of the file's folder.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def parse(name: str, folder: str | None, as_json: bool) -> None:
    """Show how a file name is parsed: which part became which field."""
    parsed = parse_filename(name, folder)
    fields = parsed.found()
    roles = [(role.text, role.span, str(role.role)) for role in parsed.explanation]
    if as_json:
        output.as_json({**fields, "explanation": roles})
        return
    output.as_table(["part", "from-to", "is"], [(t, f"{s[0]}-{s[1]}", r) for t, s, r in roles])
    output.say()
    output.as_table(["field", "value"], list(fields.items()))
