"""Shows how far a job is, in a sentence or as a bar.

Used by following, work and job_commands. Progress goes to standard error. On a terminal it is a
bar; elsewhere (a log, a pipe) it is a line now and then, without control characters.
"""

from __future__ import annotations

import sys
import time
from contextlib import AbstractContextManager
from typing import Any, Self

import click

from comicmaintainer.cli import output
from comicmaintainer.cli.change_lines import count_of
from comicmaintainer.jobs.model import ENDED, Job, JobStatus
from comicmaintainer.operations.declared.kinds import KINDS, label_of

LINE_EVERY_S = 10.0


def sentence(job: Job) -> str:
    """Return the state of a job as a sentence."""
    done, verb = job.processed_items - job.failed_items, "looked at" if job.preview else "done"
    words = KINDS[job.kind].words if job.kind in KINDS else None
    total = job.total_items
    all_items = count_of(total, "file") if words is None else words.counted(total)
    things = f"{done:,} of {all_items} {verb}"
    match job.status:
        case JobStatus.COMPLETED:
            text = things
        case JobStatus.FAILED:
            return f"The job has failed: {job.error}"
        case _:
            text = f"The job is {job.status}: {things}"
    return f"{text}, {job.failed_items:,} failed." if job.failed_items else f"{text}."


def progress_of(job: Job, *, quiet: bool) -> Progress:
    """Return the display for the progress of `job`; it shows nothing if `quiet`."""
    if quiet:
        return Progress()
    return _Bar(job) if output.is_terminal(err=True) else _Lines()


class Progress(AbstractContextManager["Progress"]):
    """Shows nothing; subclasses show something."""

    def __exit__(self, *_error: object) -> None:
        return None

    def show(self, job: Job) -> None:
        """Show how far `job` is."""

    def note(self, text: str) -> None:
        """Print a remark on a line of its own."""
        output.note(text)


class _Lines(Progress):
    """A line every `LINE_EVERY_S`, if it has changed."""

    def __init__(self) -> None:
        self._next_at = time.monotonic() + LINE_EVERY_S
        self._last_line = ""

    def show(self, job: Job) -> None:
        if job.status in ENDED or time.monotonic() < self._next_at:
            return
        self._next_at = time.monotonic() + LINE_EVERY_S
        line = sentence(job)
        if line != self._last_line:
            output.note(line)
            self._last_line = line


class _Bar(Progress):
    """A bar that grows."""

    def __init__(self, job: Job) -> None:
        self._bar: Any = click.progressbar(
            length=job.total_items, label=label_of(job.kind), file=sys.stderr, show_pos=True
        )
        self._done = 0

    def __enter__(self) -> Self:
        with output.watched(sys.stderr):
            self._bar.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        with output.watched(sys.stderr):
            self._bar.__exit__(*error)

    def show(self, job: Job) -> None:
        if job.processed_items > self._done:
            with output.watched(sys.stderr):
                self._bar.update(job.processed_items - self._done)
            self._done = job.processed_items

    def note(self, text: str) -> None:
        output.note("")  # ends the line of the bar
        output.note(text)
