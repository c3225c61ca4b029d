"""The root of the command line: a group that loads a command only when it is used.

`--help` prints the table of `sections` and loads no command; see
https://click.palletsprojects.com/en/stable/complex/#lazily-loading-subcommands.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import click

from comicmaintainer.cli.command_group import first_paragraph
from comicmaintainer.cli.sections import IN_ORDER, OF_KIND, SECTIONS, SOUND, Written

if TYPE_CHECKING:
    from comicmaintainer.operations.declared.kind import Kind

WRITTEN: Mapping[str, Written] = {
    name: entry
    for section in SECTIONS.values()
    for name, entry in section.items()
    if entry is not None
}


class RootGroup(click.Group):
    """The commands of SECTIONS and one for each other kind of job, under headings in its help."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands."""
        return sorted({*super().list_commands(ctx), *WRITTEN, *_kinds()})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load the command with that name, or return None."""
        if cmd_name in WRITTEN:
            return WRITTEN[cmd_name].load()
        if cmd_name in _kinds():
            from comicmaintainer.cli.kind_commands import command_of  # with all that runs jobs

            return command_of(_kinds()[cmd_name])
        return super().get_command(ctx, cmd_name)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that the arguments begin with; suggest similar names if none is meant.

        Raises:
            NoSuchCommand.
        """
        try:
            return super().resolve_command(ctx, args)
        except click.NoSuchCommand as error:
            names = self.list_commands(ctx)
            raise click.NoSuchCommand(error.command_name, possibilities=names, ctx=ctx) from None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write all commands by section, including those of kinds that SECTIONS does not list."""
        kinds = _kinds()
        sections = {heading: dict(entries) for heading, entries in SECTIONS.items()}
        listed = {name for entries in SECTIONS.values() for name in entries}
        for name in self.list_commands(ctx):
            if name not in listed:
                sections[_heading(kinds[name])][name] = OF_KIND
        for heading, entries in sections.items():
            with formatter.section(heading):
                formatter.write_dl(
                    [
                        (
                            name,
                            (entry and entry.sentence) or first_paragraph(kinds[name].command_help),
                        )
                        for name, entry in entries.items()
                    ]
                )


def _kinds() -> Mapping[str, Kind]:
    """Return the declared kinds; most commands need none of them."""
    from comicmaintainer.operations.declared.kinds import KINDS

    return KINDS


def _heading(kind: Kind) -> str:
    """Return the heading for the command of a kind that SECTIONS does not list."""
    return IN_ORDER if kind.puts_in_order else SOUND
