"""A group of commands such as `comicmaintainer jobs`, whose help cuts no sentence short."""

from __future__ import annotations

import click


class CommandGroup(click.Group):
    """A group whose help shows the whole first paragraph of each command's help."""

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write all commands by name."""
        rows = [(name, first_paragraph(self.commands[name].help or "")) for name in self.commands]
        with formatter.section("Commands"):
            formatter.write_dl(sorted(rows))


def first_paragraph(text: str) -> str:
    """Return the first paragraph of a command's help as one line."""
    return " ".join(text.split("\n\n")[0].split())
