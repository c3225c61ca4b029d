"""The command's own help: all commands by what they are for, each with its whole sentence."""

from __future__ import annotations

import click

SECTIONS = {
    "Run it": ("serve", "web", "worker", "doctor", "settings", "notices"),
    "Look": ("files", "series", "show", "pages", "parse", "history"),
    "Put comics in order": ("process", "tag", "rename", "convert", "remove-pages", "compact"),
    "Try it first, go back after": ("rehearse", "rest", "remove-copies", "undo"),
    "Keep the library sound": (
        "scan",
        "verify",
        "duplicates",
        "conflicts",
        "delete",
        "trash",
        "roots",
    ),
    "Jobs": ("jobs", "templates", "schedules", "kinds"),
    "Data and access": ("backup", "backups", "restore", "export", "import", "user", "token"),
}
OTHERS = "Others"


class SectionedGroup(click.Group):
    """A group whose help lists its commands under the headings of SECTIONS."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands by section; none is left out."""
        listed = {name for names in SECTIONS.values() for name in names}
        others = tuple(name for name in self.list_commands(ctx) if name not in listed)
        for heading, names in {**SECTIONS, OTHERS: others}.items():
            rows = [(name, _sentence(self.commands[name])) for name in names]
            if rows:
                with formatter.section(heading):
                    formatter.write_dl(rows)


def _sentence(command: click.Command) -> str:
    """The first paragraph of a command's help."""
    return " ".join((command.help or "").split("\n\n")[0].split())
