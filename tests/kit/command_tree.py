"""The commands below a group of the command line."""

from __future__ import annotations

import click


def commands_of(group: click.Group) -> dict[str, click.Command]:
    """The commands of a group by name; a lazy group loads them."""
    context = click.Context(group)
    found = {name: group.get_command(context, name) for name in group.list_commands(context)}
    return {name: command for name, command in found.items() if command is not None}
