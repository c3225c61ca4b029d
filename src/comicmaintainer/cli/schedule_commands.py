"""`comicmaintainer schedules …`: the times at which saved jobs run."""

from __future__ import annotations

from datetime import datetime

import click

from comicmaintainer.cli import output
from comicmaintainer.cli.session import Session, pass_session
from comicmaintainer.cli.template_commands import named
from comicmaintainer.errors import NotFound
from comicmaintainer.jobs.schedule_store import MissedSlots
from comicmaintainer.jobs.schedules import in_words
from comicmaintainer.services.builtins import BUILTIN_TEMPLATES

_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group()
@pass_session
def schedules(session: Session) -> None:
    """Run saved jobs at set times (the service must be running then)."""
    session.services.templates.install(BUILTIN_TEMPLATES)


@schedules.command("list")
@_JSON
@pass_session
def list_schedules(session: Session, as_json: bool) -> None:
    """List the schedules, the next to run first."""
    found = session.services.schedules.all()
    rows = [
        {
            "schedule_id": schedule.schedule_id,
            "name": schedule.name,
            "when": in_words(schedule),
            "timezone": schedule.timezone,
            "enabled": schedule.enabled,
            "next": output.when(schedule.next_at if schedule.enabled else None),
        }
        for schedule in found
    ]
    if as_json:
        output.as_json(rows)
        return
    columns = ("schedule_id", "name", "when", "state", "next")
    shown = [row | {"state": "runs" if row["enabled"] else "rests"} for row in rows]
    output.as_table(
        columns,
        [[row[name] for name in columns] for row in shown],
        empty="There are no schedules yet; make one with: comicmaintainer schedules add TEMPLATE",
    )


@schedules.command("add")
@click.argument("template")
@click.option("--cron", help="When, as five cron fields, e.g. '0 3 * * 0'.")
@click.option("--at", "moment", type=click.DateTime(), help="Once, at this local time.")
@click.option("--timezone", help="Time zone of the cron fields; TZ of the service if left out.")
@click.option(
    "--missed",
    type=click.Choice([str(missed) for missed in MissedSlots]),
    default=str(MissedSlots.RUN_ONCE),
    show_default=True,
    help="What to do about times that went by while the service was off.",
)
@pass_session
def add_schedule(
    session: Session,
    template: str,
    cron: str | None,
    moment: datetime | None,
    timezone: str | None,
    missed: str,
) -> None:
    """Run the saved job TEMPLATE repeatedly (--cron) or once (--at)."""
    services = session.services
    schedule = services.schedules.create(
        named(session, template).template_id,
        cron=cron,
        run_at=None if moment is None else moment.astimezone().timestamp(),
        timezone=timezone or session.settings.time_zone,
        missed=MissedSlots(missed),
    )
    click.echo(f"{schedule.name}: {in_words(schedule)}. Next runs:")
    for at in services.schedules.next_runs(schedule):
        click.echo(f"  {output.when(at)}")


@schedules.command("pause")
@click.argument("schedule_id")
@pass_session
def pause_schedule(session: Session, schedule_id: str) -> None:
    """Let a schedule rest."""
    click.echo(f"{session.services.schedules.pause(schedule_id).name} rests.")


@schedules.command("resume")
@click.argument("schedule_id")
@pass_session
def resume_schedule(session: Session, schedule_id: str) -> None:
    """Let a schedule run again, from its next time on."""
    schedule = session.services.schedules.resume(schedule_id)
    click.echo(f"{schedule.name} runs next at {output.when(schedule.next_at)}.")


@schedules.command("delete")
@click.argument("schedule_id")
@pass_session
def delete_schedule(session: Session, schedule_id: str) -> None:
    """Remove a schedule."""
    if not session.services.schedules.delete(schedule_id):
        raise NotFound(f"There is no schedule {schedule_id}.")
    click.echo("The schedule is removed.")


COMMANDS = (schedules,)
