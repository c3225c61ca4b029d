"""`kinds`: the kinds of job and their parameters."""

from __future__ import annotations

import click

from comicmaintainer.cli import output
from comicmaintainer.operations.declared.kinds import KINDS


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def kinds(as_json: bool) -> None:
    """List the kinds of job for --kind, with their parameters for --params."""
    if as_json:
        output.as_json([kind.to_json() for kind in KINDS.values()])
        return
    for kind in KINDS.values():
        output.say(kind.name, bold=True)
        output.say(f"  {kind.description}")
        for parameter in kind.parameters:
            output.say(f"  {parameter.name}: {parameter.description}")
