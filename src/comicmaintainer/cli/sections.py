"""The help of `comicmaintainer` itself: commands grouped by purpose, each with a full sentence."""

from __future__ import annotations

import click

from comicmaintainer.operations.declared.kind import Findings
from comicmaintainer.operations.declared.kinds import KINDS

IN_ORDER, SOUND, OTHERS = "Put comics in order", "Keep the library healthy", "Others"
SECTIONS = {
    "Run it": ("serve", "web", "worker", "doctor", "settings", "notices"),
    "Look": ("files", "series", "show", "pages", "parse", "history"),
    IN_ORDER: ("process", "tag", "rename", "convert", "remove-pages", "compact"),
    "Try it first, undo it later": ("rehearse", "rest", "remove-copies", "undo"),
    SOUND: (
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


class SectionedGroup(click.Group):
    """A group whose help lists its commands under the headings of SECTIONS."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write all commands by section, including those that SECTIONS does not list."""
        sections = {heading: [*names] for heading, names in SECTIONS.items()}
        listed = {name for names in SECTIONS.values() for name in names}
        for name in self.list_commands(ctx):
            if name not in listed:
                sections.setdefault(_heading(name), []).append(name)
        for heading, names in sections.items():
            rows = [(name, _sentence(self.commands[name])) for name in names]
            if rows:
                with formatter.section(heading):
                    formatter.write_dl(rows)


def _heading(name: str) -> str:
    """Return the heading for a command that SECTIONS does not list, such as a new kind's."""
    kind = KINDS.get(name)
    if kind is None:
        return OTHERS
    return IN_ORDER if kind.changes_files and kind.findings is Findings.CHANGES else SOUND


def _sentence(command: click.Command) -> str:
    """Return the first paragraph of a command's help."""
    return " ".join((command.help or "").split("\n\n")[0].split())
