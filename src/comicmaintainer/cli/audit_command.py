"""`comicmaintainer audit`: who did what."""

from __future__ import annotations

import click

from comicmaintainer.audit.actions import Action
from comicmaintainer.audit.audit_log import AuditEntry
from comicmaintainer.cli import output
from comicmaintainer.cli.session import Session, pass_session

MOST = 10_000


@click.command("audit")
@click.option("--actor", help="A user, key or schedule; or watcher, command line, service.")
@click.option("--action", type=click.Choice([each.value for each in Action]), help="What was done.")
@click.option(
    "--limit", type=click.IntRange(1, MOST), default=100, show_default=True, help="How many."
)
@click.option("--before", type=click.IntRange(1), help="Continue before the entry with this id.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_session
def audit(
    session: Session,
    actor: str | None,
    action: str | None,
    limit: int,
    before: int | None,
    as_json: bool,
) -> None:
    """List who did what, when, and from which address, newest first."""
    entries = session.services.audit.page(
        actor=actor, action=None if action is None else Action(action), before=before, limit=limit
    )
    if as_json:
        output.as_json([entry.to_dict() for entry in entries])
        return
    output.as_table(
        ["id", "when", "who", "from", "what"],
        [
            (entry.entry_id, output.when(entry.at), _who(entry), entry.actor.address, _what(entry))
            for entry in entries
        ],
        empty="Nothing of this kind was recorded.",
    )


def _who(entry: AuditEntry) -> str:
    actor = entry.actor
    return f"{actor.name} ({actor.kind.value})" if actor.name else actor.kind.value


def _what(entry: AuditEntry) -> str:
    known = entry.to_dict()
    details = ", ".join(
        f"{name.replace('_', ' ')} {value}"
        for name, value in entry.details.items()
        if value not in (None, False, "")
    )
    text = f"{known['words']} {entry.subject}".strip()
    return f"{text} ({details})" if details else text
