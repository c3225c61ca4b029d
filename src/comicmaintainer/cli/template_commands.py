"""`comicmaintainer templates …`: saved jobs."""

from __future__ import annotations

import json
from typing import Any

import click

from comicmaintainer.cli import output, selection_options, work
from comicmaintainer.cli.command_group import CommandGroup
from comicmaintainer.cli.json_option import JsonObject
from comicmaintainer.cli.session import Session, pass_session
from comicmaintainer.errors import InvalidInput, NotFound
from comicmaintainer.jobs.model import Trigger
from comicmaintainer.jobs.plain_values import parse_priority
from comicmaintainer.jobs.saved.plain_values import template_of
from comicmaintainer.jobs.saved.schedules import in_words
from comicmaintainer.jobs.saved.template_store import JobTemplate
from comicmaintainer.jobs.saved.templates import Templates
from comicmaintainer.services.builtins import BUILTIN_TEMPLATES

_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group(cls=CommandGroup)
def templates() -> None:
    """Save jobs under names, and run them."""


@templates.command("list")
@_JSON
@pass_session
def list_templates(session: Session, as_json: bool) -> None:
    """List the saved jobs."""
    saved = templates_of(session).all()
    if as_json:
        output.as_json([_shown(template) for template in saved])
        return
    output.as_table(
        ["name", "kind", "built-in", "over", "description"],
        [
            (
                t.name,
                t.kind + (" (preview)" if t.preview else ""),
                "yes" if t.builtin else "",
                selection_options.in_words(t.selection),
                t.description,
            )
            for t in saved
        ],
    )


@templates.command("show")
@click.argument("name")
@_JSON
@pass_session
def show_template(session: Session, name: str, as_json: bool) -> None:
    """Show what a saved job does, over which files, and when it runs."""
    template = named(session, name)
    if as_json:
        output.as_json(_shown(template))
        return
    output.say(template.name, bold=True)
    if template.description:
        output.say(f"  {template.description}")
    output.say(f"  kind: {template.kind}{' (preview)' if template.preview else ''}")
    output.say(f"  over: {selection_options.in_words(template.selection)}")
    for parameter, value in template.params.items():
        output.say(f"  {parameter}: {json.dumps(value, ensure_ascii=False)}")
    output.say(f"  priority: {template.priority.name.lower()}")
    for schedule in session.services.schedules.all():
        if schedule.template_id == template.template_id:
            paused = "" if schedule.enabled else ", paused"
            output.say(f"  runs: {in_words(schedule)}{paused}")


@templates.command("create")
@click.argument("name")
@click.option("--kind", required=True, help="What to do, e.g. process or verify.")
@selection_options.selection_options
@click.option("--params", type=JsonObject(), default="{}", help="Parameters of the kind.")
@click.option("--priority", default="normal", help="background, low, normal, high or urgent.")
@click.option("--preview", is_flag=True, help="Only show what would be changed.")
@click.option("--description", default="")
@pass_session
def create_template(
    session: Session,
    /,
    name: str,
    kind: str,
    everything: bool,
    wanted: dict[str, Any] | None,
    folders: tuple[str, ...],
    files: tuple[str, ...],
    params: dict[str, Any],
    priority: str,
    preview: bool,
    description: str,
) -> None:
    """Save a job under NAME, over every comic unless options select some."""
    template = templates_of(session).create(
        name,
        kind,
        selection_options.selection_of(everything, wanted, folders, files) or {"all": True},
        params=params,
        priority=parse_priority(priority),
        preview=preview,
        description=description,
    )
    output.say(f"Saved as {template.name}.")


@templates.command("edit")
@click.argument("name")
@click.option("--rename", metavar="NAME", help="Its new name.")
@click.option("--kind", help="What to do instead.")
@selection_options.selection_options
@click.option("--params", type=JsonObject(), help="Replaces all parameters of the kind.")
@click.option("--priority", help="background, low, normal, high or urgent.")
@click.option("--preview/--no-preview", default=None, help="Only show what would be changed.")
@click.option("--description")
@pass_session
def edit_template(
    session: Session,
    /,
    name: str,
    rename: str | None,
    everything: bool,
    wanted: dict[str, Any] | None,
    folders: tuple[str, ...],
    files: tuple[str, ...],
    priority: str | None,
    **others: Any,
) -> None:
    """Change a saved job. Only the given options are changed. Built-in jobs can't be changed."""
    changes = {key: value for key, value in others.items() if value is not None}
    if rename is not None:
        changes["name"] = rename
    if priority is not None:
        changes["priority"] = parse_priority(priority)
    selection = selection_options.selection_of(everything, wanted, folders, files)
    if selection is not None:
        changes["selection"] = selection
    if not changes:
        raise InvalidInput("Say what to change; see: comicmaintainer templates edit --help")
    template = templates_of(session).update(named(session, name).template_id, **changes)
    output.say(f"{template.name} is changed.")


@templates.command("run")
@click.argument("name")
@click.option("--wait", is_flag=True, help="Follow the job until it ends.")
@_JSON
@pass_session
def run_template(session: Session, name: str, wait: bool, as_json: bool) -> None:
    """Run a saved job now, over the files that its selection matches now."""
    request = templates_of(session).request(named(session, name), Trigger.CLI)
    raise SystemExit(work.submit(session.services, request, wait=wait, json=as_json))


@templates.command("delete")
@click.argument("name")
@pass_session
def delete_template(session: Session, name: str) -> None:
    """Delete a saved job and its schedules."""
    services, template = session.services, named(session, name)
    removed = [one for one in services.schedules.all() if one.template_id == template.template_id]
    services.templates.delete(template.template_id)
    output.say(f"{template.name} is deleted.")
    for schedule in removed:
        output.say(f"Its schedule {schedule.name} is deleted too: {in_words(schedule)}.")


def templates_of(session: Session) -> Templates:
    """Return the saved jobs, with those that come with the product."""
    templates = session.services.templates
    templates.install(BUILTIN_TEMPLATES)
    return templates


def named(session: Session, name: str) -> JobTemplate:
    """Return the saved job with that name or id.

    Raises:
        NotFound: there is no such saved job.
    """
    for template in templates_of(session).all():
        if name in (template.name, template.template_id):
            return template
    raise NotFound(f"There is no saved job called {name!r}; see: comicmaintainer templates list")


def _shown(template: JobTemplate) -> dict[str, Any]:
    value = template_of(template)
    return {name: value[name] for name in value if name not in ("created_at", "updated_at")}
