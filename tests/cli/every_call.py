"""Runs many calls of the command line one after the other in this process, as `main` does.

python every_call.py, with the calls as JSON on standard input. Each call is named on standard error
before it runs, so that a test can tell which of them printed what.
"""

from __future__ import annotations

import contextlib
import json
import sys

import click

from comicmaintainer.cli.main import comicmaintainer_command, main


def helps(command: click.Command, path: tuple[str, ...] = ()) -> list[list[str]]:
    """The calls that show the help of a command and of all below it."""
    found = [[*path, "--help"]]
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below is not None
            found += helps(below, (*path, name))
    return found


if __name__ == "__main__":
    calls = json.load(sys.stdin)
    for call in calls or helps(comicmaintainer_command):
        sys.argv = ["comicmaintainer", *call]
        with contextlib.suppress(SystemExit):
            main()
