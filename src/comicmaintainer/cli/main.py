"""`comicmaintainer`: the root of the command line, its error messages and exit codes."""

from __future__ import annotations

import io
import logging
import sys
import threading

import click

import comicmaintainer
from comicmaintainer.cli import (
    account_commands,
    change_commands,
    conflict_commands,
    convert_command,
    doctor_command,
    duplicate_commands,
    job_commands,
    kind_commands,
    library_commands,
    output,
    overview_commands,
    page_commands,
    parse_command,
    rehearsal_commands,
    root_commands,
    schedule_commands,
    service_commands,
    store_commands,
    template_commands,
    trash_commands,
)
from comicmaintainer.cli.end_signals import EndSignal
from comicmaintainer.cli.exit_codes import ExitCode, exit_code_of
from comicmaintainer.cli.sections import SectionedGroup
from comicmaintainer.errors import ComicMaintainerError
from comicmaintainer.filesystem import descriptors

logger = logging.getLogger(__name__)

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
    convert_command,
    change_commands,
    parse_command,
    trash_commands,
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
for _command in kind_commands.missing_commands(frozenset(comicmaintainer_command.commands)):
    comicmaintainer_command.add_command(_command)


def main() -> None:
    """Run the command line and end the process with its exit code."""
    descriptors.raise_limit()
    # The processes of the service replace this with the service's log.
    logging.basicConfig(handlers=[_Notes()], level=logging.WARNING)
    threading.excepthook = _log_dead_thread
    try:
        comicmaintainer_command(standalone_mode=False)
    except click.exceptions.Abort as abort:
        output.say("Stopped.", err=True)
        reason = abort.__cause__
        sys.exit(reason.exit_code if isinstance(reason, EndSignal) else ExitCode.INTERRUPTED)
    except click.ClickException as error:
        shown = io.StringIO()
        error.show(shown)
        for line in shown.getvalue().splitlines():
            output.say(line, err=True)
        sys.exit(ExitCode.USAGE)
    except UnicodeEncodeError as error:
        # Neither the database nor JSON can hold such a name; scans skip these files.
        output.say(f"Error: {error.object!r} is not valid UTF-8; rename the file first.", err=True)
        sys.exit(ExitCode.USAGE)
    except ComicMaintainerError as error:
        output.say(f"Error: {error}", err=True)
        sys.exit(exit_code_of(error))


class _Notes(logging.Handler):
    """Prints log records as remarks."""

    def emit(self, record: logging.LogRecord) -> None:
        """See logging.Handler."""
        output.note(record.getMessage())
        if record.exc_info:
            for line in logging.Formatter().formatException(record.exc_info).splitlines():
                output.note(line)


def _log_dead_thread(failure: threading.ExceptHookArgs) -> None:
    if failure.exc_value is not None:
        name = failure.thread.name if failure.thread else "?"
        logger.error("Thread %s has died", name, exc_info=failure.exc_value)
