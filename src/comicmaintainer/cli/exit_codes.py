"""The exit codes of the command line. docs/cli.md and `--help` list the same codes."""

from __future__ import annotations

from enum import IntEnum

from comicmaintainer.errors import (
    AccessDenied,
    ArchiveError,
    ComicMaintainerError,
    Conflict,
    DatabaseError,
    InvalidInput,
    NotFound,
    StorageError,
)


class ExitCode(IntEnum):
    """The exit codes of every command."""

    DONE = 0
    """Everything requested is done."""
    SOME_FAILED = 1
    """The job ran; some of its items failed."""
    USAGE = 2
    """The command, a value or a path is wrong; nothing was done."""
    NOT_FOUND = 3
    """No such job, file, folder or user."""
    REFUSED = 4
    """It exists, but its state does not allow this, or the comic can't be read."""
    UNAVAILABLE = 5
    """The database or the disk can't be used; the message says why."""
    JOB_NOT_DONE = 6
    """The job was cancelled, or its stored data can't be read."""
    NOT_READ = 141
    """Nobody reads the output any more, as with `| head`."""
    INTERRUPTED = 130
    """Stopped by Ctrl-C."""


_BY_CLASS: tuple[tuple[type[ComicMaintainerError], ExitCode], ...] = (
    (InvalidInput, ExitCode.USAGE),
    (NotFound, ExitCode.NOT_FOUND),
    (Conflict, ExitCode.REFUSED),
    (AccessDenied, ExitCode.REFUSED),
    (ArchiveError, ExitCode.REFUSED),
    (StorageError, ExitCode.UNAVAILABLE),
    (DatabaseError, ExitCode.UNAVAILABLE),
)


def exit_code_of(error: ComicMaintainerError) -> ExitCode:
    """Return the exit code for an error that ended a command."""
    for kind, code in _BY_CLASS:
        if isinstance(error, kind):
            return code
    return ExitCode.UNAVAILABLE
