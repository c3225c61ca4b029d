"""`comicmaintainer schedules …`: the times at which saved jobs run."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Any

import click

from comicmaintainer.cli import moments, output, work
from comicmaintainer.cli.command_group import CommandGroup
from comicmaintainer.cli.session import Session, pass_session
from comicmaintainer.cli.template_commands import named, templates_of
from comicmaintainer.errors import InvalidInput, NotFound
from comicmaintainer.jobs.model import Trigger
from comicmaintainer.jobs.saved import cron as cron_fields
from comicmaintainer.jobs.saved.schedule_store import MissedSlots, Schedule
from comicmaintainer.jobs.saved.schedules import in_words

_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
_COUNT = click.option(
    "--count", type=click.IntRange(1, 50), default=5, show_default=True, help="How many runs."
)
_AT = click.option(
    "--at",
    "moment",
    type=moments.Moment(),
    help="Once, e.g. 2027-06-01T02:30; without an offset, in the time zone of --timezone.",
)
_TIME_ZONE = click.option(
    "--timezone", help="Time zone of --cron and --at. Default: TZ of the service."
)
_SHOWN_SLOTS = 5


@click.group(cls=CommandGroup)
def schedules() -> None:
    """Run saved jobs at set times (the service must be running then)."""


@schedules.command("list")
@_JSON
@pass_session
def list_schedules(session: Session, as_json: bool) -> None:
    """List the schedules, next to run first."""
    rows = [_plain(schedule) for schedule in session.services.schedules.all()]
    if as_json:
        output.as_json(rows)
        return
    columns = ("schedule_id", "name", "when", "state", "next")
    shown = [row | {"state": "active" if row["enabled"] else "paused"} for row in rows]
    output.as_table(
        columns,
        [[row[name] for name in columns] for row in shown],
        empty="There are no schedules yet; make one with: comicmaintainer schedules add TEMPLATE",
    )


@schedules.command("add")
@click.argument("template")
@click.option("--cron", help="When, as five cron fields, e.g. '0 3 * * 0'.")
@_AT
@_TIME_ZONE
@click.option("--name", help="Its name. Default: the name of the saved job.")
@click.option(
    "--missed",
    type=click.Choice([str(missed) for missed in MissedSlots]),
    default=str(MissedSlots.RUN_ONCE),
    show_default=True,
    help="What to do about runs missed while the service was off.",
)
@pass_session
def add_schedule(
    session: Session,
    template: str,
    cron: str | None,
    moment: datetime | None,
    timezone: str | None,
    name: str | None,
    missed: str,
) -> None:
    """Run the saved job TEMPLATE repeatedly (--cron) or once (--at)."""
    services = session.services
    zone = timezone or session.settings.time_zone
    at = None if moment is None else moments.point_in_time(moment, zone)
    schedule = services.schedules.create(
        named(session, template).template_id,
        cron=cron,
        run_at=None if at is None else at.at,
        timezone=zone,
        missed=MissedSlots(missed),
        name=name,
    )
    _print_runs(session, schedule)
    _print_remark(at)


@schedules.command("show")
@click.argument("schedule")
@_COUNT
@_JSON
@pass_session
def show_schedule(session: Session, schedule: str, count: int, as_json: bool) -> None:
    """Show when SCHEDULE (its name or id) runs next, and the outcome of its last runs."""
    services = session.services
    shown = scheduled(session, schedule)
    runs = services.schedules.next_runs(shown, count)
    slots = services.schedules.slots(shown.schedule_id, _SHOWN_SLOTS)
    template = services.templates.get(shown.template_id)
    if as_json:
        values = {
            "template": template.name,
            "missed": str(shown.missed),
            "next_runs": [output.when(at) for at in runs],
            "last_error": shown.last_error,
            "slots": [
                {"at": output.when(slot.slot_at), "outcome": str(slot.outcome), "job": slot.job_id}
                for slot in slots
            ],
        }
        output.as_json(_plain(shown) | values)
        return
    output.say(shown.name, bold=True)
    output.say(f"  id: {shown.schedule_id}")
    output.say(f"  runs: {template.name}")
    output.say(f"  when: {in_words(shown)}")
    output.say(f"  missed runs: {str(shown.missed).replace('_', ' ')}")
    if not shown.enabled:
        output.say("  It is paused; it would run at:")
    for at in runs:
        output.say(f"  next: {moments.on_clock(at, shown.timezone)}")
    for slot in slots:
        job = f", job {slot.job_id}" if slot.job_id else ""
        output.say(f"  last: {output.when(slot.slot_at)}, {slot.outcome!s}{job}")
    if shown.last_error:
        output.say(f"  {shown.last_error}", fg="red")


@schedules.command("preview")
@click.argument("cron")
@click.option("--timezone", help="Time zone of the cron fields. Default: TZ of the service.")
@_COUNT
@_JSON
@pass_session
def preview_cron(
    session: Session, cron: str, timezone: str | None, count: int, as_json: bool
) -> None:
    """Describe when CRON (five fields in quotes) runs, and list its next times."""
    zone = timezone or session.settings.time_zone
    runs = cron_fields.next_slots(cron, cron_fields.zone(zone), time.time(), count)
    words = f"{cron_fields.in_words(cron)} ({zone})"
    if as_json:
        output.as_json({"in_words": words, "next_runs": [output.when(at) for at in runs]})
        return
    output.say(f"{words}. Next runs:")
    for at in runs:
        output.say(f"  {moments.on_clock(at, zone)}")


@schedules.command("edit")
@click.argument("schedule")
@click.option("--rename", metavar="NAME", help="Its new name.")
@click.option("--template", help="The saved job to run instead.")
@click.option("--cron", help="When, as five cron fields, e.g. '0 3 * * 0'.")
@_AT
@click.option("--timezone", help="Time zone of --cron and --at. Default: unchanged.")
@click.option("--missed", type=click.Choice([str(missed) for missed in MissedSlots]))
@pass_session
def edit_schedule(
    session: Session,
    /,
    schedule: str,
    rename: str | None,
    template: str | None,
    cron: str | None,
    moment: datetime | None,
    timezone: str | None,
    missed: str | None,
) -> None:
    """Change SCHEDULE (its name or id). Only the given options are changed."""
    if cron is not None and moment is not None:
        raise InvalidInput("Give only one of --cron and --at.")
    edited = scheduled(session, schedule)
    at = None if moment is None else moments.point_in_time(moment, timezone or edited.timezone)
    changes: dict[str, Any] = {}
    if cron is not None:
        changes |= {"cron": cron, "run_at": None}
    if at is not None:
        changes |= {"cron": None, "run_at": at.at}
    if template is not None:
        changes["template_id"] = named(session, template).template_id
    if missed is not None:
        changes["missed"] = MissedSlots(missed)
    changes |= {
        field: value
        for field, value in (("name", rename), ("timezone", timezone))
        if value is not None
    }
    if not changes:
        raise InvalidInput("Say what to change; see: comicmaintainer schedules edit --help")
    _print_runs(session, session.services.schedules.update(edited.schedule_id, **changes))
    _print_remark(at)


@schedules.command("run")
@click.argument("schedule")
@click.option("--wait", is_flag=True, help="Follow the job until it ends.")
@_JSON
@pass_session
def run_schedule(session: Session, schedule: str, wait: bool, as_json: bool) -> None:
    """Run the saved job of SCHEDULE (its name or id) now. Its times do not change."""
    templates = templates_of(session)
    template = templates.get(scheduled(session, schedule).template_id)
    request = templates.request(template, Trigger.SCHEDULE)
    raise SystemExit(work.submit(session.services, request, wait=wait, json=as_json))


@schedules.command("pause")
@click.argument("schedule")
@pass_session
def pause_schedule(session: Session, schedule: str) -> None:
    """Pause SCHEDULE (its name or id)."""
    paused = session.services.schedules.pause(scheduled(session, schedule).schedule_id)
    output.say(f"{paused.name} is paused.")


@schedules.command("resume")
@click.argument("schedule")
@pass_session
def resume_schedule(session: Session, schedule: str) -> None:
    """Resume SCHEDULE (its name or id) from its next time on."""
    resumed = session.services.schedules.resume(scheduled(session, schedule).schedule_id)
    next_run = moments.on_clock(resumed.next_at or 0.0, resumed.timezone)
    output.say(f"{resumed.name} runs next at {next_run}.")


@schedules.command("delete")
@click.argument("schedule")
@pass_session
def delete_schedule(session: Session, schedule: str) -> None:
    """Delete SCHEDULE (its name or id). Jobs it created stay."""
    session.services.schedules.delete(scheduled(session, schedule).schedule_id)
    output.say("The schedule is deleted.")


def scheduled(session: Session, name: str) -> Schedule:
    """Return the schedule with that id or name, or whose id begins so.

    Raises:
        NotFound: no schedule matches.
        InvalidInput: several schedules match.
    """
    schedules = session.services.schedules.all()
    for matches in (
        [one for one in schedules if one.schedule_id == name],
        [one for one in schedules if one.name == name],
        [one for one in schedules if name and one.schedule_id.startswith(name)],
    ):
        if len(matches) > 1:
            ids = ", ".join(one.schedule_id for one in matches)
            raise InvalidInput(f"Several schedules are called {name!r}; choose one by id: {ids}")
        if matches:
            return matches[0]
    raise NotFound(f"There is no schedule called {name!r}; see: comicmaintainer schedules list")


def _print_runs(session: Session, schedule: Schedule) -> None:
    words = in_words(schedule)
    state = "" if schedule.enabled else " It is paused."
    output.say(f"{schedule.name}: {words}.{state} Next runs:")
    for at in session.services.schedules.next_runs(schedule):
        output.say(f"  {moments.on_clock(at, schedule.timezone)}")


def _print_remark(at: moments.PointInTime | None) -> None:
    if at is not None and at.remark is not None:
        output.note(at.remark)


def _plain(schedule: Schedule) -> dict[str, Any]:
    return {
        "schedule_id": schedule.schedule_id,
        "name": schedule.name,
        "when": in_words(schedule),
        "timezone": schedule.timezone,
        "enabled": schedule.enabled,
        "next": output.when(schedule.next_at if schedule.enabled else None),
    }
