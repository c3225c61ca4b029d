"""`comicmaintainer`: the root of the command line, its error messages and exit codes."""

from __future__ import annotations

import io
import logging
import os
import pwd
import sys
import threading

import click

import comicmaintainer
from comicmaintainer.audit import Actor, ActorKind, acting
from comicmaintainer.cli import output
from comicmaintainer.cli.end_signals import EndSignal
from comicmaintainer.cli.exit_codes import ExitCode, exit_code_of
from comicmaintainer.cli.root_group import RootGroup
from comicmaintainer.errors import ComicMaintainerError
from comicmaintainer.filesystem import descriptors

logger = logging.getLogger(__name__)

_CODES = (
    "Exit codes: 0 all done; 1 some items failed; 2 bad usage; 3 not found; 4 refused;"
    " 5 database or disk unavailable; 6 job cancelled or not able to run."
)
_CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


@click.group(cls=RootGroup, epilog=_CODES, context_settings=_CONTEXT)
@click.version_option(comicmaintainer.__version__, prog_name="comicmaintainer")
def comicmaintainer_command() -> None:
    """Keep a library of comic archives in order."""
    click.get_current_context().with_resource(acting(Actor(ActorKind.COMMAND_LINE, _user_name())))


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


def _user_name() -> str:
    user_id = os.geteuid()
    try:
        return pwd.getpwuid(user_id).pw_name
    except KeyError:
        return str(user_id)


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
