"""Jobs as arguments of commands: an id, or a beginning of it that no other job's id has."""

from __future__ import annotations

import click

from comicmaintainer.cli.session import Session


def _full(context: click.Context, _parameter: click.Parameter, value: str) -> str:
    return context.ensure_object(Session).services.manager.full_id(value)


JOB_ID = click.argument("job_id", callback=_full)
"""The argument; the command is given the whole id.

Raises:
    JobNotFound, InvalidInput: see JobManager.full_id.
"""
