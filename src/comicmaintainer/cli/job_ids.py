"""The JOB_ID argument: a job's id, or a prefix of it that is unique."""

from __future__ import annotations

import click

from comicmaintainer.cli.session import Session


def _full_id(context: click.Context, _parameter: click.Parameter, value: str) -> str:
    return context.ensure_object(Session).services.manager.full_id(value)


JOB_ID = click.argument("job_id", callback=_full_id)
"""The argument; the command gets the full id.

Raises:
    JobNotFound, InvalidInput: see JobManager.full_id.
"""
