"""Saved jobs (templates) and their schedules."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import Field

from comicmaintainer.accounts.roles import Role
from comicmaintainer.errors import NotFound
from comicmaintainer.jobs.plain_values import parse_priority
from comicmaintainer.jobs.saved.plain_values import schedule_of, template_of
from comicmaintainer.jobs.saved.schedule_store import MissedSlots, Schedule
from comicmaintainer.jobs.saved.schedules import in_words, preview
from comicmaintainer.jobs.saved.template_store import JobTemplate
from comicmaintainer.services import Services
from comicmaintainer.texts.current import shown
from comicmaintainer.web.api.new_jobs import submitted, trigger_of
from comicmaintainer.web.api.shapes import Body, PriorityName, Submitted
from comicmaintainer.web.dependencies import CurrentUser, ServicesOf
from comicmaintainer.web.openapi import refusals
from comicmaintainer.web.route_roles import needs

_WORDS = frozenset({"name", "description"})
router = APIRouter(prefix="/api", tags=["templates"])

Name = Annotated[str, Field(max_length=200)]
NEXT_RUNS = 5
_MOST_RUNS = 50


class NewTemplate(Body):
    """A job to be saved. Its selection is evaluated when it runs: one of `paths`, `folders`,
    `filter`, `all` and `copies`."""

    name: Name
    kind: str
    selection: dict[str, Any]
    params: dict[str, Any] = Field(default_factory=dict)
    description: Annotated[str, Field(max_length=2000)] = ""
    priority: PriorityName = "normal"
    preview: bool = False


class TemplateChange(Body):
    """The values to change in a template; the others stay."""

    name: Name | None = None
    kind: str | None = None
    selection: dict[str, Any] | None = None
    params: dict[str, Any] | None = None
    description: Annotated[str, Field(max_length=2000)] | None = None
    priority: PriorityName | None = None
    preview: bool | None = None


class NewSchedule(Body):
    """When a template runs: at each slot of `cron` in `timezone`, or once at `run_at`.

    The default time zone is that of the setting TZ.
    """

    template_id: str
    cron: Name | None = None
    run_at: float | None = None
    timezone: Name | None = None
    missed: MissedSlots = MissedSlots.RUN_ONCE
    name: Name | None = None
    enabled: bool = True


class ScheduleChange(Body):
    """The values to change in a schedule; the others stay."""

    template_id: str | None = None
    cron: Name | None = None
    run_at: float | None = None
    timezone: Name | None = None
    missed: MissedSlots | None = None
    name: Name | None = None
    enabled: bool | None = None


# --- templates -----------------------------------------------------------------------------------


@router.get("/templates", openapi_extra=needs(Role.LOOK))
def list_templates(services: ServicesOf) -> dict[str, Any]:
    """List the saved jobs, built-in ones first."""
    return {"templates": [_template_of(template) for template in services.templates.all()]}


@router.post(
    "/templates", status_code=201, responses=refusals(404, 409), openapi_extra=needs(Role.WORK)
)
def create_template(services: ServicesOf, body: NewTemplate) -> dict[str, Any]:
    """Save a job under a name."""
    values = body.model_dump() | {"priority": parse_priority(body.priority)}
    return _template_of(services.templates.create(**values))


@router.get("/templates/{template_id}", openapi_extra=needs(Role.LOOK))
def get_template(services: ServicesOf, template_id: str) -> dict[str, Any]:
    """Return a saved job."""
    return _template_of(services.templates.get(template_id))


@router.patch("/templates/{template_id}", responses=refusals(409), openapi_extra=needs(Role.WORK))
def update_template(services: ServicesOf, template_id: str, body: TemplateChange) -> dict[str, Any]:
    """Change a saved job."""
    changes = body.model_dump(exclude_unset=True, exclude_none=True)
    if body.priority is not None:
        changes["priority"] = parse_priority(body.priority)
    return _template_of(services.templates.update(template_id, **changes))


@router.delete("/templates/{template_id}", responses=refusals(409), openapi_extra=needs(Role.WORK))
def delete_template(services: ServicesOf, template_id: str) -> dict[str, Any]:
    """Delete a saved job and its schedules, which are returned. Jobs it created stay."""
    schedules = [one for one in services.schedules.all() if one.template_id == template_id]
    services.templates.delete(template_id)
    gone = [_schedule_of(services, one) for one in schedules]
    return {"template_id": template_id, "deleted": True, "schedules": gone}


@router.post(
    "/templates/{template_id}/run",
    response_model=Submitted,
    status_code=201,
    responses=refusals(400, 409),
    openapi_extra=needs(Role.WORK),
)
def run_template(services: ServicesOf, user: CurrentUser, template_id: str) -> dict[str, Any]:
    """Run a saved job now."""
    name = None if user is None else user.name
    return submitted(services.templates.run(template_id, trigger_of(user), requested_by=name))


# --- schedules -----------------------------------------------------------------------------------


@router.get("/schedules", openapi_extra=needs(Role.LOOK))
def list_schedules(services: ServicesOf) -> dict[str, Any]:
    """List the schedules, next to run first."""
    return {"schedules": [_schedule_of(services, each) for each in services.schedules.all()]}


@router.post(
    "/schedules", status_code=201, responses=refusals(404, 409), openapi_extra=needs(Role.WORK)
)
def create_schedule(services: ServicesOf, body: NewSchedule) -> dict[str, Any]:
    """Create a schedule for a template."""
    values = body.model_dump() | {"timezone": body.timezone or services.settings.time_zone}
    return _schedule_of(services, services.schedules.create(**values))


@router.get("/schedules/preview", openapi_extra=needs(Role.LOOK))
def preview_schedule(
    services: ServicesOf,
    cron: Annotated[str, Query(max_length=200)],
    timezone: str | None = None,
    count: Annotated[int, Query(ge=1, le=_MOST_RUNS)] = NEXT_RUNS,
) -> dict[str, Any]:
    """Return the next times of a cron expression, and a description in words."""
    now = services.now()
    zone = timezone or services.settings.time_zone
    runs = preview(cron_expression=cron, run_at=None, timezone=zone, after=now, count=count)
    schedule = Schedule(
        schedule_id="",
        template_id="",
        name="",
        cron=cron,
        run_at=None,
        timezone=zone,
        missed=MissedSlots.RUN_ONCE,
        enabled=True,
        next_at=None,
        created_at=now,
        updated_at=now,
    )
    return {"next_runs": runs, "in_words": in_words(schedule)}


@router.get("/schedules/{schedule_id}", openapi_extra=needs(Role.LOOK))
def get_schedule(services: ServicesOf, schedule_id: str) -> dict[str, Any]:
    """Return a schedule with its next runs and the outcome of its last runs."""
    schedule = services.schedules.get(schedule_id)
    return _schedule_of(services, schedule) | {"slots": services.schedules.slots(schedule_id)}


@router.patch("/schedules/{schedule_id}", responses=refusals(409), openapi_extra=needs(Role.WORK))
def update_schedule(services: ServicesOf, schedule_id: str, body: ScheduleChange) -> dict[str, Any]:
    """Change, pause (`enabled` false) or resume a schedule."""
    changes = body.model_dump(exclude_unset=True)
    changes = {
        name: value
        for name, value in changes.items()
        if value is not None or name in ("cron", "run_at")
    }
    return _schedule_of(services, services.schedules.update(schedule_id, **changes))


@router.delete("/schedules/{schedule_id}", openapi_extra=needs(Role.WORK))
def delete_schedule(services: ServicesOf, schedule_id: str) -> dict[str, Any]:
    """Delete a schedule. Jobs it created stay."""
    if not services.schedules.delete(schedule_id):
        raise NotFound(f"There is no schedule {schedule_id}.")
    return {"schedule_id": schedule_id, "deleted": True}


@router.post(
    "/schedules/{schedule_id}/run",
    response_model=Submitted,
    status_code=201,
    responses=refusals(400, 409),
    openapi_extra=needs(Role.WORK),
)
def run_schedule(services: ServicesOf, user: CurrentUser, schedule_id: str) -> dict[str, Any]:
    """Run the template of a schedule now. Its slots do not change."""
    name = None if user is None else user.name
    return submitted(services.schedules.run_now(schedule_id, trigger_of(user), requested_by=name))


def _template_of(template: JobTemplate) -> dict[str, Any]:
    """Return a template; the words of those that are built in are ours, and so translated."""
    values = template_of(template)
    if not values["builtin"]:
        return values
    return {name: shown(value) if name in _WORDS else value for name, value in values.items()}


def _schedule_of(services: Services, schedule: Schedule) -> dict[str, Any]:
    return schedule_of(schedule, services.schedules.next_runs(schedule, NEXT_RUNS))
