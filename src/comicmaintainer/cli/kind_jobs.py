"""Jobs of one kind: the options that their commands share, and running them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import click

from comicmaintainer.cli import work
from comicmaintainer.cli.session import Session
from comicmaintainer.jobs.model import JobRequest, Trigger
from comicmaintainer.jobs.plain_values import parse_priority
from comicmaintainer.operations.declared.kind import ItemOf
from comicmaintainer.operations.declared.kinds import kind_named, validated_params

_PREVIEW = click.option("--preview", is_flag=True, help="Only show what would be changed.")
_COMMON = (
    click.option("--wait", is_flag=True, help="Follow the job until it ends."),
    click.option("--priority", default="normal", help="background, low, normal, high or urgent."),
    click.option("--json", "as_json", is_flag=True, help="Print JSON."),
)


def job_options(*, has_preview: bool = True) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Add the options that every command which creates a job has."""
    options = (_PREVIEW, *_COMMON) if has_preview else _COMMON

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


def run_kind(
    session: Session,
    kind: str,
    items: list[str],
    params: Mapping[str, Any],
    *,
    preview: bool = False,
    wait: bool = False,
    priority: str = "normal",
    as_json: bool = False,
) -> None:
    """Create and run a job of that kind over `items`, and exit with its exit code.

    Parameters that are None are left out.

    Raises:
        FileMissing: an item should be in the trash but is not.
        UnknownKind, InvalidInput: see validated_params.
    """
    if kind_named(kind).items is ItemOf.TRASHED:
        for trash_id in items:
            session.services.trash.get(trash_id)
    values = {name: value for name, value in params.items() if value is not None}
    request = JobRequest(
        kind=kind,
        items=items,
        params=validated_params(kind, values),
        trigger=Trigger.CLI,
        preview=preview,
        priority=parse_priority(priority),
    )
    raise SystemExit(work.submit(session.services, request, wait=wait, json=as_json))
