"""`comicmaintainer`: the root of the command line, its error messages and exit codes."""

from __future__ import annotations

import sys

import click

import comicmaintainer
from comicmaintainer.cli import (
    account_commands,
    conflict_commands,
    doctor_command,
    duplicate_commands,
    engine_commands,
    job_commands,
    library_commands,
    output,
    overview_commands,
    page_commands,
    rehearsal_commands,
    root_commands,
    schedule_commands,
    service_commands,
    store_commands,
    template_commands,
)
from comicmaintainer.cli.ending import ToldToEnd
from comicmaintainer.cli.exit_codes import ExitCode, exit_code_of
from comicmaintainer.cli.sections import SectionedGroup
from comicmaintainer.errors import ComicMaintainerError

_CODES = (
    "Exit codes: 0 all done; 1 some items failed; 2 bad usage; 3 not found; 4 refused;"
    " 5 database or disk unavailable; 6 job cancelled or not able to run."
)
_CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


@click.group(cls=SectionedGroup, epilog=_CODES, context_settings=_CONTEXT)
@click.version_option(comicmaintainer.__version__, prog_name="comicmaintainer")
def comicmaintainer_command() -> None:
    """Keep a library of comic archives in order."""


for _group in (
    service_commands,
    library_commands,
    overview_commands,
    engine_commands,
    duplicate_commands,
    conflict_commands,
    page_commands,
    job_commands,
    template_commands,
    schedule_commands,
    rehearsal_commands,
    store_commands,
    account_commands,
    root_commands,
    doctor_command,
):
    for _command in _group.COMMANDS:
        comicmaintainer_command.add_command(_command)


def main() -> None:
    """Run the command line and end the process with its exit code."""
    try:
        comicmaintainer_command(standalone_mode=False)
    except click.exceptions.Abort as abort:
        output.say("Stopped.", err=True)
        reason = abort.__cause__
        sys.exit(reason.exit_code if isinstance(reason, ToldToEnd) else ExitCode.INTERRUPTED)
    except click.ClickException as error:
        error.show()
        sys.exit(ExitCode.USAGE)
    except UnicodeEncodeError as error:
        # The database, like JSON, takes whole characters only; scans leave such names out.
        output.say(f"Error: {error.object!r} is no valid UTF-8; rename the file first.", err=True)
        sys.exit(ExitCode.USAGE)
    except ComicMaintainerError as error:
        output.say(f"Error: {error}", err=True)
        sys.exit(exit_code_of(error))
