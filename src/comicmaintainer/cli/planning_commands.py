"""`comicmaintainer templates …` and `schedules …`: saved jobs and the times at which they run."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import click

from comicmaintainer.cli import output, work
from comicmaintainer.cli.session import Session, pass_session
from comicmaintainer.errors import InvalidInput, NotFound
from comicmaintainer.jobs.job_manager import parse_priority
from comicmaintainer.jobs.model import Trigger
from comicmaintainer.jobs.schedule_store import MissedSlots
from comicmaintainer.jobs.schedules import in_words
from comicmaintainer.jobs.template_store import JobTemplate
from comicmaintainer.services.builtins import BUILTIN_TEMPLATES

_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


class JsonObject(click.ParamType[dict[str, Any]]):
    """An option whose value is a JSON object."""

    name = "JSON"

    def convert(self, value: Any, param: Any, ctx: Any) -> dict[str, Any]:
        """Return the object that the text holds."""
        if isinstance(value, dict):
            return value
        try:
            found = json.loads(value)
        except ValueError:
            found = None
        if not isinstance(found, dict):
            self.fail(f"{value!r} is no JSON object", param, ctx)
        return found


@click.group()
@pass_session
def templates(session: Session) -> None:
    """Save jobs under a name, and run them."""
    session.services.templates.install(BUILTIN_TEMPLATES)


@templates.command("list")
@_JSON
@pass_session
def list_templates(session: Session, as_json: bool) -> None:
    """List the saved jobs."""
    found = session.services.templates.all()
    if as_json:
        output.as_json([_plain(template) for template in found])
        return
    output.as_table(
        ["name", "kind", "built-in", "over", "description"],
        [
            (t.name, t.kind, "yes" if t.builtin else "", json.dumps(t.selection), t.description)
            for t in found
        ],
    )


@templates.command("create")
@click.argument("name")
@click.option("--kind", required=True, help="What to do, e.g. process or verify.")
@click.option("--filter", "wanted", type=JsonObject(), help="Files of the catalogue, e.g. "
              '\'{"states": ["unprocessed"]}\'; every comic if left out.')  # fmt: skip
@click.option("--folder", "folders", multiple=True, help="All comics below this folder (repeat).")
@click.option("--params", type=JsonObject(), default="{}", help="Parameters of the kind.")
@click.option("--priority", default="normal", help="background, low, normal, high or urgent.")
@click.option("--description", default="")
@pass_session
def create_template(
    session: Session,
    name: str,
    kind: str,
    wanted: dict[str, Any] | None,
    folders: tuple[str, ...],
    params: dict[str, Any],
    priority: str,
    description: str,
) -> None:
    """Save a job under NAME."""
    if wanted is not None and folders:
        raise InvalidInput("Give either --filter or --folder, not both.")
    selection: dict[str, Any] = {"all": True}
    if wanted is not None:
        selection = {"filter": wanted}
    elif folders:
        selection = {"folders": list(folders)}
    template = session.services.templates.create(
        name,
        kind,
        selection,
        params=params,
        priority=parse_priority(priority),
        description=description,
    )
    click.echo(f"Saved as {template.name}.")


@templates.command("run")
@click.argument("name")
@click.option("--wait", is_flag=True, help="Follow the job until it ends.")
@_JSON
@pass_session
def run_template(session: Session, name: str, wait: bool, as_json: bool) -> None:
    """Run a saved job now, over the files that it selects now."""
    request = session.services.templates.request(_named(session, name), Trigger.CLI)
    raise SystemExit(work.carry_out(session.services, request, wait=wait, json=as_json))


@templates.command("delete")
@click.argument("name")
@pass_session
def delete_template(session: Session, name: str) -> None:
    """Remove a saved job and its schedules."""
    session.services.templates.delete(_named(session, name).template_id)
    click.echo(f"{name} is removed.")


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
            "next": output.when(schedule.next_at),
        }
        for schedule in found
    ]
    if as_json:
        output.as_json(rows)
        return
    columns = ("schedule_id", "name", "when", "timezone", "enabled", "next")
    output.as_table(columns, [[row[name] for name in columns] for row in rows])


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
        _named(session, template).template_id,
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


def _named(session: Session, name: str) -> JobTemplate:
    for template in session.services.templates.all():
        if name in (template.name, template.template_id):
            return template
    raise NotFound(f"There is no saved job called {name!r}; see: comicmaintainer templates list")


def _plain(template: JobTemplate) -> dict[str, Any]:
    return {
        "template_id": template.template_id,
        "name": template.name,
        "kind": template.kind,
        "selection": dict(template.selection),
        "params": dict(template.params),
        "priority": template.priority.name.lower(),
        "builtin": template.builtin,
        "description": template.description,
    }


COMMANDS = (templates, schedules)
